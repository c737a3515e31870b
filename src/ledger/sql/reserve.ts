import { failure, success, type Outcome } from '../../protocol/index.ts';
import { judgeSpending } from '../legal-moves.ts';
import type { Purchase, ReserveFailureCode, SpendingCaps } from '../purchases.ts';
import type { Books, Entry } from './books.ts';
import { purchaseOf, purchaseRow, spentSince } from './purchase-rows.ts';

const DAY_SECONDS = 86_400;

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
  if (purchase.state !== 'approved' || offer?.paymentHash == null || offer.bolt11 === null)
    return failure('illegal-move', 'Only an approved offer with an invoice can be paid.', {
      from: purchase.state,
      to: 'paying',
    });
  const earlier = await trx
    .selectFrom('payments')
    .select(['payment_hash', 'state'])
    .where((payment) =>
      payment.or([
        payment('payment_hash', '=', offer.paymentHash),
        payment.and([payment('request_id', '=', purchase.requestId), payment('state', '<>', 'failed')]),
      ]),
    )
    .execute();
  if (earlier.some((payment) => payment.payment_hash === offer.paymentHash))
    return failure(
      'hash-reused',
      'An invoice with this payment hash was reserved before; ask for a new one.',
    );
  if (earlier.length > 0)
    return failure('illegal-move', 'Another payment for this purchase may still be sent.', {
      from: purchase.state,
      to: 'paying',
    });
  const now = books.now();
  const spentToday = await spentSince(trx, purchase.customerPubkey, now - DAY_SECONDS);
  const affordable = judgeSpending(purchase, offer, spentToday, caps);
  if (!affordable.ok) return affordable;
  await trx
    .insertInto('payments')
    .values({
      payment_hash: offer.paymentHash,
      request_id: purchase.requestId,
      customer_pubkey: purchase.customerPubkey,
      payee_pubkey: offer.providerPubkey,
      bolt11: offer.bolt11,
      amount_msat: offer.amountMsat,
      fee_limit_msat: offer.feeLimitMsat,
      state: 'reserved',
      created_at: now,
      updated_at: now,
    })
    .execute();
  const paying = await trx
    .updateTable('purchases')
    .set({ state: 'paying', updated_at: now, version: seen.version + 1 })
    .where('request_id', '=', purchase.requestId)
    .returningAll()
    .executeTakeFirstOrThrow();
  moved('purchase.paying');
  moved('payment.reserved');
  return success(purchaseOf(paying));
}
