import { extname } from 'node:path';
import { performance } from 'node:perf_hooks';
import { Worker } from 'node:worker_threads';
import { nonceSearch, tryNonces, withNonce, type NonceSearch, type UnsignedEvent } from './nonce-search.ts';

/** The nonces that one thread tries. */
export interface MiningShare {
  readonly search: NonceSearch;
  readonly first: number;
  readonly step: number;
}

/** A thread needs next to nothing; a bound all the same. */
const MAX_HEAP_MB = 64;

/**
 * Seeks a nonce on so many threads, which are ended with the signal. Rejects with the signal's reason, or when a thread
 * fails.
 */
export async function mine(
  event: UnsignedEvent,
  bits: number,
  how: { readonly threads: number; readonly signal: AbortSignal },
): Promise<UnsignedEvent> {
  const { threads, signal } = how;
  signal.throwIfAborted();
  const found = Promise.withResolvers<number>();
  const onAbort = (): void => found.reject(signal.reason);
  signal.addEventListener('abort', onAbort, { once: true });
  const search = nonceSearch(event, bits);
  const workers = Array.from({ length: threads }, (_, first) => {
    const share: MiningShare = { search, first, step: threads };
    const worker = new Worker(new URL(`./mine-worker${extname(import.meta.url)}`, import.meta.url), {
      workerData: share,
      env: {},
      resourceLimits: { maxOldGenerationSizeMb: MAX_HEAP_MB },
    });
    worker.once('message', found.resolve);
    worker.once('error', found.reject);
    return worker;
  });
  try {
    return withNonce(event, await found.promise, bits);
  } finally {
    signal.removeEventListener('abort', onAbort);
    await Promise.all(workers.map((worker) => worker.terminate()));
  }
}

const MEASURED_EVENT: UnsignedEvent = {
  pubkey: '0'.repeat(64),
  created_at: 1_700_000_000,
  kind: 1,
  tags: [],
  content: 'How many ids of an event like this can be tried in a second?',
};
const MEASURE_MS = 60;
const MEASURED_AT_ONCE = 2000;

/** Ids per second that one thread of this machine tries now, measured for a moment. */
export function measureSpeed(): number {
  const search = nonceSearch(MEASURED_EVENT, 256);
  const begun = performance.now();
  let tried = 0;
  while (performance.now() - begun < MEASURE_MS) {
    tryNonces(search, { first: tried, step: 1, tries: MEASURED_AT_ONCE });
    tried += MEASURED_AT_ONCE;
  }
  return (tried * 1000) / (performance.now() - begun);
}
