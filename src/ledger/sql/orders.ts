import { failure, msat, success, type Outcome } from '../../protocol/index.ts';
import type { Order } from '../order.ts';
import type { OrdersLedger } from '../orders.ts';
import type { NewPurchase, Purchase } from '../purchases.ts';
import { mayMove, ORDER_MOVES, type OrderState } from '../states.ts';
import type { Books, Entry } from './books.ts';
import { keyRow, keyUsed, nameByKey } from './idempotency.ts';
import { openPurchase } from './open-purchase.ts';
import { orderOf, orderRow, spentByPurchase, touchOrder } from './order-rows.ts';
import { purchaseOf } from './purchase-rows.ts';

/** Orders over SQL. */
export function sqlOrders(books: Books): OrdersLedger {
  return {
    open: (order) => books.commit((entry) => open(books, entry, order)),
    async get(orderId) {
      const row = await orderRow(books.read, orderId);
      return row === undefined ? null : orderOf(row);
    },
    addPurchase: (seen, purchase) => books.commit((entry) => addPurchase(books, entry, seen, purchase)),
    decide: (seen, verdict) =>
      books.commit((entry) => moveOrder(books, entry, seen, { state: 'decided', verdict })),
    close: (seen) => books.commit((entry) => moveOrder(books, entry, seen, { state: 'closed' })),
    async purchases(orderId) {
      const rows = await books.read
        .selectFrom('purchases')
        .selectAll()
        .where('order_id', '=', orderId)
        .orderBy('opened_at')
        .orderBy('request_id')
        .execute();
      return rows.map(purchaseOf);
    },
    async spent(orderId) {
      const spent = await spentByPurchase(books.read, orderId);
      return new Map([...spent].map(([requestId, cost]) => [requestId, msat(cost)]));
    },
    async listOpen(customerPubkey) {
      const rows = await books.read
        .selectFrom('orders')
        .selectAll()
        .where('customer_pubkey', '=', customerPubkey)
        .where('state', 'in', ['open', 'decided'])
        .orderBy('opened_at')
        .orderBy('order_id')
        .execute();
      return rows.map(orderOf);
    },
  };
}

async function open(
  books: Books,
  entry: Entry,
  { orderId, customerPubkey, plan, maxTotalMsat, deadlineAt, key }: Parameters<OrdersLedger['open']>[0],
): Promise<Outcome<{ order: Order; created: boolean }, 'key-used'>> {
  await entry.inTurn(customerPubkey);
  const named = key === undefined ? undefined : await keyRow(entry.trx, customerPubkey, key.key);
  const earlier = await orderRow(entry.trx, named?.order_id ?? orderId);
  if (named !== undefined && (named.order_id === null || named.fingerprint !== key?.fingerprint))
    return keyUsed(named);
  if (earlier !== undefined) return success({ order: orderOf(earlier), created: false });
  const now = books.now();
  const created = await entry.trx
    .insertInto('orders')
    .values({
      order_id: orderId,
      customer_pubkey: customerPubkey,
      plan,
      max_total_msat: maxTotalMsat,
      deadline_at: deadlineAt,
      state: 'open',
      opened_at: now,
      updated_at: now,
      version: 1,
    })
    .returningAll()
    .executeTakeFirstOrThrow();
  if (key !== undefined) await nameByKey(books, entry, { pubkey: customerPubkey, ...key, orderId });
  entry.moved('order.open');
  return success({ order: orderOf(created), created: true });
}

async function addPurchase(
  books: Books,
  entry: Entry,
  seen: Order,
  purchase: NewPurchase,
): Promise<Outcome<Purchase, 'stale' | 'illegal-move'>> {
  if (seen.state !== 'open') return illegal(seen, seen.state);
  if (!(await touchOrder(books, entry, seen))) return stale();
  return success((await openPurchase(books, entry, purchase, seen.orderId)).purchase);
}

async function moveOrder(
  books: Books,
  { trx, moved }: Entry,
  seen: Order,
  change: { readonly state: OrderState; readonly verdict?: string },
): Promise<Outcome<Order, 'stale' | 'illegal-move'>> {
  if (!mayMove(ORDER_MOVES, seen.state, change.state)) return illegal(seen, change.state);
  const changed = await trx
    .updateTable('orders')
    .set({ ...change, updated_at: books.now(), version: seen.version + 1 })
    .where('order_id', '=', seen.orderId)
    .where('version', '=', BigInt(seen.version))
    .returningAll()
    .executeTakeFirst();
  if (changed === undefined) return stale();
  moved(`order.${change.state}`);
  return success(orderOf(changed));
}

function stale() {
  return failure('stale', 'The order was moved by somebody else; read it again.');
}

function illegal({ state: from }: Order, to: OrderState) {
  return failure('illegal-move', `An order does not go from ${from} to ${to}.`, { from, to });
}
