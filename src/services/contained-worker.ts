import { extname } from 'node:path';
import { Worker } from 'node:worker_threads';
import { failure, success, type Outcome } from '../protocol/index.ts';

/** How far one task may go. */
export interface Containment {
  readonly signal: AbortSignal;
  /** From the start of the thread. */
  readonly timeoutMs: number;
  /** Heap and buffers of the thread together. */
  readonly maxMemoryBytes: number;
}

/** Why a contained task gave no answer. `task-crashed` is a throw inside it, or a thread that ended early. */
export type ContainmentFailureCode = 'task-timeout' | 'task-out-of-memory' | 'task-crashed';

/** V8's own limit covers only the heap; buffers are watched this often from outside, also in a busy loop. */
const MEMORY_CHECK_INTERVAL_MS = 20;

/**
 * Runs a task on hostile data in a thread of its own, which is ended on abort, timeout or too much memory,
 * whatever it is doing. The module gets the task as `workerData`, with an empty environment, and posts one
 * answer. Rejects with the signal's reason on abort.
 */
export async function runContained<Answer>(
  module: 'document-worker' | 'summary-worker',
  task: object,
  { signal, timeoutMs, maxMemoryBytes }: Containment,
): Promise<Outcome<Answer, ContainmentFailureCode>> {
  signal.throwIfAborted();
  const worker = new Worker(new URL(`./${module}${extname(import.meta.url)}`, import.meta.url), {
    workerData: task,
    env: {},
    execArgv: [],
    // What parsers print about hostile files is nobody's log.
    stdout: true,
    stderr: true,
    resourceLimits: { maxOldGenerationSizeMb: Math.ceil(maxMemoryBytes / 2 ** 20) },
  });
  worker.stdout.resume();
  worker.stderr.resume();

  const { promise, resolve, reject } = Promise.withResolvers<Outcome<Answer, ContainmentFailureCode>>();
  const onAbort = (): void => reject(signal.reason);
  signal.addEventListener('abort', onAbort, { once: true });
  const timer = setTimeout(
    () => resolve(failure('task-timeout', `Not done within ${timeoutMs} ms.`, { timeoutMs })),
    timeoutMs,
  );
  const memory = setInterval(() => {
    // Rejects only when the thread is not running, which its other events tell.
    worker.getHeapStatistics().then(
      (heap) => {
        if (heap.used_heap_size + heap.external_memory > maxMemoryBytes) resolve(outOfMemory(maxMemoryBytes));
      },
      () => undefined,
    );
  }, MEMORY_CHECK_INTERVAL_MS);
  worker.once('message', (answer: Answer) => resolve(success(answer)));
  worker.once('error', (error) =>
    resolve(
      'code' in error && error.code === 'ERR_WORKER_OUT_OF_MEMORY'
        ? outOfMemory(maxMemoryBytes)
        : failure('task-crashed', 'The task failed unexpectedly.', { error: error.name }),
    ),
  );
  worker.once('exit', () => resolve(failure('task-crashed', 'The task ended without an answer.')));
  try {
    return await promise;
  } finally {
    clearTimeout(timer);
    clearInterval(memory);
    signal.removeEventListener('abort', onAbort);
    await worker.terminate();
  }
}

function outOfMemory(maxMemoryBytes: number) {
  return failure('task-out-of-memory', `Needs more than ${maxMemoryBytes} bytes of memory.`, {
    maxMemoryBytes,
  });
}
