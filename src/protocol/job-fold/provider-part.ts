import { isFeedback, isResult, type Answer } from '../answer-order.ts';
import type { FeedbackStatus, JobFeedback } from '../job.ts';
import { paymentsOf, type Claim } from './payment-evidence.ts';
import type { Offer, ProviderPart, ProviderState } from './picture.ts';
import type { CountedReview } from './reviews.ts';

/** What decides besides the provider whether its offer can be taken; `at` is unix seconds, `null` for no clock. */
export interface Market {
  readonly jobIsOpen: boolean;
  readonly at: number | null;
}

/** What else was said about a provider than what it said itself. */
export interface SaidAbout {
  readonly claims: readonly Claim[];
  readonly reviews: readonly CountedReview[];
}

/** Folds one provider's answers, oldest first, into its part of the job. A result stands whatever is said later. */
export function providerPart(
  pubkey: string,
  addressed: boolean,
  answers: readonly Answer[],
  market: Market,
  { claims, reviews }: SaidAbout,
): ProviderPart {
  const results = answers.filter(isResult);
  const feedback = answers.filter(isFeedback);
  const state = results.length > 0 ? 'delivered' : stateAfter(feedback);
  const own = claims.filter(({ providerPubkey }) => providerPubkey === pubkey);
  return {
    pubkey,
    addressed,
    state,
    offer: latestOffer(feedback, state, market),
    partials: feedback.filter(({ status }) => status === 'partial'),
    workingSince: feedback.find(({ status }) => AT_WORK.has(status))?.createdAt ?? null,
    statedSeconds: statedSeconds(feedback),
    results,
    error: feedback.findLast(({ status }) => status === 'error') ?? null,
    payments: own.length === 0 ? [] : paymentsOf(own),
    reviews: reviews.flatMap(({ providerPubkey, counted }) => (providerPubkey === pubkey ? counted : [])),
  };
}

/** Statuses that say, or show, that work has begun. */
const AT_WORK: ReadonlySet<FeedbackStatus> = new Set(['processing', 'partial', 'success']);

function statedSeconds(feedback: readonly JobFeedback[]): number | null {
  const timed = feedback.findLast(
    ({ usualSeconds, worstSeconds }) => (worstSeconds ?? usualSeconds) !== null,
  );
  return timed?.worstSeconds ?? timed?.usualSeconds ?? null;
}

function stateAfter(feedback: readonly JobFeedback[]): ProviderState {
  switch (feedback.findLast(({ status }) => status !== 'other')?.status) {
    case 'payment-required':
      return 'offered';
    case 'processing':
    case 'partial':
      return 'working';
    case 'error':
      return 'failed';
    case 'success':
      return 'result-missing';
    default:
      return 'silent-status';
  }
}

function latestOffer(feedback: readonly JobFeedback[], state: ProviderState, market: Market): Offer | null {
  const quote = feedback.findLast(
    ({ status, amount, bolt11 }) =>
      status === 'payment-required' && (bolt11 !== null || (amount !== null && amount.msat !== null)),
  );
  if (quote === undefined) return null;
  const { id, amount, bolt11, exchange, usualSeconds, worstSeconds, validUntil, createdAt } = quote;
  const lapsed = market.at !== null && validUntil !== null && market.at > validUntil;
  const standing = market.jobIsOpen && state === 'offered' && !lapsed;
  return {
    eventId: id,
    amount,
    bolt11,
    exchange,
    usualSeconds,
    worstSeconds,
    validUntil,
    at: createdAt,
    standing,
  };
}
