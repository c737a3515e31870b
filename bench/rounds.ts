import { buyOneByOne, holdJobsPerSecond, type WatchedJob } from './bought-jobs.ts';
import { timeHops } from './hops.ts';
import { freeJobsPerSecond, relayJobsPerSecond, type FreeLoad, type RelayLoad } from './load.ts';
import type { Stage } from './stage.ts';
import { latencyOf, type Latency } from './statistics.ts';

/** How much one round measures. */
export interface RoundSize {
  readonly hops: number;
  readonly freeJobs: number;
  readonly holdJobs: number;
  readonly loadSeconds: number;
  readonly loadedHoldJobs: number;
}

/** What one round found; latencies in milliseconds. */
export interface Round {
  readonly bareHops: Latency;
  readonly relayHops: Latency;
  /** Request handed to the connection → verified result from the connection. */
  readonly freeResult: Latency;
  /** Wish → receipt, with everything that the customer stores. */
  readonly freeReceipt: Latency;
  readonly holdResult: Latency;
  readonly holdSettled: Latency;
  readonly relayAlone: RelayLoad;
  readonly freeLoad: FreeLoad;
  readonly holdJobsPerSecond: number;
  readonly eventsPerHoldJob: number;
  readonly free: readonly WatchedJob[];
  readonly hold: readonly WatchedJob[];
}

/** Jobs under way at once: free ones of light customers, and paid ones of our customer. */
const FREE_IN_FLIGHT = 64;
const HOLD_IN_FLIGHT = 16;
/** More than any relay or provider here does in a second. */
const STOCK_PER_SECOND = 2500;

/** Measures everything once, side by side: whatever disturbs the machine disturbs all of it. */
export async function runRound(stage: Stage, size: RoundSize): Promise<Round> {
  const bareHops = latencyOf(await timeHops(stage, stage.bareRelayUrl, size.hops));
  const relayHops = latencyOf(await timeHops(stage, stage.relayUrl, size.hops));
  const free = await buyOneByOne(stage, 'free', size.freeJobs);
  const hold = await buyOneByOne(stage, 'hold', size.holdJobs);
  const load = {
    seconds: size.loadSeconds,
    inFlight: FREE_IN_FLIGHT,
    stock: Math.ceil(size.loadSeconds * STOCK_PER_SECOND),
  };
  const relayAlone = await relayJobsPerSecond(stage, load);
  const freeLoad = await freeJobsPerSecond(stage, load);
  const holdJobs = await holdJobsPerSecond(stage, { jobs: size.loadedHoldJobs, inFlight: HOLD_IN_FLIGHT });
  return {
    bareHops,
    relayHops,
    freeResult: latencyOf(free.map((job) => job.resultAt - job.publishedAt)),
    freeReceipt: latencyOf(free.map((job) => job.receiptAt - job.wishedAt)),
    holdResult: latencyOf(hold.map((job) => job.resultAt - job.wishedAt)),
    holdSettled: latencyOf(hold.map((job) => job.receiptAt - job.wishedAt)),
    relayAlone,
    freeLoad,
    holdJobsPerSecond: holdJobs.perSecond,
    eventsPerHoldJob: holdJobs.eventsPerJob,
    free,
    hold,
  };
}
