import type { CustomerRecord } from '../../ledger/index.ts';
import type { JobRequest, Msat, Outcome } from '../../protocol/index.ts';
import type { JobSize } from './job-size.ts';

/** How busy a service is when a job is asked for. */
export interface ServiceLoad {
  /** Jobs worked on now. */
  readonly running: number;
  /** Jobs that are paid, or need no payment before the work, and wait for it. */
  readonly waiting: number;
  /** Jobs worked on at once, at most. */
  readonly concurrency: number;
  /** How long a job takes lately; what the service says while there is no experience. */
  readonly secondsPerJob: number;
}

/** How long a new job has to wait for those before it, in whole seconds. */
export function waitingSeconds({ running, waiting, concurrency, secondsPerJob }: ServiceLoad): number {
  return Math.ceil(Math.floor((running + waiting) / concurrency) * secondsPerJob);
}

/** What another provider publicly asks for the same request. */
export interface RivalOffer {
  readonly providerPubkey: string;
  readonly amountMsat: Msat;
}

/** Everything that may decide what a job costs. */
export interface PriceSituation {
  readonly request: JobRequest;
  readonly size: JobSize;
  readonly load: ServiceLoad;
  /** What the own books know of the customer. */
  readonly record: CustomerRecord;
  /** Cheapest first; empty for policies that watch no rivals. */
  readonly rivals: readonly RivalOffer[];
}

/** What a job is to cost, and what the customer is told beside it; `null` when there is nothing to say. */
export interface Price {
  readonly amountMsat: Msat;
  readonly note: string | null;
}

/** `price-unknown`: the price hangs on something of the job that is not known before it is done. */
export type PriceFailureCode = 'price-unknown';

/**
 * A way to price jobs: pure, so that the same situation always costs the same. Made by `fixedPrice`, `perUnit`,
 * `byLoad` and `undercut`, of which the last two change what another policy asks.
 */
export interface PricingPolicy {
  /** The least that it ever asks: who bids less is refused before anything is looked at. */
  readonly fromMsat: Msat;
  /** Whether every job costs `fromMsat`; otherwise the price is announced as flexible. */
  readonly isFixed: boolean;
  /** Whether inputs behind URLs are fetched to be measured before the price is said. */
  readonly measuresUrls: boolean;
  /** Whether and how often an unpaid offer follows the public offers of rivals; `null` watches none. */
  readonly rivalry: Rivalry | null;
  readonly price: (situation: PriceSituation) => Outcome<Price, PriceFailureCode>;
  /** Whether a job that was priced as of the size `asked` may turn out to be of the size `found`; without it, any. */
  readonly covers?: (asked: JobSize, found: JobSize) => boolean;
}

/** How far a provider goes after its rivals. */
export interface Rivalry {
  /** New offers for one request, at most. */
  readonly requotes: number;
  /** Whose offers count; without it those of everybody but ourselves. */
  readonly isRival?: (providerPubkey: string) => boolean;
}

/** How much proof of work a stranger's request must show, by how busy the service is; see `proofOfWorkByLoad`. */
export type ProofOfWorkPolicy = (load: ServiceLoad) => number;

/**
 * Asks for `idleBits` while nothing waits, and for one more each time the queue doubles, up to `mostBits`: what a
 * flood costs grows with what it does.
 */
export function proofOfWorkByLoad(bits: {
  readonly idleBits: number;
  readonly mostBits: number;
}): ProofOfWorkPolicy {
  return ({ waiting }) =>
    Math.min(Math.max(bits.mostBits, bits.idleBits), bits.idleBits + Math.ceil(Math.log2(waiting + 1)));
}
