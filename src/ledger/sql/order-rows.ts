import type { Kysely, Selectable } from 'kysely';
import { msat } from '../../protocol/index.ts';
import { refundedMsat } from '../journal/purchase-journal.ts';
import type { Order } from '../order.ts';
import type { Books, Entry } from './books.ts';
import { purchaseOf } from './purchase-rows.ts';
import type { LedgerSchema } from './schema.ts';

/** The order that a row holds. */
export function orderOf(row: Selectable<LedgerSchema['orders']>): Order {
  return {
    orderId: row.order_id,
    customerPubkey: row.customer_pubkey,
    plan: row.plan,
    maxTotalMsat: msat(row.max_total_msat),
    deadlineAt: Number(row.deadline_at),
    state: row.state,
    verdict: row.verdict,
    openedAt: Number(row.opened_at),
    updatedAt: Number(row.updated_at),
    version: Number(row.version),
  };
}

/** The stored row of an order. */
export function orderRow(db: Kysely<LedgerSchema>, orderId: string) {
  return db.selectFrom('orders').selectAll().where('order_id', '=', orderId).executeTakeFirst();
}

/** The same for whoever decides by it what is written next: nobody changes it before the commit. */
export function orderRowToGoBy(trx: Kysely<LedgerSchema>, orderId: string) {
  return trx.selectFrom('orders').selectAll().where('order_id', '=', orderId).forUpdate().executeTakeFirst();
}

/** Notes in the transaction of one of its purchases that an open order goes on; `false` when it has moved since. */
export async function touchOrder(books: Books, { trx, moved }: Entry, seen: Order): Promise<boolean> {
  const touched = await trx
    .updateTable('orders')
    .set({ updated_at: books.now(), version: seen.version + 1 })
    .where('order_id', '=', seen.orderId)
    .where('version', '=', BigInt(seen.version))
    .where('state', '=', 'open')
    .returning('order_id')
    .executeTakeFirst();
  if (touched !== undefined) moved('order.noted');
  return touched !== undefined;
}

/**
 * What each purchase of an order has cost, or may still cost, by its request id: payments that did not fail, with their
 * fee limit where the fee is not known, less what came back.
 */
export async function spentByPurchase(
  db: Kysely<LedgerSchema>,
  orderId: string,
): Promise<ReadonlyMap<string, bigint>> {
  const purchases = await db.selectFrom('purchases').selectAll().where('order_id', '=', orderId).execute();
  const payments = await db
    .selectFrom('payments')
    .innerJoin('purchases', 'purchases.request_id', 'payments.request_id')
    .select([
      'purchases.request_id',
      'payments.amount_msat',
      'payments.fee_limit_msat',
      'payments.fee_paid_msat',
    ])
    .where('purchases.order_id', '=', orderId)
    .where('payments.state', '<>', 'failed')
    .execute();
  const spent = new Map<string, bigint>();
  for (const { request_id: id, amount_msat: amount, fee_limit_msat: limit, fee_paid_msat: fee } of payments)
    spent.set(id, (spent.get(id) ?? 0n) + amount + (fee ?? limit));
  for (const row of purchases) {
    const cost = spent.get(row.request_id);
    if (row.state !== 'refunded' || cost === undefined) continue;
    const back = refundedMsat(purchaseOf(row), row.offer_amount_msat ?? 0n);
    spent.set(row.request_id, back < cost ? cost - back : 0n);
  }
  return spent;
}
