import type { NewPurchase, Purchase } from '../purchases.ts';
import type { Books, Entry } from './books.ts';
import { enqueue } from './outbox.ts';
import { purchaseOf, purchaseRow } from './purchase-rows.ts';
import { storedEvent } from './stored-json.ts';

/** Books a purchase, for an order where one is named; a repeat returns the first. */
export async function openPurchase(
  books: Books,
  entry: Entry,
  { request, relays, maxAmountMsat, deadlineAt, approval, madeBy, publish }: NewPurchase,
  orderId: string | null = null,
): Promise<{ purchase: Purchase; created: boolean }> {
  const now = books.now();
  const created = await entry.trx
    .insertInto('purchases')
    .values({
      request_id: request.id,
      customer_pubkey: request.pubkey,
      request: storedEvent(request),
      relays: JSON.stringify(relays),
      state: 'requested',
      max_amount_msat: maxAmountMsat,
      deadline_at: deadlineAt,
      approval: approval ?? 'automatic',
      order_id: orderId,
      made_by: madeBy ?? null,
      opened_at: now,
      updated_at: now,
      version: 1,
    })
    .onConflict((conflict) => conflict.column('request_id').doNothing())
    .returningAll()
    .executeTakeFirst();
  if (created === undefined) {
    const first = await purchaseRow(entry.trx, request.id);
    if (first === undefined) throw new Error('A purchase that conflicts with itself is not there.');
    return { purchase: purchaseOf(first), created: false };
  }
  entry.moved('purchase.requested');
  await enqueue(books, entry, publish);
  return { purchase: purchaseOf(created), created: true };
}
