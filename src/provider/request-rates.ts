import type { NostrEvent } from '../protocol/index.ts';
import type { ProviderContext } from './context.ts';
import { createMinuteCounts } from './minute-counts.ts';

/** `first-over` once a minute, when the bound is passed; what comes after it is not worth an answer. */
export type RateVerdict = 'within' | 'first-over' | 'over';

/** Counts what customers ask for. */
export interface RequestRates {
  /** Counts a request against what its key may ask for in a minute. */
  ofCustomer(event: NostrEvent): RateVerdict;
  /** Counts a request against what all strangers together may ask for in a minute. */
  ofStrangers(event: NostrEvent): RateVerdict;
  /** Counts a refusal that is to be told; `false` when enough were told in this minute. */
  mayRefuse(): boolean;
}

/** So many minutes' worth of requests may come in one minute, whenever they were made. */
const BACKLOG_MINUTES = 10;

/**
 * Makes the counters. Requests count for the minute they were made in, not that in which we see them: what an outage of
 * ours held back is no flood. Times are what the customer says, so that a backlog may still not come all at once.
 */
export function createRequestRates({ limits, now }: Pick<ProviderContext, 'limits' | 'now'>): RequestRates {
  const countIn = createMinuteCounts();
  const madeAt = ({ created_at }: NostrEvent) => Math.min(created_at, now());
  const countOf = (what: string, event: NostrEvent): number =>
    Math.max(countIn(what, madeAt(event)), Math.ceil(countIn(`seen:${what}`, now()) / BACKLOG_MINUTES));
  return {
    ofCustomer: (event) => judge(countOf(event.pubkey, event), limits.requestsPerMinute),
    ofStrangers: (event) => judge(countOf('strangers', event), limits.strangersPerMinute),
    mayRefuse: () => countIn('refusals', now()) <= limits.refusalsPerMinute,
  };
}

function judge(count: number, limit: number): RateVerdict {
  if (count <= limit) return 'within';
  return count === limit + 1 ? 'first-over' : 'over';
}
