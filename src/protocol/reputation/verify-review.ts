import { parseInvoice, type LightningNetwork } from '../bolt11.ts';
import { isResult, type Answer } from '../answer-order.ts';
import type { NostrEvent } from '../event.ts';
import { resultKindOf } from '../job.ts';
import type { Msat } from '../msat.ts';
import { failure, success, type Outcome } from '../outcome.ts';
import { isPreimageOf } from '../payments/preimage.ts';
import type { Review } from './review.ts';

/**
 * Why a review does not count. `not-the-customer`: its author did not ask for the job. `other-job`: it is about
 * something else than this request and this provider. The rest is about its payment: there is none, the provider
 * never named that invoice for this job, the invoice is broken or over another amount than was asked, or the
 * preimage is not its own.
 */
export type ReviewRefusal =
  | 'not-the-customer'
  | 'other-job'
  | 'payment-missing'
  | 'invoice-not-offered'
  | 'invalid-invoice'
  | 'wrong-amount'
  | 'wrong-preimage';

/** A review whose author knows what only the parties to the payment can know. */
export interface PaidReview {
  readonly review: Review;
  readonly paymentHash: string;
  readonly amountMsat: Msat;
  readonly network: LightningNetwork;
}

/**
 * Checks that the review of a job was written by its customer. Events must be verified by the caller. Fails with
 * `not-the-customer` or `other-job`.
 */
export function verifyReview(
  review: Review,
  job: { readonly request: NostrEvent; readonly reviewed: Answer },
): Outcome<Review, 'not-the-customer' | 'other-job'> {
  const { request, reviewed } = job;
  if (review.authorPubkey !== request.pubkey)
    return failure('not-the-customer', 'The review is not by whoever asked for the job.');
  const isOfRequest = review.requestId === null || review.requestId === request.id;
  const isOfReviewed = review.reviewedId === null || review.reviewedId === reviewed.id;
  const isOfProvider = review.providerPubkey === null || review.providerPubkey === reviewed.providerPubkey;
  const isOfKind = review.reviewedKind === null || review.reviewedKind === reviewed.event.kind;
  const isAnswer = !isResult(reviewed) || reviewed.kind === resultKindOf(request.kind);
  if (
    reviewed.requestId !== request.id ||
    !isAnswer ||
    !isOfRequest ||
    !isOfReviewed ||
    !isOfProvider ||
    !isOfKind
  )
    return failure('other-job', 'The review is about another job or another provider.');
  return success(review);
}

/**
 * Checks the payment that a review shows: its author asked for the job, the provider named that invoice for it, and
 * the preimage opens the invoice's hash. Payees and routing nodes know preimages too, so this makes complaints
 * strong; praise is worth no more than its author. Offers in ciphertext must be given decrypted, and events
 * verified. Fails with a `ReviewRefusal`.
 */
export function verifyReviewPayment(
  review: Review,
  job: {
    readonly request: NostrEvent;
    readonly reviewed: Answer;
    /** Everything in which the provider asked to be paid for this job: offers, and results with an invoice. */
    readonly offers: readonly Answer[];
  },
): Outcome<PaidReview, ReviewRefusal> {
  const rightful = verifyReview(review, job);
  if (!rightful.ok) return rightful;
  if (review.payment === null) return failure('payment-missing', 'The review shows no payment.');
  const { bolt11, preimage } = review.payment;
  const offer = job.offers.find(
    (candidate) =>
      candidate.bolt11 === bolt11 &&
      candidate.requestId === job.request.id &&
      candidate.providerPubkey === job.reviewed.providerPubkey,
  );
  if (offer === undefined)
    return failure('invoice-not-offered', 'The provider did not name that invoice for this job.');
  const invoice = parseInvoice(bolt11);
  if (!invoice.ok)
    return failure('invalid-invoice', invoice.failure.message, { cause: invoice.failure.code });
  const { amountMsat, paymentHash, network } = invoice.value;
  if (amountMsat === null || (offer.amount?.msat ?? amountMsat) !== amountMsat)
    return failure('wrong-amount', 'The invoice is not over the amount that was asked.');
  if (!isPreimageOf(preimage, paymentHash))
    return failure('wrong-preimage', 'The preimage is not that of the invoice.');
  return success({ review, paymentHash, amountMsat, network });
}
