import { failure, success, type Outcome } from '../../protocol/index.ts';
import { judgeOrder, judgePrice } from '../legal-moves.ts';
import { BALANCE_PURPOSES } from '../prepaid.ts';
import type { ChosenOffer, Purchase, ReserveFailureCode } from '../purchases.ts';
import type { SpendingCaps } from '../spending.ts';
import type { Books, Entry } from './books.ts';
import { bookPayment } from './payments.ts';
import { orderOf, orderRowToGoBy, spentByPurchase } from './order-rows.ts';
import { purchaseOf, purchaseRowToChange, stalePurchase } from './purchase-rows.ts';

/**
 * Moves an approved purchase to `paying` and books the payment with it, if the purchase has no other payment
 * that may still be sent, its invoice was never used and the caps allow it. All in one transaction, and those of one
 * key run one after another, so that no two reservations are weighed against the same room.
 */
export async function reserve(
  books: Books,
  entry: Entry,
  seen: Purchase,
  caps: SpendingCaps,
): Promise<Outcome<Purchase, ReserveFailureCode>> {
  const { trx, moved } = entry;
  await entry.inTurn(seen.customerPubkey);
  const row = await purchaseRowToChange(trx, seen.requestId);
  if (row === undefined || Number(row.version) !== seen.version) return stalePurchase();
  const purchase = purchaseOf(row);
  const { offer } = purchase;
  if (purchase.state !== 'approved' || offer?.paymentHash == null)
    return failure('illegal-move', 'Only an approved offer with a payment hash can be paid.', {
      from: purchase.state,
      to: 'paying',
    });
  const affordable = judgePrice(purchase, offer);
  if (!affordable.ok) return affordable;
  if (purchase.orderId !== null) {
    const allowed = await judgeByOrder(trx, purchase.orderId, offer);
    if (!allowed.ok) return allowed;
  }
  const other = await trx
    .selectFrom('payments')
    .select('payment_hash')
    .where('request_id', '=', purchase.requestId)
    .where('state', '<>', 'failed')
    .where('payment_hash', '<>', offer.paymentHash)
    .executeTakeFirst();
  if (other !== undefined)
    return failure('illegal-move', 'Another payment for this purchase may still be sent.', {
      from: purchase.state,
      to: 'paying',
    });
  const booked = await bookPayment(books, entry, caps, {
    paymentHash: offer.paymentHash,
    requestId: purchase.requestId,
    purpose: offer.exchange === 'balance' ? BALANCE_PURPOSES.draw : 'job',
    spenderPubkey: purchase.customerPubkey,
    counterparty: offer.providerPubkey,
    bolt11: offer.bolt11,
    amountMsat: offer.amountMsat,
    feeLimitMsat: offer.feeLimitMsat,
  });
  if (!booked.ok) return booked;
  const paying = await trx
    .updateTable('purchases')
    .set({ state: 'paying', updated_at: books.now(), version: seen.version + 1 })
    .where('request_id', '=', purchase.requestId)
    .returningAll()
    .executeTakeFirstOrThrow();
  moved('purchase.paying');
  return success(purchaseOf(paying));
}

/** An order that was decided pays nothing more, and one that goes on no more than its cap. */
async function judgeByOrder(
  trx: Entry['trx'],
  orderId: string,
  offer: ChosenOffer,
): Promise<Outcome<void, 'over-budget' | 'order-ended'>> {
  const row = await orderRowToGoBy(trx, orderId);
  if (row?.state !== 'open')
    return failure(
      'order-ended',
      'The order that this purchase belongs to was decided; it pays nothing more.',
    );
  const spent = await spentByPurchase(trx, orderId);
  return judgeOrder(
    orderOf(row),
    [...spent.values()].reduce((sum, cost) => sum + cost, 0n),
    offer,
  );
}
