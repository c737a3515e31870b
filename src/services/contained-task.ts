import { fork } from 'node:child_process';
import { once } from 'node:events';
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { failure, success, type Outcome } from '../protocol/index.ts';

/** How far one task may go. */
export interface Containment {
  readonly signal: AbortSignal;
  /** From the start of the process. */
  readonly timeoutMs: number;
  /** Of the whole process; Node itself needs about 60 MB of it. */
  readonly maxMemoryBytes: number;
}

/** What a contained process is sent: its task, and the limits that it also keeps itself. */
export interface ContainedMessage {
  readonly task: object;
  readonly timeoutMs: number;
  readonly maxMemoryBytes: number;
}

/** Why a contained task gave no answer. `task-crashed` is a throw inside it, or a process that ended early. */
export type ContainmentFailureCode = 'task-timeout' | 'task-out-of-memory' | 'task-crashed';

/** How a process ends that its own watch, V8 or the kernel stops for its memory. */
const OUT_OF_MEMORY_SIGNALS = ['SIGKILL', 'SIGABRT', 'SIGTRAP'];

/**
 * Runs a task on hostile data in a process of its own, which is killed on abort, timeout or too much memory,
 * whatever it is doing. A thread would not do: V8 ends the whole process when a thread runs out of memory in
 * the wrong place (nodejs/node#47224), and ending threads has crashed it too (nodejs/node#56312). The process
 * has an empty environment and may neither write files nor start programs. Rejects with the signal's reason.
 */
export async function runContained<Answer>(
  module: 'document-task' | 'summary-task' | 'music/music-task' | 'images/picture-task',
  task: object,
  { signal, timeoutMs, maxMemoryBytes }: Containment,
): Promise<Outcome<Answer, ContainmentFailureCode>> {
  signal.throwIfAborted();
  const child = fork(fileURLToPath(new URL(`./${module}${extname(import.meta.url)}`, import.meta.url)), {
    env: {},
    execArgv: [
      `--max-old-space-size=${Math.ceil(maxMemoryBytes / 2 ** 20)}`,
      '--permission',
      '--allow-fs-read=*',
      '--allow-worker',
    ],
    // What parsers print about hostile files is nobody's log.
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    serialization: 'advanced',
    // Ctrl-C is for us: we then end the task ourselves.
    detached: true,
  });
  const { promise, resolve, reject } = Promise.withResolvers<Outcome<Answer, ContainmentFailureCode>>();
  const onAbort = (): void => reject(signal.reason);
  signal.addEventListener('abort', onAbort, { once: true });
  const timer = setTimeout(
    () => resolve(failure('task-timeout', `Not done within ${timeoutMs} ms.`, { timeoutMs })),
    timeoutMs,
  );
  const exited = once(child, 'exit').catch(() => undefined);
  child.once('message', (answer: Answer) => resolve(success(answer)));
  child.once('error', () => resolve(failure('task-crashed', 'The task cannot be started.')));
  child.once('exit', (_code, endedBy) =>
    resolve(
      OUT_OF_MEMORY_SIGNALS.includes(endedBy ?? '')
        ? failure('task-out-of-memory', `Needs more than ${maxMemoryBytes} bytes of memory.`, {
            maxMemoryBytes,
          })
        : failure('task-crashed', 'The task failed unexpectedly.'),
    ),
  );
  // An error here means that the process is gone, which its exit tells.
  child.send({ task, timeoutMs, maxMemoryBytes } satisfies ContainedMessage, () => undefined);
  try {
    return await promise;
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', onAbort);
    child.kill('SIGKILL');
    await exited;
  }
}
