import { setTimeout as pause } from 'node:timers/promises';
import type { Outcome } from '../../protocol/index.ts';

/** Something that runs beside us and may die: a process, a connection to a server. */
export interface Mortal {
  /** Resolves when it is gone, for whatever reason. */
  readonly ended: Promise<void>;
  close(): Promise<void>;
}

/** Keeps something running: starts it when it is needed, and again after it died. */
export interface Revival<Living extends Mortal> {
  /** The running one. After a death it is started anew, later each time that it did not live long. Rejects on abort. */
  get(signal: AbortSignal): Promise<Outcome<Living>>;
  /** Ends it for good. */
  close(): Promise<void>;
}

const FIRST_PAUSE_MS = 100;
const MAX_PAUSE_MS = 30_000;
/** What lived that long may die again without being held back. */
const LONG_LIFE_MS = 60_000;

/** Nothing is started yet. Failures of `start` are told to whoever waits, and count as short lives. */
export function createRevival<Living extends Mortal>(
  start: (signal: AbortSignal) => Promise<Outcome<Living>>,
): Revival<Living> {
  const closing = new AbortController();
  let current: Promise<Outcome<Living>> | null = null;
  let pauseMs = 0;

  const begin = async (): Promise<Outcome<Living>> => {
    if (pauseMs > 0) await pause(pauseMs, undefined, { signal: closing.signal });
    const startedAt = performance.now();
    const started = await start(closing.signal);
    const died = () => {
      const livedLong = performance.now() - startedAt > LONG_LIFE_MS;
      pauseMs = livedLong ? 0 : Math.min(Math.max(pauseMs * 2, FIRST_PAUSE_MS), MAX_PAUSE_MS);
      current = null;
    };
    if (started.ok) void started.value.ended.then(died);
    else died();
    return started;
  };
  return {
    get: (signal) => {
      closing.signal.throwIfAborted();
      current ??= begin();
      return untilAborted(current, signal);
    },
    close: async () => {
      closing.abort(new Error('closed'));
      const last = await current?.catch(() => null);
      if (last?.ok) await last.value.close();
    },
  };
}

/** Rejects as soon as the signal aborts; others may still wait for the same. */
export function untilAborted<Value>(promise: Promise<Value>, signal: AbortSignal): Promise<Value> {
  return new Promise<Value>((resolve, reject) => {
    const onAbort = (): void => reject(signal.reason);
    if (signal.aborted) onAbort();
    signal.addEventListener('abort', onAbort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
  });
}
