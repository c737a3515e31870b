/** Lets callers in one after the other, each key by itself, in the order in which they came. */
export interface Turns {
  /** Runs the work when it is its turn. Rejects with the signal's reason when that aborts while it waits. */
  take<Value>(key: string, signal: AbortSignal, work: () => Promise<Value>): Promise<Value>;
}

/** Makes a `Turns` whose memory grows only with those who wait. */
export function createTurns(): Turns {
  const lasts = new Map<string, Promise<void>>();
  return {
    async take(key, signal, work) {
      const before = lasts.get(key) ?? Promise.resolve();
      const done = Promise.withResolvers<void>();
      const last = before
        .then(() => done.promise)
        .then(() => {
          if (lasts.get(key) === last) lasts.delete(key);
        });
      lasts.set(key, last);
      try {
        await orAborted(before, signal);
        return await work();
      } finally {
        done.resolve();
      }
    },
  };
}

async function orAborted(turn: Promise<void>, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const onAbort = (): void => reject(signal.reason);
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    await Promise.race([turn, aborted]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}
