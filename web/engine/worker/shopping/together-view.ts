import { DEFAULT_POLICY, type OfferComparison } from '../../../../src/customer/index.ts';
import type { NostrEvent } from '../../../../src/protocol/index.ts';
import type { RunState } from '../../contract.ts';
import type { RunLog } from './run-log.ts';

const MAX_HAPPENINGS = 256;

/** What was heard of a wish, whichever of its requests it was about. */
export interface WishLog extends Pick<RunState, 'happenings' | 'errors'> {
  /** The latest of each provider. */
  readonly partials: readonly (readonly [string, string])[];
  readonly events: readonly NostrEvent[];
  readonly verdict: RunLog['verdict'];
}

/** The logs of one wish as one; how a request stands by itself is told of the one that is shown only. */
export function loggedTogether(shownId: string, logs: readonly (readonly [string, RunLog])[]): WishLog {
  const happenings = logs.flatMap(([requestId, log]) =>
    log.happenings.filter(({ what }) => requestId === shownId || what.type !== 'state'),
  );
  return {
    happenings: happenings.toSorted((one, other) => one.at - other.at).slice(-MAX_HAPPENINGS),
    errors: logs.flatMap(([, log]) => log.errors),
    partials: logs.flatMap(([, log]) => [...log.partials]),
    events: logs.flatMap(([, log]) => [...log.events.values()]),
    verdict: logs.find(([requestId]) => requestId === shownId)?.[1].verdict ?? null,
  };
}

/** The offers for all requests of one wish side by side; before one is taken, what the rules would take of all. */
export function comparedTogether(
  shownId: string,
  comparisons: readonly OfferComparison[],
): OfferComparison | null {
  const [first, second] = comparisons;
  if (first === undefined || second === undefined) return first ?? null;
  const shown = comparisons.find(({ requestId }) => requestId === shownId) ?? first;
  if (shown.state !== 'requested') return shown;
  const open = comparisons.filter(({ state }) => state === 'requested');
  const unbought = comparisons.filter(({ state }) => state === 'requested' || state === 'no-offer');
  const offers = open
    .flatMap((comparison) => comparison.offers)
    .toSorted((one, other) => Number(one.totalMsat - other.totalMsat));
  return {
    requestId: shownId,
    state: shown.state,
    collecting: open.some(({ collecting }) => collecting),
    offers,
    refused: unbought.flatMap(({ refused }) => refused),
    left: open.flatMap(({ left }) => left),
    choice: DEFAULT_POLICY.choose(offers),
  };
}
