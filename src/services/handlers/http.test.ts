import { createServer } from 'node:http';
import { once } from 'node:events';
import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { openHttpStage, type HttpStage } from '../../../test/fixtures/http-stage.ts';
import { failureCode, jobContext, resolvedInput, runJob } from '../../../test/fixtures/job-context.ts';
import { httpHandler, type HttpEndpoint } from './http.ts';

const job = (more: Partial<Parameters<typeof jobContext>[0]> = {}) =>
  jobContext({ kind: 5050, inputs: [resolvedInput('hello')], params: { top_p: ['0.5'] }, ...more });

const open: HttpStage[] = [];
afterEach(async () => {
  for (const stage of open.splice(0)) await stage.close();
});

/** A handler for an endpoint that answers so. */
async function endpoint(
  answer: (request: Request) => Response | Promise<Response>,
  more: Partial<HttpEndpoint> = {},
) {
  const stage = await openHttpStage(answer);
  open.push(stage);
  return httpHandler({ url: `${stage.origin}/work`, timeoutMs: 20_000, ...more });
}

const ndjson = (...messages: readonly object[]) =>
  new Response(messages.map((message) => `${JSON.stringify(message)}\n`).join(''), {
    headers: { 'content-type': 'application/x-ndjson; charset=utf-8' },
  });

describe('an endpoint that works', () => {
  it('gets the job with its idempotency key and the token, which is read anew for each job', async () => {
    const seen: unknown[] = [];
    vi.stubEnv('COINOP_TEST_TOKEN', 'first');
    onTestFinished(() => void vi.unstubAllEnvs());
    const handler = await endpoint(
      async (request) => {
        const { authorization, 'idempotency-key': key } = Object.fromEntries(request.headers);
        seen.push({ method: request.method, authorization, key, job: await request.json() });
        return new Response('done');
      },
      { tokenFrom: { env: 'COINOP_TEST_TOKEN' } },
    );
    const context = job();
    expect((await runJob(handler, context)).content).toBe('done');
    vi.stubEnv('COINOP_TEST_TOKEN', 'second');
    await runJob(handler, context);
    expect(seen).toMatchObject([
      {
        method: 'POST',
        authorization: 'Bearer first',
        key: context.idempotencyKey,
        job: { id: context.request.id, params: { top_p: ['0.5'] }, inputs: [{ text: 'hello' }] },
      },
      { authorization: 'Bearer second' },
    ]);
    vi.stubEnv('COINOP_TEST_TOKEN', '');
    expect(await failureCode(handler, context)).toBe('service-unavailable');
    expect(seen).toHaveLength(2);
  });

  it.each([
    ['a message', Response.json({ type: 'result', content: 'x', mediaType: 'text/markdown' }), { content: 'x', mediaType: 'text/markdown' }],
    ['a message with JSON in it', Response.json({ type: 'result', content: { a: 1 } }), { content: '{"a":1}', mediaType: 'application/json' }],
    ['JSON of its own', Response.json({ type: 'Feature', id: 7 }), { content: '{"type":"Feature","id":7}', mediaType: 'application/json' }],
    ['text', new Response('é', { headers: { 'content-type': 'text/plain;charset=UTF-8' } }), { content: 'é' }],
    ['a page', new Response('<p>', { headers: { 'content-type': 'text/html' } }), { content: '<p>', mediaType: 'text/html' }],
    ['a file', new Response(new Uint8Array([1, 255]), { headers: { 'content-type': 'image/png' } }), { file: { bytes: new Uint8Array([1, 255]), mediaType: 'image/png' } }],
    ['a file in a message', Response.json({ type: 'result', content: 'a fox', file: { base64: 'Af8=', mediaType: 'image/png', name: 'fox.png' } }), { content: 'a fox', file: { bytes: new Uint8Array([1, 255]), mediaType: 'image/png', name: 'fox.png' } }],
  ])('answers with %s', async (_what, response, output) => {
    const running = (await endpoint(() => response))(job());
    if (!(Symbol.asyncIterator in running)) throw new Error('not a generator');
    const { done, value } = await running.next();
    if (done !== true || typeof value === 'string') throw new Error('not an output');
    expect('file' in value ? { ...value, file: { ...value.file, bytes: new Uint8Array(value.file.bytes) } } : value).toEqual(output);
  }); // prettier-ignore

  it('streams progress and partial results, as NDJSON and as server-sent events', async () => {
    const partial = { type: 'partial', content: 'be – ginning' };
    const result = { type: 'result', content: 'all' };
    expect(await runJob(await endpoint(() => ndjson(partial, result)), job())).toMatchObject({
      content: 'all',
      progress: [partial],
    });
    const go = Promise.withResolvers<void>();
    const handler = await endpoint(
      () =>
        new Response(
          new ReadableStream({
            async start(controller) {
              const bytes = new TextEncoder().encode(
                `: hi\n\nevent: x\ndata: ${JSON.stringify(partial)}\n\n`,
              );
              const cut = bytes.indexOf(0xe2) + 1; // inside of the dash
              controller.enqueue(bytes.subarray(0, cut));
              controller.enqueue(bytes.subarray(cut));
              await go.promise;
              controller.enqueue(new TextEncoder().encode(`data:${JSON.stringify(result)}\n\ndata: [DONE]`));
              controller.close();
            },
          }),
          { headers: { 'content-type': 'text/event-stream' } },
        ),
    );
    const running = handler(job());
    if (!(Symbol.asyncIterator in running)) throw new Error('not a generator');
    expect((await running.next()).value).toEqual(partial);
    go.resolve();
    expect(await running.next()).toEqual({ done: true, value: { content: 'all' } });
  });

  it('is hung up on when the job is aborted or left', async () => {
    const closed: Promise<unknown>[] = [];
    const server = createServer((_request, response) => {
      closed.push(once(response, 'close'));
      response.writeHead(200, { 'content-type': 'application/x-ndjson' });
      response.write('{"type":"partial","content":"be"}\n');
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    onTestFinished(() => void server.close());
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('not listening on a port');
    const handler = httpHandler({ url: `http://127.0.0.1:${address.port}/`, timeoutMs: 20_000 });
    const abort = new AbortController();
    for (const end of [
      () => abort.abort(new Error('the job was cancelled')),
      (running: AsyncGenerator<unknown, unknown>) => void running.return(undefined),
    ]) {
      const running = handler(
        job({ signal: abort.signal.aborted ? new AbortController().signal : abort.signal }),
      );
      if (!(Symbol.asyncIterator in running)) throw new Error('not a generator');
      await running.next();
      end(running);
      await closed.at(-1);
    }
    expect(closed).toHaveLength(2);
  });
});

describe('an endpoint that fails', () => {
  it.each([
    ['says why', Response.json({ type: 'error', code: 'no-such-city', message: 'Rome?' }), 'no-such-city'],
    ['says why with a status', Response.json({ type: 'error', code: 'no-such-city' }, { status: 422 }), 'no-such-city'],
    ['says why in a stream', ndjson({ type: 'partial', content: 'x' }, { type: 'error', code: 'gone-wrong' }), 'gone-wrong'],
    ['says nothing', new Response(null, { status: 204 }), 'handler-output-invalid'],
    ['ends without a result', ndjson({ type: 'partial', content: 'x' }), 'handler-output-invalid'],
    ['never comes to a result', Response.json({ type: 'progress', note: 'x' }), 'handler-output-invalid'],
    ['sends what is no JSON', new Response('{', { headers: { 'content-type': 'application/json' } }), 'handler-output-invalid'],
    ['sends what is no text', new Response(new Uint8Array([255]), { headers: { 'content-type': 'text/plain' } }), 'output-not-text'],
    ['redirects', new Response(null, { status: 307, headers: { location: 'http://169.254.169.254/' } }), 'handler-failed'],
    ['floods', new Response('x'.repeat(2000)), 'handler-output-too-large'],
  ])('%s', async (_how, response, code) => {
    expect(await failureCode(await endpoint(() => response, { maxAnswerBytes: 1000 }), job())).toBe(code);
  }); // prettier-ignore

  it('does not tell the customer what a page of errors says', async () => {
    const handler = await endpoint(() => new Response('Traceback: token=sk-secret', { status: 500 }));
    await expect(runJob(handler, job())).rejects.toThrow('The service answered with status 500.');
  });

  it('is not waited for beyond its time', async () => {
    const handler = await endpoint(() => new Promise<Response>(() => undefined), { timeoutMs: 100 });
    expect(await failureCode(handler, job())).toBe('handler-timeout');
  });

  it('is asked again when it took nothing, and after that only when it works once for one key', async () => {
    let asked = 0;
    const busy = () => (++asked === 1 ? new Response('busy', { status: 503 }) : new Response('done'));
    expect((await runJob(await endpoint(busy), job())).content).toBe('done');
    expect(asked).toBe(2);
    const broken = () => (++asked % 2 === 1 ? new Response('oops', { status: 502 }) : new Response('done'));
    asked = 0;
    expect(await failureCode(await endpoint(broken), job())).toBe('handler-failed');
    expect(asked).toBe(1);
    asked = 0;
    expect((await runJob(await endpoint(broken, { isIdempotent: true }), job())).content).toBe('done');
    expect(asked).toBe(2);
  });

  it('is unavailable when nobody listens', async () => {
    const stage = await openHttpStage(() => new Response());
    await stage.close();
    const abort = new AbortController();
    const running = runJob(
      httpHandler({ url: stage.origin, timeoutMs: 20_000 }),
      job({ signal: abort.signal }),
    );
    await expect(running).rejects.toMatchObject({ code: 'service-unavailable' });
  });
});
