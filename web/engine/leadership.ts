import { BEAT_MS, ENGINE_NAME, SILENCE_MS } from './wire.ts';

/** A page's part in deciding who leads. */
export interface Leadership {
  /** The leader showed that it is at work. */
  heardBeat(): void;
}

/** One time of leading, from getting the lock to losing it. */
interface Term {
  worker: Worker;
  readonly letGo: () => void;
}

/**
 * Has one page of this origin run the engine's worker. The page holds the lock, for a tab that holds one is frozen
 * later; it is let go when the page goes into the back/forward cache, and asked for again when it returns. A worker
 * that falls silent is started anew by its page, and a page that falls silent with it, frozen or hung, is robbed.
 */
export function takePart(startWorker: () => Worker): Leadership {
  let term: Term | null = null;
  let waiting: AbortController | null = null;
  let lastBeatMs = performance.now();
  let lastLookMs = performance.now();

  const end = (ended: Term | null) => {
    ended?.worker.terminate();
    ended?.letGo();
    if (term === ended) term = null;
  };
  /** Asks for the lock and leads for as long as it is ours. */
  const ask = async (options: LockOptions): Promise<void> => {
    let own: Term | null = null;
    try {
      await navigator.locks.request(ENGINE_NAME, options, async () => {
        lastBeatMs = performance.now();
        const over = Promise.withResolvers<void>();
        term = own = { worker: startWorker(), letGo: over.resolve };
        await over.promise;
      });
    } catch {
      if (own === null) return; // not waited for any more
      end(own); // robbed: somebody thought that we were dead
      queue();
    }
  };
  const queue = () => {
    waiting = new AbortController();
    void ask({ signal: waiting.signal });
  };
  const look = () => {
    const now = performance.now();
    const wasAsleep = now - lastLookMs > 2 * BEAT_MS;
    lastLookMs = now;
    if (wasAsleep) lastBeatMs = now; // it was us who heard nothing: the beats are still to be read
    const silentMs = now - lastBeatMs;
    if (term !== null && silentMs > SILENCE_MS) {
      lastBeatMs = now;
      term.worker.terminate();
      term.worker = startWorker();
    } else if (silentMs > SILENCE_MS + 2 * BEAT_MS) {
      lastBeatMs = now;
      waiting?.abort();
      void ask({ steal: true });
    }
  };

  addEventListener('pagehide', () => {
    waiting?.abort();
    end(term);
  });
  addEventListener('pageshow', ({ persisted }) => {
    if (persisted) queue();
  });
  setInterval(look, BEAT_MS);
  queue();
  return {
    heardBeat() {
      lastBeatMs = performance.now();
    },
  };
}
