import { success, type Outcome } from '../../protocol/index.ts';
import { judgePaymentMove, judgePurchaseChange } from '../legal-moves.ts';
import type { Purchase, PurchaseChange, PurchasesLedger } from '../purchases.ts';
import type { Books, Entry } from './books.ts';
import { enqueue } from './outbox.ts';
import { paymentOf, paymentRow } from './payments.ts';
import { offerColumns, purchaseOf, purchaseRow } from './purchase-rows.ts';
import { reserve } from './reserve.ts';
import { storedEvent } from './stored-json.ts';

/** The buying side over SQL. */
export function sqlPurchases(books: Books): PurchasesLedger {
  return {
    open: (purchase) => books.commit((entry) => open(books, entry, purchase)),
    async get(requestId) {
      const row = await purchaseRow(books.read, requestId);
      return row === undefined ? null : purchaseOf(row);
    },
    async change(seen, change) {
      const verdict = judgePurchaseChange(seen, change);
      return verdict.ok ? books.commit((entry) => applyChange(books, entry, seen, change)) : verdict;
    },
    reserve: (seen, caps) => books.commit((entry) => reserve(books, entry, seen, caps)),
    async payment(paymentHash) {
      const row = await paymentRow(books.read, paymentHash);
      return row === undefined ? null : paymentOf(row);
    },
    async payments(requestId) {
      const rows = await books.read
        .selectFrom('payments')
        .selectAll()
        .where('request_id', '=', requestId)
        .orderBy('created_at')
        .orderBy('payment_hash')
        .execute();
      return rows.map(paymentOf);
    },
    async byRefund(paymentHash) {
      const row = await books.read
        .selectFrom('purchases')
        .selectAll()
        .where('refund_payment_hash', '=', paymentHash)
        .executeTakeFirst();
      return row === undefined ? null : purchaseOf(row);
    },
    async listOpen(customerPubkey) {
      const rows = await books.read
        .selectFrom('purchases')
        .selectAll()
        .where('request_id', 'in', (purchases) =>
          purchases
            .selectFrom('purchases')
            .select('request_id')
            .where('customer_pubkey', '=', customerPubkey)
            .where('is_open', '=', 1n)
            .union(
              purchases
                .selectFrom('payments')
                .select((payment) => payment.ref('request_id').$notNull().as('request_id'))
                .where('request_id', 'is not', null)
                .where('spender_pubkey', '=', customerPubkey)
                .where('state', 'in', ['reserved', 'in-flight']),
            ),
        )
        .orderBy('opened_at')
        .orderBy('request_id')
        .execute();
      return rows.map(purchaseOf);
    },
    async listRecent({ limit }) {
      const rows = await books.read
        .selectFrom('purchases')
        .selectAll()
        .orderBy('opened_at', 'desc')
        .orderBy('request_id')
        .limit(limit)
        .execute();
      return rows.map(purchaseOf);
    },
    async list({ customerPubkey, limit, after }) {
      let page = books.read.selectFrom('purchases').selectAll().where('customer_pubkey', '=', customerPubkey);
      if (after !== undefined)
        page = page.where((purchase) =>
          purchase(
            purchase.refTuple('opened_at', 'request_id'),
            '>',
            purchase.tuple(BigInt(after.openedAt), after.requestId),
          ),
        );
      const rows = await page.orderBy('opened_at').orderBy('request_id').limit(limit).execute();
      return rows.map(purchaseOf);
    },
  };
}

async function open(
  books: Books,
  entry: Entry,
  { request, relays, maxAmountMsat, deadlineAt, publish }: Parameters<PurchasesLedger['open']>[0],
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

async function applyChange(
  books: Books,
  entry: Entry,
  seen: Purchase,
  change: PurchaseChange,
): Promise<Outcome<Purchase, 'stale' | 'illegal-move'>> {
  const payment = change.payment === undefined ? null : await paymentToMove(entry, seen);
  if (change.payment !== undefined) {
    const verdict = judgePaymentMove(payment?.state ?? null, change.payment);
    if (!verdict.ok) return verdict;
  }
  const changed = await entry.trx
    .updateTable('purchases')
    .set({ ...changedColumns(change), updated_at: books.now(), version: seen.version + 1 })
    .where('request_id', '=', seen.requestId)
    .where('version', '=', BigInt(seen.version))
    .returningAll()
    .executeTakeFirst();
  if (changed === undefined)
    return {
      ok: false,
      failure: { code: 'stale', message: 'The purchase was moved by somebody else; read it again.' },
    };
  entry.moved(
    change.state === undefined || change.state === seen.state ? 'purchase.noted' : `purchase.${change.state}`,
  );
  if (payment !== null && change.payment !== undefined) {
    await entry.trx
      .updateTable('payments')
      .set({ state: change.payment, ...proofColumns(change), updated_at: books.now() })
      .where('payment_hash', '=', payment.payment_hash)
      .execute();
    if (payment.state !== change.payment) entry.moved(`payment.${change.payment}`);
  }
  await enqueue(books, entry, change.publish ?? []);
  return success(purchaseOf(changed));
}

/** The payment of the offer that the purchase had before the change; a change may choose the next offer. */
async function paymentToMove({ trx }: Entry, seen: Purchase) {
  const row = await trx
    .selectFrom('payments')
    .select(['payment_hash', 'state'])
    .where('payment_hash', '=', seen.offer?.paymentHash ?? '')
    .where('request_id', '=', seen.requestId)
    .executeTakeFirst();
  return row ?? null;
}

function changedColumns(change: PurchaseChange) {
  return {
    ...(change.state === undefined ? {} : { state: change.state }),
    ...(change.offer === undefined ? {} : offerColumns(change.offer)),
    ...(change.result === undefined ? {} : { result: storedEvent(change.result) }),
    ...proofColumns(change),
    ...(change.refund === undefined
      ? {}
      : { refund_bolt11: change.refund.bolt11, refund_payment_hash: change.refund.paymentHash }),
    ...(change.failure === undefined ? {} : { failure: JSON.stringify(change.failure) }),
  };
}

function proofColumns(change: PurchaseChange) {
  return {
    ...(change.preimage === undefined ? {} : { preimage: change.preimage }),
    ...(change.feePaidMsat === undefined ? {} : { fee_paid_msat: change.feePaidMsat }),
  };
}
