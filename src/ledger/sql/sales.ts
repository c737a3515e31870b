import { sql, type RawBuilder } from 'kysely';
import { orThrow, success, type Outcome } from '../../protocol/index.ts';
import { judgeSaleChange } from '../legal-moves.ts';
import type { Sale, SaleChange, SaleFailureCode, SaleReceipt, SalesLedger, SalesPage } from '../sales.ts';
import { balanceShiftOf, balanceToChange, balanceTooLow, writeBalance } from './balance-rows.ts';
import type { Books, Entry } from './books.ts';
import { enqueue } from './outbox.ts';
import { countOpen, OWING, sumOwing } from './sale-figures.ts';
import { receiptOf, recordOf } from './sale-records.ts';
import { changedColumns, saleOf } from './sale-rows.ts';
import { storedEvent } from './stored-json.ts';
import { claimWork, renewLease, returnWork } from './work-leases.ts';

/** The selling side over SQL. */
export function sqlSales(books: Books): SalesLedger {
  const sales = () => books.read.selectFrom('sales').selectAll();
  return {
    open: (sale) => books.commit((entry) => open(books, entry, sale), publishes(sale.answer)),
    async get(providerPubkey, requestId) {
      const row = await sales()
        .where('provider_pubkey', '=', providerPubkey)
        .where('request_id', '=', requestId)
        .executeTakeFirst();
      return row === undefined ? null : saleOf(row);
    },
    async byPaymentHash(paymentHash) {
      const row =
        (await sales().where('payment_hash', '=', paymentHash).executeTakeFirst()) ??
        (await sales().where('refund_payment_hash', '=', paymentHash).executeTakeFirst()) ??
        (await saleOfReceipt(books, paymentHash));
      return row === undefined ? null : saleOf(row);
    },
    async receipts({ providerPubkey, requestId }) {
      const rows = await books.read
        .selectFrom('sale_receipts')
        .selectAll()
        .where('provider_pubkey', '=', providerPubkey)
        .where('request_id', '=', requestId)
        .orderBy('received_at')
        .orderBy('payment_hash')
        .execute();
      return rows.map(receiptOf);
    },
    recordOf: (providerPubkey, customerPubkey) => recordOf(books.read, providerPubkey, customerPubkey),
    async followUps({ providerPubkey, customerPubkey, requestId }, limit) {
      const rows = await sales()
        .where('provider_pubkey', '=', providerPubkey)
        .where('customer_pubkey', '=', customerPubkey)
        .where('request', 'like', `%["continues","${requestId}",%`) // in no text of an event stands such a quote bare
        .orderBy('opened_at')
        .orderBy('request_id')
        .limit(limit)
        .execute();
      return rows.map(saleOf);
    },
    async isCustomer(providerPubkey, pubkey) {
      const row = await books.read
        .selectFrom('sales')
        .select('request_id')
        .where('provider_pubkey', '=', providerPubkey)
        .where('customer_pubkey', '=', pubkey)
        .limit(1)
        .executeTakeFirst();
      return row !== undefined;
    },
    async change(seen, change) {
      const verdict = judgeSaleChange(seen, change);
      if (!verdict.ok) return verdict;
      return books.commit((entry) => applyChange(books, entry, seen, change), publishes(change));
    },
    claimWork: (claim) => books.commit((entry) => claimWork(books, entry, claim)),
    renewLease: (seen, leaseSeconds) => books.commit((entry) => renewLease(books, entry, seen, leaseSeconds)),
    returnWork: (seen) => books.commit((entry) => returnWork(books, entry, seen)),
    listOpen: (page) => pageOf(books, page, sql<boolean>`is_open = 1`),
    list: (page) => pageOf(books, page),
    listOwing: (page) => pageOf(books, page, OWING),
    countOpen: (providerPubkey) => countOpen(books.read, providerPubkey),
    sumOwing: (providerPubkey) => sumOwing(books.read, providerPubkey),
    async startingWith(providerPubkey, idPrefix, limit) {
      const rows = await sales()
        .where('provider_pubkey', '=', providerPubkey)
        .where('request_id', '>=', idPrefix)
        .where('request_id', '<', `${idPrefix}~`) // above every hex digit
        .orderBy('request_id')
        .limit(limit)
        .execute();
      return rows.map(saleOf);
    },
    async listRecent({ providerPubkey, limit }) {
      let recent = sales().orderBy('opened_at', 'desc').orderBy('request_id').limit(limit);
      if (providerPubkey !== undefined) recent = recent.where('provider_pubkey', '=', providerPubkey);
      return (await recent.execute()).map(saleOf);
    },
  };
}

async function pageOf(
  books: Books,
  { providerPubkey, limit, after }: SalesPage,
  only?: RawBuilder<boolean>,
): Promise<Sale[]> {
  let page = books.read.selectFrom('sales').selectAll().where('provider_pubkey', '=', providerPubkey);
  if (only !== undefined) page = page.where(only);
  if (after !== undefined)
    page = page.where((sale) =>
      sale(
        sale.refTuple('opened_at', 'request_id'),
        '>',
        sale.tuple(BigInt(after.openedAt), after.requestId),
      ),
    );
  const rows = await page.orderBy('opened_at').orderBy('request_id').limit(limit).execute();
  return rows.map(saleOf);
}

function saleOfReceipt({ read }: Books, paymentHash: string) {
  return read
    .selectFrom('sales')
    .innerJoin('sale_receipts', (join) =>
      join
        .onRef('sale_receipts.provider_pubkey', '=', 'sales.provider_pubkey')
        .onRef('sale_receipts.request_id', '=', 'sales.request_id'),
    )
    .selectAll('sales')
    .where('sale_receipts.payment_hash', '=', paymentHash)
    .executeTakeFirst();
}

function publishes(change: SaleChange | undefined): { enqueues: boolean } {
  return { enqueues: (change?.publish?.length ?? 0) > 0 };
}

async function open(
  books: Books,
  entry: Entry,
  { providerPubkey, serviceId, request, answer }: Parameters<SalesLedger['open']>[0],
): Promise<{ sale: Sale; created: boolean }> {
  const { trx, moved } = entry;
  const now = books.now();
  const created = await trx
    .insertInto('sales')
    .values({
      provider_pubkey: providerPubkey,
      request_id: request.id,
      customer_pubkey: request.pubkey,
      service_id: serviceId,
      request: storedEvent(request),
      work: 'received',
      money: 'none',
      exchange: 'free',
      lease_fence: 0,
      attempts: 0,
      opened_at: now,
      updated_at: now,
      version: 1,
    })
    .onConflict((conflict) => conflict.columns(['provider_pubkey', 'request_id']).doNothing())
    .returningAll()
    .executeTakeFirst();
  if (created !== undefined) {
    moved('sale.work.received');
    const sale = saleOf(created);
    if (answer === undefined) return { sale, created: true };
    orThrow(judgeSaleChange(sale, answer));
    return { sale: orThrow(await applyChange(books, entry, sale, answer)), created: true };
  }
  const first = await trx
    .selectFrom('sales')
    .selectAll()
    .where('provider_pubkey', '=', providerPubkey)
    .where('request_id', '=', request.id)
    .executeTakeFirstOrThrow();
  return { sale: saleOf(first), created: false };
}

async function applyChange(
  books: Books,
  entry: Entry,
  seen: Sale,
  change: SaleChange,
): Promise<Outcome<Sale, SaleFailureCode>> {
  const { work = seen.work, money = seen.money } = change;
  const shiftMsat = balanceShiftOf(seen, change);
  const heldMsat = shiftMsat === 0n ? 0n : ((await balanceToChange(entry.trx, seen)) ?? 0n);
  if (heldMsat + shiftMsat < 0n) return balanceTooLow(heldMsat, -shiftMsat);
  let update = entry.trx
    .updateTable('sales')
    .set({ ...changedColumns(change), updated_at: books.now(), version: seen.version + 1 })
    .where('provider_pubkey', '=', seen.providerPubkey)
    .where('request_id', '=', seen.requestId)
    .where('version', '=', BigInt(seen.version));
  if (seen.lease !== null) update = update.where('lease_fence', '=', BigInt(seen.lease.fence));
  if (work !== 'working') update = update.set({ lease_owner: null, lease_expires_at: null });
  const changed = await update.returningAll().executeTakeFirst();
  if (changed === undefined) return { ok: false, failure: await whyRefused(entry, seen) };
  if (work !== seen.work) entry.moved(`sale.work.${work}`);
  if (money !== seen.money) entry.moved(`sale.money.${money}`);
  if (work === seen.work && money === seen.money) entry.moved('sale.noted');
  if (shiftMsat !== 0n) await writeBalance(entry.trx, seen, heldMsat + shiftMsat);
  await bookReceipts(entry, seen, change.receipts ?? []);
  await enqueue(books, entry, change.publish ?? []);
  return success(saleOf(changed));
}

/** The same payment may be noticed twice; it is money once. */
async function bookReceipts({ trx }: Entry, sale: Sale, receipts: readonly SaleReceipt[]): Promise<void> {
  if (receipts.length === 0) return;
  await trx
    .insertInto('sale_receipts')
    .values(
      receipts.map((receipt) => ({
        payment_hash: receipt.paymentHash,
        provider_pubkey: sale.providerPubkey,
        request_id: sale.requestId,
        via: receipt.via,
        amount_msat: receipt.amountMsat,
        received_at: receipt.receivedAt,
      })),
    )
    .onConflict((conflict) => conflict.column('payment_hash').doNothing())
    .execute();
}

/** A worker whose lease was taken over must stop; everybody else only has to read again. */
async function whyRefused({ trx }: Entry, seen: Sale) {
  const stored = await trx
    .selectFrom('sales')
    .select('lease_fence')
    .where('provider_pubkey', '=', seen.providerPubkey)
    .where('request_id', '=', seen.requestId)
    .executeTakeFirst();
  const lost = seen.lease !== null && stored !== undefined && Number(stored.lease_fence) !== seen.lease.fence;
  return lost
    ? { code: 'lease-lost' as const, message: 'Another worker has taken over this sale; stop working on it.' }
    : { code: 'stale' as const, message: 'The sale was moved by somebody else; read it again.' };
}
