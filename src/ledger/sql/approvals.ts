import { failure, success, type Outcome } from '../../protocol/index.ts';
import type { Purchase, PurchasesLedger } from '../purchases.ts';
import type { Books, Entry } from './books.ts';
import { nameApproval } from './idempotency.ts';
import { touchOrder } from './order-rows.ts';
import { offerColumns, purchaseOf, purchaseRowToChange, stalePurchase } from './purchase-rows.ts';

/**
 * Books the approval of an offer: the purchase is bound to it, the key to both, and of an order its version grows, all
 * in one transaction.
 */
export async function approve(
  books: Books,
  entry: Entry,
  seen: Purchase,
  { offer, maxAmountMsat, key, order }: Parameters<PurchasesLedger['approve']>[1],
): Promise<Outcome<Purchase, 'stale' | 'illegal-move' | 'key-used'>> {
  const { requestId, version } = seen;
  await entry.inTurn(seen.customerPubkey);
  const row = await purchaseRowToChange(entry.trx, requestId);
  if (row === undefined || Number(row.version) !== version) return stalePurchase();
  if (row.state !== 'requested')
    return failure('illegal-move', 'Only an offer of a purchase that waits for one can be approved.', {
      from: row.state,
      to: 'offered',
    });
  if (row.order_id !== (order?.orderId ?? null))
    return failure('illegal-move', 'The offers of an order are approved by the order.', {
      orderId: row.order_id,
    });
  if (order !== undefined && !(await touchOrder(books, entry, order))) return stalePurchase();
  if (key !== undefined) {
    const named = await nameApproval(books, entry, seen, { key, offerId: offer.event.id });
    if (!named.ok) return named;
  }
  const now = books.now();
  const approved = await entry.trx
    .updateTable('purchases')
    .set({
      ...offerColumns(offer),
      state: 'offered',
      approved_offer_id: offer.event.id,
      approved_max_msat: maxAmountMsat,
      approved_at: now,
      failure: null, // of an earlier one
      updated_at: now,
      version: version + 1,
    })
    .where('request_id', '=', requestId)
    .returningAll()
    .executeTakeFirstOrThrow();
  entry.moved('purchase.offered');
  return success(purchaseOf(approved));
}
