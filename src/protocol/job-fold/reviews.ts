import { isResult, type Answer } from '../answer-order.ts';
import type { NostrEvent } from '../event.ts';
import { failure, success, type Outcome } from '../outcome.ts';
import { parseReview, type Review } from '../reputation/review.ts';
import { verifyReview, verifyReviewPayment, type ReviewRefusal } from '../reputation/verify-review.ts';
import type { AnsweredJob } from './answered-job.ts';
import type { Claim } from './payment-evidence.ts';
import type { SetAsideReason } from './set-aside.ts';

/** What the customer says about a provider's work. */
export interface JobReview {
  readonly review: Review;
  /** The result, or the offer that was not kept. */
  readonly reviewedId: string;
  /**
   * Why the payment that it shows does not count; `null` when it counts or there is none. `not-checked`: more reviews
   * of this job show payments than are looked at.
   */
  readonly paymentRefusal: ReviewRefusal | 'not-checked' | null;
}

/** From this rating on (half of the points) a review says that the result was good enough. */
export const ACCEPTING_RATING = 0.5;

/** A review that counts, by whose work it is about, with the payment that it proves. */
export interface CountedReview {
  readonly providerPubkey: string;
  readonly counted: JobReview;
  readonly claim: Claim | null;
}

/** Reads a review of the job. Fails with the reason to set it aside. */
export function readReview(event: NostrEvent, job: AnsweredJob): Outcome<CountedReview, SetAsideReason> {
  const parsed = parseReview(event);
  if (!parsed.ok) return failure('malformed', parsed.failure.message);
  const review = parsed.value;
  const reviewed = reviewedAnswer(review, job);
  if (reviewed === null) return failure('target-unseen', 'It is about nothing that counts here.');
  const { request } = job;
  if (request === null) return failure('request-unseen', 'Nobody knows yet who the customer is.');
  const rightful = verifyReview(review, { request, reviewed });
  if (!rightful.ok) return rightful;
  const { claim, refusal } = shownPayment(review, reviewed, request, job);
  const counted = { review, reviewedId: reviewed.id, paymentRefusal: refusal };
  return success({ providerPubkey: reviewed.providerPubkey, counted, claim });
}

/** What a review is about: the event it names; where it names only job and provider, the newest result or offer. */
function reviewedAnswer(review: Review, job: AnsweredJob): Answer | null {
  if (review.reviewedId !== null) return job.answers.get(review.reviewedId) ?? null;
  if (review.requestId !== job.requestId || review.providerPubkey === null) return null;
  const own = job.answersOf.get(review.providerPubkey) ?? [];
  return own.findLast(isResult) ?? own.at(-1) ?? null;
}

function shownPayment(
  review: Review,
  reviewed: Answer,
  request: NostrEvent,
  job: AnsweredJob,
): { readonly claim: Claim | null; readonly refusal: JobReview['paymentRefusal'] } {
  if (review.payment === null) return { claim: null, refusal: null };
  if (!job.invoices.mayReadAnother()) return { claim: null, refusal: 'not-checked' };
  const { providerPubkey } = reviewed;
  const offers = job.answersOf.get(providerPubkey) ?? [];
  const paid = verifyReviewPayment(review, { request, reviewed, offers });
  if (!paid.ok) return { claim: null, refusal: paid.failure.code };
  const { bolt11 } = review.payment;
  const evidence = {
    type: 'review',
    eventId: review.id,
    payerPubkey: review.authorPubkey,
    paidId: offers.find((offer) => offer.bolt11 === bolt11)?.id ?? reviewed.id,
    amountMsat: paid.value.amountMsat,
    strength: 'shown',
    forgers: ['payer-and-provider', 'payer-and-routing-node'],
    at: review.createdAt,
  } as const;
  return { claim: { providerPubkey, paymentKey: bolt11, bolt11, evidence }, refusal: null };
}
