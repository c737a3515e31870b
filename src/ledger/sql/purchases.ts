import { success, type Outcome } from '../../protocol/index.ts';
import { judgePaymentMove, judgePurchaseChange } from '../legal-moves.ts';
import type { IdempotencyKey, NewPurchase, Purchase, PurchaseChange, PurchasesLedger } from '../purchases.ts';
import { approve } from './approvals.ts';
import type { Books, Entry } from './books.ts';
import { enqueue } from './outbox.ts';
import { beginCall, keepProof, paymentOf, paymentRow } from './payments.ts';
import { keyRow, keyUsed, nameApproval, nameByKey } from './idempotency.ts';
import { openPurchase } from './open-purchase.ts';
import { NO_OFFER_COLUMNS, offerColumns, purchaseOf, purchaseRow, stalePurchase } from './purchase-rows.ts';
import { reserve } from './reserve.ts';
import { storedEvent } from './stored-json.ts';

/** The buying side over SQL. */
export function sqlPurchases(books: Books): PurchasesLedger {
  return {
    open: (purchase) => books.commit((entry) => openPurchase(books, entry, purchase)),
    openByKey: (purchase, key) => books.commit((entry) => openByKey(books, entry, purchase, key)),
    async byKey(customerPubkey, key) {
      const named = await keyRow(books.read, customerPubkey, key);
      const row = named?.request_id == null ? undefined : await purchaseRow(books.read, named.request_id);
      return row === undefined ? null : purchaseOf(row);
    },
    nameApproval: (purchase, approval) =>
      books.commit((entry) => nameApproval(books, entry, purchase, approval)),
    approve: (seen, approval) => books.commit((entry) => approve(books, entry, seen, approval)),
    async get(requestId) {
      const row = await purchaseRow(books.read, requestId);
      return row === undefined ? null : purchaseOf(row);
    },
    async change(seen, change) {
      const verdict = judgePurchaseChange(seen, change);
      return verdict.ok ? books.commit((entry) => applyChange(books, entry, seen, change)) : verdict;
    },
    reserve: (seen, caps) => books.commit((entry) => reserve(books, entry, seen, caps)),
    beginCall: (seen) => books.commit((entry) => beginCall(books, entry, seen)),
    keepProof: (proof) => books.commit((entry) => keepProof(books, entry, proof)),
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

async function openByKey(
  books: Books,
  entry: Entry,
  purchase: NewPurchase,
  key: IdempotencyKey,
): Promise<Outcome<{ purchase: Purchase; created: boolean }, 'key-used'>> {
  const { pubkey } = purchase.request;
  await entry.inTurn(pubkey);
  const named = await keyRow(entry.trx, pubkey, key.key);
  if (named !== undefined) {
    const earlier = named.request_id === null ? undefined : await purchaseRow(entry.trx, named.request_id);
    if (earlier === undefined || named.fingerprint !== key.fingerprint) return keyUsed(named);
    return success({ purchase: purchaseOf(earlier), created: false });
  }
  const opened = await openPurchase(books, entry, purchase);
  await nameByKey(books, entry, { pubkey, ...key, requestId: opened.purchase.requestId });
  return success(opened);
}

async function applyChange(
  books: Books,
  entry: Entry,
  seen: Purchase,
  change: PurchaseChange,
): Promise<Outcome<Purchase, 'stale' | 'illegal-move'>> {
  const payment = change.payment === undefined ? null : await paymentToMove(entry, seen);
  if (change.payment !== undefined) {
    const isMoved = Number((await purchaseRow(entry.trx, seen.requestId))?.version) !== seen.version;
    if (isMoved || wasCalledSince(payment, change)) return stalePurchase();
    const verdict = judgePaymentMove(payment?.state ?? null, change.payment);
    if (!verdict.ok) return verdict;
  }
  const changed = await entry.trx
    .updateTable('purchases')
    .set({ ...changedColumns(seen, change), updated_at: books.now(), version: seen.version + 1 })
    .where('request_id', '=', seen.requestId)
    .where('version', '=', BigInt(seen.version))
    .returningAll()
    .executeTakeFirst();
  if (changed === undefined) return stalePurchase();
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
    .select(['payment_hash', 'state', 'calls'])
    .where('payment_hash', '=', seen.offer?.paymentHash ?? '')
    .where('request_id', '=', seen.requestId)
    .forUpdate()
    .executeTakeFirst();
  return row ?? null;
}

/** Somebody has asked a wallet to make the payment since the caller judged what became of it. */
function wasCalledSince(
  payment: Awaited<ReturnType<typeof paymentToMove>>,
  { paymentCalls }: PurchaseChange,
): boolean {
  return paymentCalls !== undefined && payment !== null && Number(payment.calls) !== paymentCalls;
}

function changedColumns(seen: Purchase, change: PurchaseChange) {
  return {
    ...(change.state === undefined ? {} : { state: change.state }),
    ...(change.state === 'requested' && seen.state !== 'requested' ? NO_OFFER_COLUMNS : {}),
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
