import { describe, expect, it, onTestFinished } from 'vitest';
import { makePdfBomb } from '../../test/fixtures/documents.ts';
import type { Outcome } from '../protocol/index.ts';
import { runContained, type Containment } from './contained-task.ts';
import type { DocumentTask } from './document-text.ts';

const LIMITS: Containment = {
  signal: new AbortController().signal,
  timeoutMs: 25_000,
  maxMemoryBytes: 400 * 2 ** 20,
};

function documentTask(content: string | Uint8Array, kind: DocumentTask['kind']): DocumentTask {
  return {
    bytes: Uint8Array.from(Buffer.from(content)),
    kind,
    mediaType: null,
    format: 'text',
    pages: null,
    maxPages: 10,
    maxCharacters: 1_000_000,
  };
}

/** A page that takes seconds to read. */
const LONG_PAGE = `<!doctype html>${'<p a=1>word '.repeat(300_000)}`;

async function codeOf(task: object, limits: Partial<Containment>): Promise<string> {
  const run = await runContained<Outcome<string>>('document-task', task, { ...LIMITS, ...limits });
  return run.ok ? 'ok' : run.failure.code;
}

describe('contained tasks', () => {
  it('answer from a process of their own', async () => {
    const run = await runContained<Outcome<string>>('document-task', documentTask('text', 'text'), LIMITS);
    expect(run).toEqual({ ok: true, value: { ok: true, value: 'text' } });
  });

  it('end when they take too long', async () => {
    expect(await codeOf(documentTask(LONG_PAGE, 'html'), { timeoutMs: 300 })).toBe('task-timeout');
  });

  it('end when they take too much memory, on the heap or in buffers', async () => {
    expect(await codeOf(documentTask(LONG_PAGE, 'html'), { maxMemoryBytes: 120 * 2 ** 20 })).toBe(
      'task-out-of-memory',
    );
    const bomb = documentTask(makePdfBomb(300_000_000), 'pdf');
    expect(await codeOf(bomb, { maxMemoryBytes: 120 * 2 ** 20 })).toBe('task-out-of-memory');
  });

  it('end when they throw', async () => {
    expect(await codeOf({ ...documentTask('', 'text'), bytes: null }, {})).toBe('task-crashed');
  });

  it('end when the job is aborted', async () => {
    const abort = new AbortController();
    const running = codeOf(documentTask(LONG_PAGE, 'html'), { signal: abort.signal });
    setImmediate(() => abort.abort(new Error('the job was cancelled')));
    await expect(running).rejects.toThrow('the job was cancelled');
    await expect(codeOf(documentTask('', 'text'), { signal: abort.signal })).rejects.toThrow(
      'the job was cancelled',
    );
  });

  it('leave the event loop free', async () => {
    let turns = 0;
    const turning = setInterval(() => (turns += 1), 1);
    onTestFinished(() => clearInterval(turning));
    expect(await codeOf(documentTask(LONG_PAGE, 'html'), { timeoutMs: 1000 })).toBe('task-timeout');
    // A second of parsing in this process would leave two turns.
    expect(turns).toBeGreaterThan(50);
  });
});
