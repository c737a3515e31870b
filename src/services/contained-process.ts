import { spawn, type ChildProcess, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { once } from 'node:events';
import { kill } from 'node:process';
import { failure, success, type Outcome } from '../protocol/index.ts';
import { outgrows, type BoundedFolder } from './folder-size.ts';
import { endWithUs } from './process-groups.ts';

/** A program to run and how far it may go. */
export interface ProcessTask {
  readonly command: string;
  readonly args: readonly string[];
  /** `command` is a line for `/bin/sh`. */
  readonly shell: boolean;
  /** The whole environment; nothing of our own is inherited. */
  readonly env: Readonly<Record<string, string>>;
  /** The folder it works in; our own unless told. */
  readonly cwd?: string;
  /** Watched while it runs: with more in it, that is too much output. */
  readonly folder?: BoundedFolder;
  readonly stdin: Uint8Array;
  /** Hears standard output while it is written; it is not kept then. */
  readonly onOutput?: (chunk: Uint8Array) => void;
  readonly timeoutMs: number;
  /** Of standard output. */
  readonly maxOutputBytes: number;
  readonly signal: AbortSignal;
}

/** What a program that ended by itself left behind. */
export interface ProcessEnd {
  readonly exitCode: number | null;
  /** The signal that ended it, where one did. */
  readonly endedBy: string | null;
  readonly stdout: Buffer;
  /** The last whole lines of its standard error, at most 4 KiB. */
  readonly stderrTail: Buffer;
}

/** Why a program did not end by itself. */
export type ProcessFailureCode = 'not-started' | 'timeout' | 'output-too-large';

const STDERR_TAIL_BYTES = 4096;
/** Between the polite signal and the one that cannot be ignored. */
const TERM_GRACE_MS = 2000;
/** A child that left the group may hold our pipes open after the program has ended. */
const PIPE_GRACE_MS = 500;

/**
 * Runs a program in a process group of its own, which is ended with all its children on abort, timeout or
 * too much output, and when the program itself ends: SIGTERM first, SIGKILL after a grace. Rejects with the
 * signal's reason on abort, after the program is gone and what it started was killed. Children that leave the
 * group escape. POSIX only.
 */
export async function runProcess(task: ProcessTask): Promise<Outcome<ProcessEnd, ProcessFailureCode>> {
  const { signal, timeoutMs, maxOutputBytes } = task;
  signal.throwIfAborted();
  const child = spawn(task.command, task.args, {
    shell: task.shell,
    env: task.env,
    cwd: task.cwd,
    // The leader of a new group: its id addresses all children.
    detached: true,
    stdio: ['pipe', 'pipe', 'pipe'],
    windowsHide: true,
  });
  // Why it cannot be started is told by an event; where no file descriptor is free it has no pipes either.
  child.on('error', () => undefined);
  if (child.pid === undefined) {
    await endGroup(child);
    return failure('not-started', 'It cannot be started.');
  }
  endWithUs(child);
  const ended = Promise.withResolvers<Outcome<ProcessEnd, ProcessFailureCode>>();
  const stop = (code: ProcessFailureCode, message: string): void => ended.resolve(failure(code, message));
  const onAbort = (): void => ended.reject(signal.reason);
  signal.addEventListener('abort', onAbort, { once: true });
  const timer = setTimeout(() => stop('timeout', `It did not end within ${timeoutMs} ms.`), timeoutMs);

  const output = collectOutput(child, task, () =>
    stop('output-too-large', `It wrote more than ${maxOutputBytes} bytes.`),
  );
  const over = new AbortController();
  const { folder } = task;
  if (folder !== undefined)
    void outgrows(folder, over.signal).then((isFull) => {
      if (isFull) stop('output-too-large', `Its files took more than ${folder.maxBytes} bytes.`);
    });
  child.once('exit', (exitCode, endedBy) => {
    void output.drained().then(() => ended.resolve(success({ exitCode, endedBy, ...output.read() })));
  });
  // A program may end without reading its input.
  child.stdin.on('error', () => undefined);
  child.stdin.end(task.stdin);
  try {
    return await ended.promise;
  } finally {
    clearTimeout(timer);
    over.abort();
    signal.removeEventListener('abort', onAbort);
    await endGroup(child);
  }
}

function collectOutput(
  child: ChildProcessWithoutNullStreams,
  { maxOutputBytes, onOutput }: Pick<ProcessTask, 'maxOutputBytes' | 'onOutput'>,
  onFlood: () => void,
) {
  const chunks: Buffer[] = [];
  const take = onOutput ?? ((chunk: Buffer) => void chunks.push(chunk));
  let size = 0;
  let tail = Buffer.alloc(0);
  let tailIsCut = false;
  child.stdout.on('data', (chunk: Buffer) => {
    size += chunk.length;
    if (size <= maxOutputBytes) take(chunk);
    else onFlood();
  });
  child.stderr.on('data', (chunk: Buffer) => {
    tailIsCut ||= tail.length + chunk.length > STDERR_TAIL_BYTES;
    tail = Buffer.concat([tail, chunk]).subarray(-STDERR_TAIL_BYTES);
  });
  return {
    /** Waits for the end of both pipes; those that children hold open are taken from them. */
    drained: async (): Promise<void> => {
      killGroup(child, 'SIGKILL');
      const timer = setTimeout(() => {
        child.stdout.destroy();
        child.stderr.destroy();
      }, PIPE_GRACE_MS);
      await once(child, 'close');
      clearTimeout(timer);
    },
    read: () => ({ stdout: Buffer.concat(chunks), stderrTail: tailIsCut ? wholeLines(tail) : tail }),
  };
}

/** Without the first line, of which the beginning is lost: half a secret would not be recognised as one. */
function wholeLines(tail: Buffer): Buffer {
  const end = tail.indexOf('\n');
  return end < 0 ? Buffer.alloc(0) : tail.subarray(end + 1);
}

/** Ends whatever still runs of the group that a program leads, and waits until the program itself is gone. */
export async function endGroup(child: ChildProcess): Promise<void> {
  const running = child.pid !== undefined && child.exitCode === null && child.signalCode === null;
  if (running) {
    const exited = once(child, 'exit');
    killGroup(child, 'SIGTERM');
    const force = setTimeout(() => killGroup(child, 'SIGKILL'), TERM_GRACE_MS);
    await exited;
    clearTimeout(force);
    killGroup(child, 'SIGKILL');
  }
  child.stdin?.destroy();
  child.stdout?.destroy();
  child.stderr?.destroy();
}

function killGroup(child: ChildProcess, signal: 'SIGTERM' | 'SIGKILL'): void {
  if (child.pid === undefined) return;
  try {
    kill(-child.pid, signal);
  } catch {
    // Nobody is left in the group.
  }
}
