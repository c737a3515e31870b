import { failure, success, type Outcome } from '../../protocol/index.ts';
import { judgePrice } from '../legal-moves.ts';
import type { Purchase, ReserveFailureCode } from '../purchases.ts';
import type { SpendingCaps } from '../spending.ts';
import type { Books, Entry } from './books.ts';
import { bookPayment } from './payments.ts';
import { purchaseOf, purchaseRow } from './purchase-rows.ts';

/**
 * Moves an approved purchase to `paying` and books the payment with it, if the purchase has no other payment
 * that may still be sent, its invoice was never used and the caps allow it. All in one transaction, and
 * transactions run one after the other, so that no two reservations are weighed against the same room.
 */
export async function reserve(
  books: Books,
  { trx, moved }: Entry,
  seen: Purchase,
  caps: SpendingCaps,
): Promise<Outcome<Purchase, ReserveFailureCode>> {
  const row = await purchaseRow(trx, seen.requestId);
  if (row === undefined || Number(row.version) !== seen.version)
    return failure('stale', 'The purchase was moved by somebody else; read it again.');
  const purchase = purchaseOf(row);
  const { offer } = purchase;
  if (purchase.state !== 'approved' || offer?.paymentHash == null)
    return failure('illegal-move', 'Only an approved offer with a payment hash can be paid.', {
      from: purchase.state,
      to: 'paying',
    });
  const affordable = judgePrice(purchase, offer);
  if (!affordable.ok) return affordable;
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
  const booked = await bookPayment(books, { trx, moved }, caps, {
    paymentHash: offer.paymentHash,
    requestId: purchase.requestId,
    purpose: 'job',
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
