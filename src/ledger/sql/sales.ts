import type { Selectable } from 'kysely';
import { failure, msat, orThrow, success, type Outcome } from '../../protocol/index.ts';
import { judgeSaleChange } from '../legal-moves.ts';
import type { Sale, SaleChange, SaleFailureCode, SaleQuote, SalesLedger } from '../sales.ts';
import type { Books, Entry } from './books.ts';
import { enqueue } from './outbox.ts';
import type { LedgerSchema } from './schema.ts';
import { readEvent, readFailure, storedEvent } from './stored-json.ts';

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
      const row = await sales().where('payment_hash', '=', paymentHash).executeTakeFirst();
      return row === undefined ? null : saleOf(row);
    },
    async change(seen, change) {
      const verdict = judgeSaleChange(seen, change);
      if (!verdict.ok) return verdict;
      return books.commit((entry) => applyChange(books, entry, seen, change), publishes(change));
    },
    claimWork: (claim) => books.commit((entry) => claimWork(books, entry, claim)),
    renewLease: (seen, leaseSeconds) => books.commit((entry) => renewLease(books, entry, seen, leaseSeconds)),
    returnWork: (seen) => books.commit((entry) => returnWork(books, entry, seen)),
    async listOpen({ providerPubkey, limit, after }) {
      let page = sales().where('provider_pubkey', '=', providerPubkey).where('is_open', '=', 1n);
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
    },
    async listRecent({ limit }) {
      const rows = await sales().orderBy('opened_at', 'desc').orderBy('request_id').limit(limit).execute();
      return rows.map(saleOf);
    },
  };
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
  await enqueue(books, entry, change.publish ?? []);
  return success(saleOf(changed));
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

function changedColumns(change: SaleChange) {
  return {
    ...(change.work === undefined ? {} : { work: change.work }),
    ...(change.money === undefined ? {} : { money: change.money }),
    ...(change.exchange === undefined ? {} : { exchange: change.exchange }),
    ...(change.quote === undefined ? {} : quoteColumns(change.quote)),
    ...(change.lockedAt === undefined ? {} : { locked_at: change.lockedAt }),
    ...(change.result === undefined ? {} : { result: storedEvent(change.result) }),
    ...(change.failure === undefined ? {} : { failure: JSON.stringify(change.failure) }),
    ...(change.deadlineAt === undefined ? {} : { deadline_at: change.deadlineAt }),
  };
}

function quoteColumns(quote: SaleQuote) {
  return {
    amount_msat: quote.amountMsat,
    valid_until: quote.validUntil,
    usual_seconds: quote.usualSeconds,
    worst_seconds: quote.worstSeconds,
    payment_hash: quote.paymentHash,
    preimage: quote.preimage,
    bolt11: quote.bolt11,
  };
}

async function claimWork(
  books: Books,
  { trx, moved }: Entry,
  { providerPubkey, serviceIds, owner, leaseSeconds, limit }: Parameters<SalesLedger['claimWork']>[0],
): Promise<Sale[]> {
  if (serviceIds.length === 0) return [];
  const now = books.now();
  const oldest = trx
    .selectFrom('sales')
    .select(['request_id', 'opened_at'])
    .where('provider_pubkey', '=', providerPubkey)
    .where('service_id', 'in', serviceIds)
    .orderBy('opened_at')
    .orderBy('request_id')
    .limit(limit);
  const waiting = await oldest.where('queue', '=', 'waiting').execute();
  const abandoned = await oldest
    .where('queue', '=', 'working')
    .where('lease_expires_at', '<=', BigInt(now))
    .execute();
  const requestIds = [...waiting, ...abandoned]
    .toSorted(byAge)
    .slice(0, limit)
    .map((sale) => sale.request_id);
  if (requestIds.length === 0) return [];
  const claimed = await trx
    .updateTable('sales')
    .set((sale) => ({
      work: 'working',
      lease_owner: owner,
      lease_fence: sale('lease_fence', '+', 1n),
      lease_expires_at: now + leaseSeconds,
      attempts: sale('attempts', '+', 1n),
      updated_at: now,
      version: sale('version', '+', 1n),
    }))
    .where('provider_pubkey', '=', providerPubkey)
    .where('request_id', 'in', requestIds)
    .returningAll()
    .execute();
  moved('sale.work.working');
  return claimed.toSorted(byAge).map(saleOf);
}

/** The order of the queue, as SQL's `ORDER BY opened_at, request_id` has it. */
function byAge(
  one: { opened_at: bigint; request_id: string },
  other: { opened_at: bigint; request_id: string },
): number {
  return Number(one.opened_at - other.opened_at) || (one.request_id < other.request_id ? -1 : 1);
}

async function renewLease(
  books: Books,
  { trx, moved }: Entry,
  seen: Sale,
  leaseSeconds: number,
): Promise<Outcome<Sale, 'lease-lost'>> {
  const now = books.now();
  const renewed = await trx
    .updateTable('sales')
    .set((sale) => ({
      lease_expires_at: now + leaseSeconds,
      updated_at: now,
      version: sale('version', '+', 1n),
    }))
    .where('provider_pubkey', '=', seen.providerPubkey)
    .where('request_id', '=', seen.requestId)
    .where('work', '=', 'working')
    .where('lease_fence', '=', BigInt(seen.lease?.fence ?? -1))
    .returningAll()
    .executeTakeFirst();
  if (renewed === undefined)
    return failure('lease-lost', 'The sale is no longer leased to this worker; stop working on it.');
  moved('sale.renewed');
  return success(saleOf(renewed));
}

async function returnWork(books: Books, { trx, moved }: Entry, seen: Sale): Promise<void> {
  const now = books.now();
  const returned = await trx
    .updateTable('sales')
    .set((sale) => ({
      lease_expires_at: now,
      attempts: sale('attempts', '-', 1n),
      updated_at: now,
      version: sale('version', '+', 1n),
    }))
    .where('provider_pubkey', '=', seen.providerPubkey)
    .where('request_id', '=', seen.requestId)
    .where('work', '=', 'working')
    .where('lease_fence', '=', BigInt(seen.lease?.fence ?? -1))
    .returning('request_id')
    .executeTakeFirst();
  if (returned !== undefined) moved('sale.noted');
}

function saleOf(row: Selectable<LedgerSchema['sales']>): Sale {
  return {
    providerPubkey: row.provider_pubkey,
    requestId: row.request_id,
    customerPubkey: row.customer_pubkey,
    serviceId: row.service_id,
    request: readEvent(row.request),
    work: row.work,
    money: row.money,
    exchange: row.exchange,
    quote: quoteOf(row),
    lockedAt: row.locked_at === null ? null : Number(row.locked_at),
    result: row.result === null ? null : readEvent(row.result),
    failure: row.failure === null ? null : readFailure(row.failure),
    deadlineAt: row.deadline_at === null ? null : Number(row.deadline_at),
    lease:
      row.lease_owner === null
        ? null
        : {
            owner: row.lease_owner,
            fence: Number(row.lease_fence),
            expiresAt: Number(row.lease_expires_at),
          },
    attempts: Number(row.attempts),
    openedAt: Number(row.opened_at),
    updatedAt: Number(row.updated_at),
    version: Number(row.version),
  };
}

function quoteOf(row: Selectable<LedgerSchema['sales']>): SaleQuote | null {
  if (row.amount_msat === null) return null;
  return {
    amountMsat: msat(row.amount_msat),
    validUntil: Number(row.valid_until),
    usualSeconds: Number(row.usual_seconds),
    worstSeconds: Number(row.worst_seconds),
    paymentHash: row.payment_hash,
    preimage: row.preimage,
    bolt11: row.bolt11,
  };
}
