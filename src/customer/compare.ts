import type { BuyingPolicy, Choice } from './buying-policy.ts';
import type { ComparedOffer } from './compared-offer.ts';
import type { OfferComparison } from './comparison.ts';
import type { CustomerContext, Run } from './run.ts';
import { surveyOffers } from './survey.ts';

/** The offers for a purchase side by side, as they stand now; moves nothing. */
export function compareOffers(
  context: CustomerContext,
  run: Run,
  survey = surveyOffers(context, run),
): OfferComparison {
  const { requestId, state, deadlineAt } = run.purchase;
  const { eligible, untried, refused } = survey;
  const isOpen = state === 'requested' && context.now() < deadlineAt;
  return {
    requestId,
    state,
    collecting: isOpen && (untried.length === 0 || worthWaitingMs(context, run, untried) > 0),
    offers: eligible,
    refused,
    left: isOpen ? (run.policy.leaves?.(untried) ?? []) : [],
    choice: takenChoice(run) ?? (isOpen ? run.policy.choose(untried) : null),
  };
}

/** What was taken, and why as far as the books tell. */
function takenChoice({ purchase: { offer, approved } }: Run): Choice | null {
  if (offer === null) return null;
  const { event, why = [approved === null ? 'the reasons were not kept' : 'approved'] } = offer;
  return { offerId: event.id, why };
}

/**
 * How much longer better offers are worth waiting for, in milliseconds, now that there is one to take. Nothing once
 * everybody has answered who was addressed or, where anybody may, is known to sell such work.
 */
export function worthWaitingMs(context: CustomerContext, run: Run, offers: readonly ComparedOffer[]): number {
  if (hasEverybodyAnswered(context, run)) return 0;
  const waitedMs = run.firstOfferAtMs === null ? 0 : performance.now() - run.firstOfferAtMs;
  return Math.max(0, longestWaitMs(run.policy, offers) - waitedMs);
}

/** Whether somebody is expected to answer, and all of them have. */
export function hasEverybodyAnswered(context: CustomerContext, run: Run): boolean {
  return run.book.haveAnswered(expectedSellers(context, run) ?? []);
}

/** Whether it is known who might answer, and nobody of them is left. */
export function isNobodyLeft(context: CustomerContext, run: Run): boolean {
  const expected = expectedSellers(context, run);
  return expected !== null && (expected.length === 0 || run.book.haveAnswered(expected));
}

/**
 * Who was addressed or, where anybody may answer, is known to sell such work; `null` when that is not known, or others
 * may step in.
 */
function expectedSellers(context: CustomerContext, { request }: Run): readonly string[] | null {
  const { targets, kind, welcomesRescue } = request;
  if (welcomesRescue) return null;
  return targets.length > 0 ? targets : context.knownSellers(kind);
}

/** A better offer saves at most the cheapest price: when waiting has cost as much as that, it cannot pay any more. */
export function longestWaitMs(
  { offerWaitMs, timeValueMsat }: BuyingPolicy,
  offers: readonly ComparedOffer[],
): number {
  if (timeValueMsat === undefined || timeValueMsat === 0n) return offerWaitMs;
  const cheapest = offers[0];
  if (cheapest === undefined) return offerWaitMs;
  return Math.min(offerWaitMs, Number((cheapest.totalMsat * 1000n) / timeValueMsat));
}
