import { pause } from '../clock/index.ts';
import type { NostrEvent } from '../protocol/index.ts';

/**
 * Where a wrap comes from: it has just come (`new`), it stood on the relays when we began to listen (`stored`), or it
 * is read from them again since it had been dropped (`missed`).
 */
export type WrapOrigin = 'new' | 'stored' | 'missed';

/** Wraps that wait to be opened, one at a time with a rest between; what comes now goes first. */
export interface MessageQueue {
  /** Takes a wrap that has just come; beyond the bounds it is dropped, and `onDropped` told. */
  addNew(wrap: NostrEvent): void;
  /** Takes wraps from earlier times, as many as the caller bounds; resolves when nothing waits any more. */
  addEarlier(wraps: readonly NostrEvent[], origin: 'stored' | 'missed'): Promise<void>;
  /** Resolves when nothing is being opened and nothing waits. */
  idle(): Promise<void>;
}

/** Wraps that have just come and wait, and their characters together. */
const MAX_WAITING = 2000;
const MAX_WAITING_CHARS = 16_777_216;

/**
 * The rest after each: opening one costs the main thread milliseconds, in which no job moves. It bounds what is opened
 * to 6,000 in a minute.
 */
const REST_MS = 10;

/** Makes a queue; once the signal has aborted it forgets what waits. */
export function createMessageQueue(queue: {
  readonly open: (wrap: NostrEvent, origin: WrapOrigin) => Promise<void>;
  readonly onError: (error: unknown) => void;
  readonly onDropped: () => void;
  readonly signal: AbortSignal;
}): MessageQueue {
  const fresh: NostrEvent[] = [];
  const earlier: { readonly wrap: NostrEvent; readonly origin: WrapOrigin }[] = [];
  let freshChars = 0;
  let isRunning = false;
  let done = Promise.resolve();

  const next = (): { readonly wrap: NostrEvent; readonly origin: WrapOrigin } | undefined => {
    if (queue.signal.aborted) return undefined;
    const wrap = fresh.shift();
    if (wrap === undefined) return earlier.shift();
    freshChars -= wrap.content.length;
    return { wrap, origin: 'new' };
  };

  const run = async (): Promise<void> => {
    for (let waiting = next(); waiting !== undefined; waiting = next()) {
      await queue.open(waiting.wrap, waiting.origin).catch(queue.onError);
      if (fresh.length + earlier.length > 0) await pause(REST_MS, queue.signal);
    }
    isRunning = false;
  };

  const wake = (): Promise<void> => {
    if (!isRunning) {
      isRunning = true;
      done = run();
    }
    return done;
  };

  return {
    addNew(wrap) {
      const chars = freshChars + wrap.content.length;
      if (fresh.length >= MAX_WAITING || chars > MAX_WAITING_CHARS) return queue.onDropped();
      fresh.push(wrap);
      freshChars = chars;
      void wake();
    },
    addEarlier(wraps, origin) {
      for (const wrap of wraps) earlier.push({ wrap, origin });
      return wake();
    },
    idle: () => done,
  };
}
