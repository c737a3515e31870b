import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it, onTestFinished } from 'vitest';
import { failureCode, jobContext, resolvedInput, runJob } from '../../test/fixtures/job-context.ts';
import type { ModelEndpoint } from './model-endpoint.ts';
import { summarizationService } from './summarization.ts';

const STORY = `Lightning payments settle in seconds. A payment channel lets two parties exchange bitcoin many times while the blockchain sees only two transactions.

The network routes payments across many channels. Each hop forwards the payment only against a hash time-locked contract, so no hop can steal it. The weather in Lisbon was pleasant that week.

Invoices carry a payment hash. Whoever reveals the preimage of the payment hash has been paid, which makes the preimage a proof of payment. Hold invoices let the receiver accept a payment first and settle it later.`;

const job = (text: string, more: { length?: string[]; outputs?: string[]; signal?: AbortSignal } = {}) =>
  jobContext({
    kind: 5001,
    inputs: [resolvedInput(text, { type: 'text', source: 'text', mediaType: 'text/plain' })],
    ...(more.length ? { params: { length: more.length } } : {}),
    ...(more.outputs ? { outputs: more.outputs } : {}),
    ...(more.signal ? { signal: more.signal } : {}),
  });

describe('choosing sentences', () => {
  const { handler } = summarizationService();
  const summary = async (text: string, length?: string[]) =>
    (await runJob(handler, job(text, length ? { length } : {}))).content;

  it('keeps to the length, in words, sentences and paragraphs', async () => {
    const words = await summary(STORY, ['40 words']);
    expect(words.split(/\s+/).length).toBeLessThanOrEqual(40);
    expect(STORY).toContain(words.split('. ')[0]);
    expect((await summary(STORY, ['2 paragraphs'])).split('\n\n')).toHaveLength(2);
    const one = await summary(STORY, ['1 sentence']);
    expect(STORY).toContain(one);
    expect(one).not.toContain('Lisbon');
    expect(await summary(STORY, ['100', 'words'])).toBe(await summary(STORY, ['100 words']));
  });

  it('says no to what it cannot do', async () => {
    for (const length of ['short', '0 words', '-1 words', '10', '10 pages', '9999999 words'])
      expect(await failureCode(handler, job(STORY, { length: [length] }))).toBe('invalid-length');
    expect(await failureCode(handler, job(' \n '))).toBe('no-text');
    expect(await failureCode(handler, job(STORY, { outputs: ['image/png'] }))).toBe('unsupported-output');
    expect(await failureCode(handler, job('word '.repeat(400_001)))).toBe('text-too-long');
  });

  it('summarises a book without keeping others waiting', async () => {
    const book = Array.from({ length: 1500 }, (_, index) =>
      STORY.replaceAll('payment', `payment${index % 7}`),
    ).join('\n\n');
    let turns = 0;
    const turning = setInterval(() => (turns += 1), 1);
    onTestFinished(() => clearInterval(turning));
    expect((await summary(book, ['50 words'])).split(/\s+/).length).toBeLessThanOrEqual(50);
    expect(turns).toBeGreaterThan(100);
  });

  it('announces its parameter', () => {
    expect([...(summarizationService().params?.keys() ?? [])]).toEqual(['length']);
  });
});

describe('with a model', () => {
  let server: Server | null = null;
  afterEach(async () => {
    if (!server) return;
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
    server = null;
  });

  /** A real OpenAI-compatible endpoint as far as the service uses one. */
  async function endpoint(
    respond: (request: IncomingMessage, response: ServerResponse, asked: string) => void,
    more: Partial<ModelEndpoint> = {},
  ): Promise<ModelEndpoint> {
    server = createServer((request, response) => {
      let asked = '';
      request.on('data', (chunk: Buffer) => (asked += chunk.toString()));
      request.on('end', () => respond(request, response, asked));
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('not listening on a port');
    return { baseUrl: `http://127.0.0.1:${address.port}/v1/`, model: 'small-model', ...more };
  }

  const EXTRACTIVE =
    /\n\n\[Chosen sentences of the text: the model small-model gave no summary \(model-unavailable\)\.\]$/;

  it('streams its answer and returns the whole', async () => {
    const seen: { url?: string | undefined; key?: string | undefined; asked?: unknown } = {};
    const model = await endpoint((request, response, asked) => {
      Object.assign(seen, { url: request.url, key: request.headers.authorization, asked: JSON.parse(asked) });
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      const [first, rest] = [event('Money – '), `${event('in, data')}${event(' out.')}data: [DONE]\n\n`];
      const bytes = Buffer.from(first);
      // Cut inside of a character: chunks know nothing of text.
      response.write(bytes.subarray(0, bytes.indexOf(0xe2) + 1));
      setImmediate(() => {
        response.write(bytes.subarray(bytes.indexOf(0xe2) + 1));
        response.end(rest);
      });
    });
    const { content, progress } = await runJob(
      summarizationService({ model }).handler,
      job(STORY, { length: ['20 words'] }),
    );
    expect(content).toBe('Money – in, data out.');
    for (const step of progress.slice(1))
      expect(content).toContain(step.type === 'partial' ? step.content.trim() : '?');
    expect(progress[0]).toMatchObject({ type: 'progress', note: 'Summarising with small-model.' });
    expect(seen).toMatchObject({
      url: '/v1/chat/completions',
      key: undefined,
      asked: { model: 'small-model', stream: true },
    });
    expect(JSON.stringify(seen.asked)).toContain('at most 20 words');
  });

  it('shows partial results while the model still writes', async () => {
    const finish = Promise.withResolvers<void>();
    const model = await endpoint((_request, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write(event('The beginning'));
      void finish.promise.then(() => response.end(event(' and the end.')));
    });
    const running = summarizationService({ model }).handler(job(STORY));
    if (!(Symbol.asyncIterator in running)) throw new Error('not a generator');
    expect((await running.next()).value).toMatchObject({ type: 'progress' });
    expect((await running.next()).value).toEqual({ type: 'partial', content: 'The beginning' });
    finish.resolve();
    let step = await running.next();
    while (!step.done) step = await running.next();
    expect(step.value).toBe('The beginning and the end.');
  });

  it('understands an endpoint that does not stream', async () => {
    const model = await endpoint((_request, response) => {
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ choices: [{ message: { content: ' In one piece. ' } }] }));
    });
    expect((await runJob(summarizationService({ model }).handler, job(STORY))).content).toBe('In one piece.');
  });

  it('reads its key from a file and sends it to the endpoint only', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'coinop-model-'));
    onTestFinished(() => rmSync(directory, { recursive: true }));
    const file = join(directory, 'key');
    writeFileSync(file, 'sk-secret\n');
    const model = await endpoint(
      (request, response) => {
        response.writeHead(200, { 'content-type': 'application/json' });
        response.end(
          JSON.stringify({
            choices: [
              { message: { content: `key ${request.headers.authorization === 'Bearer sk-secret'}` } },
            ],
          }),
        );
      },
      { apiKeyFrom: { file } },
    );
    expect((await runJob(summarizationService({ model }).handler, job(STORY))).content).toBe('key true');
    rmSync(file);
    const { content } = await runJob(summarizationService({ model }).handler, job(STORY));
    expect(content).toContain('(model-key-missing)');
  });

  it.each([
    ['refuses', (response: ServerResponse) => response.writeHead(401).end('Incorrect API key: sk-secret')],
    ['redirects', (response: ServerResponse) => response.writeHead(307, { location: 'http://127.0.0.1:1/' }).end()],
    ['sends a web page', (response: ServerResponse) => response.writeHead(200, { 'content-type': 'text/html' }).end('<p>')],
    ['sends nonsense', (response: ServerResponse) => response.writeHead(200, { 'content-type': 'application/json' }).end('{"choices":7}')],
    ['says nothing', (response: ServerResponse) => response.writeHead(200, { 'content-type': 'text/event-stream' }).end('data: [DONE]\n\n')],
    ['breaks off', (response: ServerResponse) => response.writeHead(200, { 'content-type': 'text/event-stream', 'content-length': '999' }).end(event('Half a'))],
    ['floods', (response: ServerResponse) => response.writeHead(200, { 'content-type': 'text/event-stream' }).end(event('x'.repeat(2 ** 20)))],
  ])('says so and chooses sentences when the endpoint %s', async (_name, answer) => {
    const model = await endpoint((_request, response) => answer(response));
    const { content, progress } = await runJob(summarizationService({ model }).handler, job(STORY, { length: ['1 sentence'] }));
    expect(content).toMatch(EXTRACTIVE);
    expect(STORY).toContain(content.replace(EXTRACTIVE, ''));
    expect(progress.at(-1)).toMatchObject({ type: 'progress', note: expect.stringContaining('choosing sentences instead') });
    expect(JSON.stringify({ content, progress })).not.toContain('sk-secret');
  }); // prettier-ignore

  it('does not wait for a silent model beyond its time, nor send it too much', async () => {
    const silent = await endpoint(() => undefined, { timeoutMs: 50 });
    expect((await runJob(summarizationService({ model: silent }).handler, job(STORY))).content).toMatch(
      EXTRACTIVE,
    );
    const small = { ...silent, maxInputCharacters: 10 };
    expect((await runJob(summarizationService({ model: small }).handler, job(STORY))).content).toContain(
      '(model-input-too-long)',
    );
  });

  it('ends the request when the job is aborted or its generator closed', async () => {
    const closed: Promise<unknown>[] = [];
    const model = await endpoint((_request, response) => {
      closed.push(once(response, 'close'));
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write(event('The beginning'));
    });
    const { handler } = summarizationService({ model });
    const begin = async (signal?: AbortSignal) => {
      const running = handler(job(STORY, signal ? { signal } : {}));
      if (!(Symbol.asyncIterator in running)) throw new Error('not a generator');
      await running.next();
      expect((await running.next()).value).toEqual({ type: 'partial', content: 'The beginning' });
      return running;
    };
    const abort = new AbortController();
    const aborted = await begin(abort.signal);
    const next = aborted.next();
    abort.abort(new Error('the job was cancelled'));
    await expect(next).rejects.toThrow('the job was cancelled');
    const abandoned = await begin();
    await abandoned.return('');
    await Promise.all(closed);
    expect(closed).toHaveLength(2);
  });
});

/** One server-sent event of a streamed completion. */
function event(content: string): string {
  return `data: ${JSON.stringify({ choices: [{ delta: { content } }] })}\n\n`;
}
