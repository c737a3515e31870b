import { Worker } from 'node:worker_threads';

/** What became of one reader. */
export interface TargetReport {
  readonly name: string;
  readonly events: number;
  readonly accepted: number;
  /** The call that took longest, and which event that was. */
  readonly slowestMs: number;
  readonly slowest: number;
}

/** What became of a run; a failure names the event, which the seed makes again. */
export interface FuzzReport {
  readonly failures: readonly { readonly target: string; readonly index: number; readonly stack: string }[];
  readonly targets: readonly TargetReport[];
}

/** What a worker is told: which events to make, and where to say at which one it is. */
export interface FuzzOrder {
  readonly seed: number;
  readonly from: number;
  readonly events: number;
  readonly progress: Int32Array;
}

/** More heap than this for a hundred-kilobyte event is a reader that keeps what it should not. */
const MAX_HEAP_MB = 256;
/** A reader that is at one event for so long does not end. */
const STALL_MS = 20_000;

/**
 * Shows generated and mutated events to every reader, in a worker with a bounded heap. Rejects, with the number of
 * the event, when a reader does not end or the heap is full.
 */
export async function runFuzz(run: {
  readonly seed: number;
  readonly events: number;
  /** The first event's number; 0 unless told. */
  readonly from?: number;
}): Promise<FuzzReport> {
  const { seed, events, from = 0 } = run;
  const progress = new Int32Array(new SharedArrayBuffer(4));
  const order: FuzzOrder = { seed, from, events, progress };
  const worker = new Worker(new URL('./fuzz-child.ts', import.meta.url), {
    workerData: order,
    resourceLimits: { maxOldGenerationSizeMb: MAX_HEAP_MB },
  });
  const { promise, resolve, reject } = Promise.withResolvers<FuzzReport>();
  const at = () => `seed ${seed}, event ${Atomics.load(progress, 0)}`;
  let seen = -1;
  const watch = setInterval(() => {
    const now = Atomics.load(progress, 0);
    if (now === seen) reject(new Error(`A reader does not end: ${at()}.`));
    seen = now;
  }, STALL_MS);
  worker.once('message', resolve);
  worker.once('error', (cause) => reject(new Error(`The worker died: ${at()}.`, { cause })));
  worker.once('exit', () => reject(new Error(`The worker ended early: ${at()}.`)));
  try {
    return await promise;
  } finally {
    clearInterval(watch);
    await worker.terminate();
  }
}
