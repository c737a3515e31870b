import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { failureCode, jobContext, resolvedInput, runJob } from '../../../test/fixtures/job-context.ts';
import { success } from '../../protocol/index.ts';
import type { JobContext } from '../../provider/index.ts';
import { openModule } from './module.ts';

let dir: string;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'coinop-module-'));
});
afterAll(() => rm(dir, { recursive: true }));

const never = new AbortController().signal;
const job = (text = 'hello', signal = never) =>
  jobContext({ kind: 5050, inputs: [resolvedInput(text)], params: { top_p: ['1'] }, signal });

async function moduleOf(source: string, name = `module-${source.length}.ts`) {
  const path = join(dir, name);
  await writeFile(path, source);
  return path;
}

async function open(source: string, env: Readonly<Record<string, string>> = {}) {
  const opened = await openModule({ path: await moduleOf(source), env }, () => undefined, never);
  if (!opened.ok) throw new Error(`${opened.failure.code}: ${opened.failure.message}`);
  onTestFinished(() => opened.value.close());
  return opened.value;
}

/** A handler that does what its input asks for. */
const OBEDIENT = `
class JobFailure extends Error { name = 'JobFailure'; code = 'no-such-city'; retryable = true; }
export default async function* (job: { text: string; signal: AbortSignal; params: Map<string, string[]>; inputs: { bytes: Uint8Array }[]; fetchPaid: (url: string) => Promise<unknown> }) {
  yield { type: 'partial', content: 'be' };
  switch (job.text) {
    case 'fail': throw new JobFailure('Rome?');
    case 'throw': throw new Error('sk-secret');
    case 'exit': process.exit(0);
    case 'later': setTimeout(() => { throw new Error('nobody catches this'); }); await new Promise(() => {});
    case 'loop': for (;;);
    case 'wait': await new Promise((resolve) => job.signal.addEventListener('abort', resolve)); return 'too late';
    case 'file': return { file: { bytes: job.inputs[0].bytes, mediaType: 'image/png' } };
    case 'fetch': return JSON.stringify(await job.fetchPaid('https://example.com/'));
    case 'env': return JSON.stringify(process.env);
    default: return { content: job.text.toUpperCase() + job.params.get('top_p')[0], mediaType: 'text/markdown' };
  }
}`;

describe('a module that works', () => {
  it('gets the job and yields progress, results and files', async () => {
    const { handler } = await open(OBEDIENT);
    expect(await runJob(handler, job())).toEqual({
      content: 'HELLO1',
      file: null,
      progress: [{ type: 'partial', content: 'be' }],
    });
    const { file } = await runJob(handler, job('file'));
    expect({ ...file, bytes: Buffer.from(file?.bytes ?? []).toString() }).toEqual({
      bytes: 'file',
      mediaType: 'image/png',
    });
  });

  it('pays through the provider', async () => {
    const { handler } = await open(OBEDIENT);
    const paying: JobContext = {
      ...job('fetch'),
      fetchPaid: async (url) =>
        success({ url, status: 200, contentType: null, body: new Uint8Array(2), payment: null }),
    };
    expect((await runJob(handler, paying)).content).toContain('"url":"https://example.com/"');
  });

  it('sees nothing of our environment but what is named', async () => {
    vi.stubEnv('COINOP_TEST_SECRET', 'not for modules');
    onTestFinished(() => void vi.unstubAllEnvs());
    const { handler } = await open(OBEDIENT, { MINE: 'yes' });
    const { content } = await runJob(handler, job('env'));
    expect(JSON.parse(content)).toMatchObject({ MINE: 'yes' });
    expect(content).not.toContain('not for modules');
  });

  it('may export a service, or a plain function by name', async () => {
    const { declared, handler } = await open(
      `export const service = { kind: 5002, name: 'Parrot', priceMsat: 5000n, sample: () => 'x', handler: async ({ text }) => text };`,
    );
    expect(declared).toEqual({ kind: 5002, name: 'Parrot', priceMsat: 5000n });
    expect((await runJob(handler, job())).content).toBe('hello');
    expect(
      (await runJob((await open(`export const handler = async () => 'plain';`)).handler, job())).content,
    ).toBe('plain');
  });
});

describe('a module that fails', () => {
  it.each([
    ['fail', 'no-such-city'],
    ['exit', 'handler-crashed'],
    ['later', 'handler-crashed'],
  ])('by %s: %s, and works for the next job', async (how, code) => {
    const { handler } = await open(OBEDIENT);
    expect(await failureCode(handler, job(how))).toBe(code);
    expect((await runJob(handler, job())).content).toBe('HELLO1');
  });

  it('says itself whether trying again may help', async () => {
    const { handler } = await open(OBEDIENT);
    await expect(runJob(handler, job('fail'))).rejects.toMatchObject({ retryable: true });
    await expect(runJob(handler, job('exit'))).rejects.toMatchObject({ retryable: false });
  });

  it('tells nobody what it throws', async () => {
    const { handler } = await open(OBEDIENT);
    const thrown: unknown = await runJob(handler, job('throw')).catch((error: unknown) => error);
    expect(String(thrown)).toBe('Error: The module threw.');
  });

  it('is ended when it is stuck, and only told when it is not', async () => {
    const { handler } = await open(OBEDIENT);
    const abort = new AbortController();
    const waiting = runJob(handler, job('wait', abort.signal));
    const begun = await runJob(handler, job());
    expect(begun.content).toBe('HELLO1');
    abort.abort(new Error('the job was cancelled'));
    await expect(waiting).rejects.toThrow('the job was cancelled');
    const stuck = new AbortController();
    const loop = handler(job('loop', stuck.signal));
    if (!(Symbol.asyncIterator in loop)) throw new Error('not a generator');
    await loop.next();
    const beside = failureCode(handler, job('wait'));
    const looping = loop.next();
    stuck.abort(new Error('the job took too long'));
    await expect(looping).rejects.toThrow('the job took too long');
    expect(await beside).toBe('handler-crashed');
    expect((await runJob(handler, job())).content).toBe('HELLO1');
  });

  it.each([
    ['module-not-found', null],
    ['module-has-no-handler', 'export const price = 5;'],
    ['module-not-loadable', 'export default (; '],
    ['module-not-loadable', 'throw new Error("no database");'],
    ['module-not-loadable', 'process.exit(0);'],
  ])('to load: %s', async (code, source) => {
    const path = source === null ? join(dir, 'missing.ts') : await moduleOf(source);
    expect(await openModule({ path }, () => undefined, never)).toMatchObject({
      ok: false,
      failure: { code, data: { path } },
    });
  });
});
