import type { JobResult } from '../job.ts';
import type { PaymentEvidence } from './payment-evidence.ts';
import type { AcceptedResult, ProviderPart } from './picture.ts';
import { ACCEPTING_RATING } from './reviews.ts';

/** Which of a provider's results the customer took; `customerPubkey` is `null` while the request is unseen. */
export function acceptedResults(part: ProviderPart, customerPubkey: string | null): AcceptedResult[] {
  return part.results.flatMap((result) => acceptanceOf(result, part, customerPubkey) ?? []);
}

function acceptanceOf(
  { id: resultId }: JobResult,
  { pubkey: providerPubkey, results, reviews, payments }: ProviderPart,
  customerPubkey: string | null,
): AcceptedResult | null {
  /** What is about an offer or the request is about whatever came of it. */
  const isAboutIt = (id: string) => id === resultId || !results.some((other) => other.id === id);
  const judged = reviews.findLast(
    ({ reviewedId, review }) => isAboutIt(reviewedId) && review.rating !== null,
  );
  if (judged !== undefined) {
    const isGood = (judged.review.rating ?? 0) >= ACCEPTING_RATING;
    return isGood ? { resultId, providerPubkey, by: 'review', eventId: judged.review.id } : null;
  }
  const paid = payments
    .flatMap(({ evidence }) => evidence)
    .find((evidence) => isAboutIt(evidence.paidId) && isOfCustomer(evidence, customerPubkey));
  return paid === undefined ? null : { resultId, providerPubkey, by: 'payment', eventId: paid.eventId };
}

/**
 * Whether a payment is the customer's own word, signed by it, or what the caller knows itself: what a provider can
 * make alone, with its own invoice and preimage, accepts nothing.
 */
function isOfCustomer(
  { type, strength, payerPubkey }: PaymentEvidence,
  customerPubkey: string | null,
): boolean {
  if (strength === 'known') return true;
  if (customerPubkey === null || payerPubkey !== customerPubkey) return false;
  return type !== 'zap-receipt' || strength === 'vouched';
}
