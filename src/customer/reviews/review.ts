import { mayMove, PURCHASE_MOVES, type Purchase, type PurchaseState } from '../../ledger/index.ts';
import {
  buildReview,
  failure,
  parseAnswer,
  success,
  type NostrEvent,
  type Outcome,
  type ReviewDraft,
} from '../../protocol/index.ts';
import { move, type CustomerContext, type Run } from '../run.ts';
import type { Judgement, PublishedReview, ReviewFailureCode } from './contract.ts';

const MAX_WORDS = 2000;
/** Nobody waits for a review, but it is worth having for long. */
const WORTH_SECONDS = 30 * 86_400;
const MAX_TRIES = 5;

/** States in which a purchase has come to its end with a provider, for good or ill. */
const REVIEWABLE: ReadonlySet<PurchaseState> = new Set(['received', 'reviewed', 'undelivered', 'refunded']);
const ENDED_WITHOUT: ReadonlySet<PurchaseState> = new Set([
  'no-offer',
  'expired',
  'cancelled',
  'over-budget',
]);

/**
 * Reviews a purchase with a public reaction (kind 7): its result, or, as a complaint, the offer that was paid and not
 * kept. Review and move are one commit. Of several reviews the newest counts, so a later one replaces the earlier;
 * it is always dated after it.
 */
export async function reviewPurchase(
  context: CustomerContext,
  run: Run,
  judgement: Judgement,
): Promise<Outcome<PublishedReview, ReviewFailureCode>> {
  const flaw = flawOf(judgement);
  if (flaw !== null) return failure('invalid-review', `The review's ${flaw.field} ${flaw.wants}.`, flaw);
  for (let tries = 0; tries < MAX_TRIES; tries++) {
    const reviewable = await findReviewed(context, run, judgement);
    if (!reviewable.ok) return reviewable;
    const draft = draftReview(context, run.purchase, reviewable.value, judgement);
    const event = await context.signer.sign(buildReview(draft));
    const expiresAt = context.now() + WORTH_SECONDS;
    const publish = [{ event, relays: run.purchase.relays, expiresAt }];
    const isFirst = mayMove(PURCHASE_MOVES, run.purchase.state, 'reviewed');
    if (await move(context, run, isFirst ? { state: 'reviewed', publish } : { publish }))
      return success({ event, showsPayment: draft.payment !== undefined, purchase: run.purchase });
  }
  throw new Error(`Purchase ${run.purchase.requestId} kept moving while it was reviewed.`);
}

function flawOf({ rating, content = '' }: Judgement): { field: string; wants: string } | null {
  if (!(rating >= 0 && rating <= 1)) return { field: 'rating', wants: 'must be a number from 0 to 1' };
  if (content.length > MAX_WORDS || !content.isWellFormed())
    return { field: 'content', wants: `must be text of at most ${MAX_WORDS} characters` };
  return null;
}

/** The event that is reviewed. */
async function findReviewed(
  context: CustomerContext,
  { purchase, request }: Run,
  { publicly }: Judgement,
): Promise<Outcome<NostrEvent, Exclude<ReviewFailureCode, 'not-found' | 'invalid-review'>>> {
  const { state, offer, result, requestId } = purchase;
  const reviewed = result ?? offer?.event ?? null;
  if (ENDED_WITHOUT.has(state) || (REVIEWABLE.has(state) && reviewed === null))
    return failure('nothing-bought', 'The purchase ended before anybody had to keep an offer.', { state });
  if (!REVIEWABLE.has(state) || reviewed === null)
    return failure('too-early', 'The purchase is still under way: review it when it has ended.', { state });
  const payments = await context.ledger.purchases.payments(requestId);
  if (payments.some((payment) => payment.state === 'reserved' || payment.state === 'in-flight'))
    return failure('payment-open', 'The payment is still open: review the purchase when it has settled.');
  if (request.encrypted && publicly !== true)
    return failure('private-job', 'A public review shows who bought from whom: say so to review it anyway.');
  return success(reviewed);
}

function draftReview(
  context: CustomerContext,
  purchase: Purchase,
  reviewed: NostrEvent,
  { rating, content }: Judgement,
): ReviewDraft {
  const payment = provablePayment(purchase);
  const [relayHint] = purchase.relays;
  // The purchase changed when an earlier review was booked.
  const isFirst = purchase.state === 'received';
  const createdAt = isFirst ? context.now() : Math.max(context.now(), purchase.updatedAt + 1);
  return {
    reviewed,
    rating,
    createdAt,
    ...(content === undefined ? {} : { comment: content }),
    ...(payment === null ? {} : { payment }),
    ...(relayHint === undefined ? {} : { relayHint }),
  };
}

/**
 * The payment, where everybody can check it: our preimage of an invoice that the provider named in clear. The invoice
 * of a zap is its pay server's, ecash has none, and what was named in ciphertext would tell others nothing but
 * what it cost; zap receipts and nutzaps are public evidence by themselves.
 */
function provablePayment({ offer, preimage }: Purchase): Required<ReviewDraft>['payment'] | null {
  if (offer === null || offer.bolt11 === null || preimage === null) return null;
  const shown = parseAnswer(offer.event);
  if (!shown.ok || shown.value.bolt11 !== offer.bolt11) return null;
  return { bolt11: offer.bolt11, preimage };
}
