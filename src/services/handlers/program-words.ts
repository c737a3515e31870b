import type { ChildProcess } from 'node:child_process';
import type { Readable } from 'node:stream';
import { withoutSecrets, type GivenEnvironment } from './handler-environment.ts';

/**
 * Told what a program says beside its results, a line at a time, for the operator's log. `job` is the id of the request
 * that it works on; `null` where it works on none, or on several.
 */
export type TellOperator = (words: string, job: string | null) => void;

/** What a long-lived program says, over all its lives. */
export interface ProgramWords {
  /** Hears these streams of a program until it has ended. */
  hear(child: ChildProcess, streams: readonly (Readable | null)[]): void;
  /** The program works on a job until what is returned is called. */
  during(job: string): () => void;
}

/** Longer lines are cut. */
const MAX_LINE_BYTES = 4096;
/** A program that says more than this is not listened to until the time is over. */
const MAX_LINES = 100;
const WINDOW_MS = 60_000;
/** What the program started may hold its pipes open after it has ended. */
const PIPE_GRACE_MS = 500;

const LINE_FEED = 0x0a;

/** Nothing of the values that the program was given is told, and no control characters. */
export function createProgramWords(given: GivenEnvironment, tell: TellOperator): ProgramWords {
  const jobs = new Map<symbol, string>();
  const quota = createQuota();
  const say = (line: Uint8Array, isCut: boolean): void => {
    const words = withoutSecrets(line, given, isCut)
      .replace(/\p{Cc}/gu, ' ')
      .trim();
    if (words === '') return;
    const { mayTell, leftOut } = quota();
    if (!mayTell) return;
    const [job = null, another] = new Set(jobs.values());
    if (leftOut > 0) tell(`${leftOut} lines were left out`, null);
    tell(isCut ? `${words}…` : words, another === undefined ? job : null);
  };
  return {
    hear(child, streams) {
      const heard = streams.filter((stream) => stream !== null);
      for (const stream of heard) cutLines(stream, say);
      child.once('exit', () => {
        setTimeout(() => heard.forEach((stream) => stream.destroy()), PIPE_GRACE_MS).unref();
      });
    },
    during(job) {
      const mark = Symbol(job);
      jobs.set(mark, job);
      // What it said before it answered is read in the same turn as the answer, maybe after it.
      return () => void setImmediate(() => jobs.delete(mark));
    },
  };
}

/** Holds no more than one line; the rest of a long one is passed over. */
function cutLines(stream: Readable, onLine: (line: Uint8Array, isCut: boolean) => void): void {
  let parts: Uint8Array[] = [];
  let size = 0;
  const add = (bytes: Uint8Array): void => {
    const room = Math.max(MAX_LINE_BYTES - size, 0);
    if (room > 0 && bytes.length > 0) parts.push(bytes.subarray(0, room));
    size += bytes.length;
  };
  const end = (): void => {
    if (size > 0) onLine(Buffer.concat(parts), size > MAX_LINE_BYTES);
    parts = [];
    size = 0;
  };
  stream.on('data', (chunk: Buffer) => {
    let from = 0;
    for (let to = chunk.indexOf(LINE_FEED); to >= 0; to = chunk.indexOf(LINE_FEED, from)) {
      add(chunk.subarray(from, to));
      end();
      from = to + 1;
    }
    add(chunk.subarray(from));
  });
  stream.on('error', () => undefined); // the program is gone, which its end tells
  stream.once('close', end);
}

/** Whether one more line may be told, and how many were not before it. */
function createQuota(): () => { readonly mayTell: boolean; readonly leftOut: number } {
  let startedAt = -WINDOW_MS;
  let told = 0;
  let missed = 0;
  return () => {
    const now = performance.now();
    if (now - startedAt >= WINDOW_MS) [startedAt, told] = [now, 0];
    if (told >= MAX_LINES) {
      missed += 1;
      return { mayTell: false, leftOut: 0 };
    }
    told += 1;
    const leftOut = missed;
    missed = 0;
    return { mayTell: true, leftOut };
  };
}
