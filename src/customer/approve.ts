import type { ChosenOffer, Order, Purchase } from '../ledger/index.ts';
import { failure, success, type Failure, type Outcome } from '../protocol/index.ts';
import { beginOffer } from './collect.ts';
import type { OfferApproval } from './contract.ts';
import type { ApproveFailureCode } from './errors.ts';
import { checkPayable } from './pay.ts';
import { readAgain, tellMoved, type CustomerContext, type Run } from './run.ts';
import { surveyOffers } from './survey.ts';

const MAX_TRIES = 5;

/** An approval, and for an order the order as it was when it approved, and why it did. */
export interface Approving extends OfferApproval {
  readonly order?: Order;
  readonly why?: readonly string[];
}

/**
 * Books the approval of an offer, checked as it stands now; the purchase is paid by its next steps. To be called
 * between the steps of its run. Approving what is approved already, with the same key or a fresh one, changes nothing.
 */
export async function approveChosen(
  context: CustomerContext,
  run: Run,
  approval: Approving,
): Promise<Outcome<Purchase, Exclude<ApproveFailureCode, 'not-found'>>> {
  await refresh(context, run);
  for (let tries = 0; tries < MAX_TRIES; tries++) {
    const { purchase } = run;
    if (purchase.approved?.offerId === approval.offerId) return repeatApproval(context, purchase, approval);
    if (purchase.state !== 'requested' || purchase.approval !== 'ask') break;
    if (purchase.orderId !== (approval.order?.orderId ?? null)) break; // an order approves by itself
    const offer = await checkApproved(context, run, approval);
    if (!offer.ok && (await refresh(context, run))) continue; // it may be refused for what another process did with it
    if (!offer.ok) return offer;
    context.checkpoint('customer:before-approve');
    const approved = await context.ledger.purchases.approve(purchase, {
      ...keyed(approval),
      offer: approval.why === undefined ? offer.value : { ...offer.value, why: approval.why },
    });
    if (approved.ok) {
      beginOffer(run, approval.offerId, offer.value.providerPubkey);
      run.approvedHash = offer.value.paymentHash;
      tellMoved(context, run, approved.value);
      context.checkpoint('customer:after-approve');
      return approved;
    }
    const { code, message, data } = approved.failure;
    if (code === 'key-used') return failure(code, message, data);
    if (code === 'illegal-move') throw new Error(`Purchase ${purchase.requestId}: ${message}`);
    if (approval.order !== undefined) break; // the order decides anew
    await readAgain(context, run);
  }
  return notWaiting(run);
}

/** Whether another process has moved the purchase; then it is read again. */
async function refresh(context: CustomerContext, run: Run): Promise<boolean> {
  const current = await context.ledger.purchases.get(run.purchase.requestId);
  if (current?.version === run.purchase.version) return false;
  await readAgain(context, run);
  return true;
}

function notWaiting({ purchase: { state, offer } }: Run): {
  readonly ok: false;
  readonly failure: Failure<'not-waiting'>;
} {
  return failure('not-waiting', 'The purchase does not wait for this approval (any more).', {
    state,
    offerId: offer?.event.id ?? null,
  });
}

/** A key that comes with the repeat names the purchase too. */
async function repeatApproval(
  context: CustomerContext,
  purchase: Purchase,
  { offerId, idempotencyKey: key }: OfferApproval,
): Promise<Outcome<Purchase, 'key-used'>> {
  if (key === undefined) return success(purchase);
  const named = await context.ledger.purchases.nameApproval(purchase, { key, offerId });
  return named.ok ? success(purchase) : named;
}

/** The ledger's words for an approval. */
function keyed({ maxAmountMsat, idempotencyKey, order }: Approving) {
  return {
    maxAmountMsat,
    ...(idempotencyKey === undefined ? {} : { key: idempotencyKey }),
    ...(order === undefined ? {} : { order }),
  };
}

async function checkApproved(
  context: CustomerContext,
  run: Run,
  { offerId, maxAmountMsat }: OfferApproval,
): Promise<Outcome<ChosenOffer, 'offer-unknown' | 'offer-not-takeable' | 'above-max'>> {
  const { eligible, refused } = surveyOffers(context, run);
  const refusal = refused.find(({ offer }) => offer.id === offerId);
  if (refusal !== undefined) return notTakeable(refusal.code);
  const offer = eligible.find(({ id }) => id === offerId);
  if (offer === undefined)
    return failure('offer-unknown', 'There is no such offer for this purchase; see its comparison.');
  if (offer.amountMsat > maxAmountMsat)
    return failure('above-max', 'The offer costs more than the approval allows.', {
      amountMsat: offer.amountMsat.toString(),
    });
  const payable = await checkPayable(context, run, offer, { mayRepeat: true });
  return payable.ok ? payable : notTakeable(payable.failure.code);
}

function notTakeable(reason: string) {
  return failure('offer-not-takeable', 'The offer cannot be taken; see the reason.', { reason });
}
