import { sql, type Kysely } from 'kysely';
import { msat } from '../../protocol/index.ts';
import type { OpenSales, OwingSales } from '../sales.ts';
import type { LedgerSchema } from './schema.ts';

/** Sales with money of their customers, as the index `sales_owing` has it. */
export const OWING = sql<boolean>`money IN ('settled', 'refund-due', 'refunding', 'unclaimed', 'unreconciled')
  AND NOT (money = 'settled' AND work IN ('delivered', 'closed', 'cancelled'))`;

/** What of a receipt is ours: the price of delivered work, but for what of it is given back. */
const KEPT = sql`CASE WHEN work IN ('delivered', 'closed') AND money <> 'unreconciled'
  THEN amount_msat - coalesce(goodwill_msat, 0) ELSE 0 END`;
const RECEIVED = sql`coalesce((SELECT sum(sale_receipts.amount_msat) FROM sale_receipts
  WHERE sale_receipts.provider_pubkey = sales.provider_pubkey AND sale_receipts.request_id = sales.request_id), 0)`;

/** Counts what is open, by service and state; the index `sales_open_by_state` has all that is asked. */
export async function countOpen(db: Kysely<LedgerSchema>, providerPubkey: string): Promise<OpenSales[]> {
  const rows = await db
    .selectFrom('sales')
    .select(['service_id', 'work', 'money'])
    .select((sale) => [
      sale.fn.countAll<bigint>().as('count'),
      sale.fn.min<bigint>('opened_at').as('oldest_at'),
    ])
    .where('provider_pubkey', '=', providerPubkey)
    .where(sql<boolean>`is_open = 1`)
    .groupBy(['service_id', 'work', 'money'])
    .execute();
  return rows.map((row) => ({
    serviceId: row.service_id,
    work: row.work,
    money: row.money,
    count: Number(row.count),
    oldestAt: Number(row.oldest_at),
  }));
}

/** Sums what is owed to customers, by the state of the money. */
export async function sumOwing(db: Kysely<LedgerSchema>, providerPubkey: string): Promise<OwingSales[]> {
  const rows = await db
    .selectFrom('sales')
    .select('money')
    .select((sale) => [
      sale.fn.countAll<bigint>().as('count'),
      sql<bigint>`cast(coalesce(sum(${RECEIVED} - ${KEPT}), 0) as bigint)`.as('amount_msat'),
    ])
    .where('provider_pubkey', '=', providerPubkey)
    .where(OWING)
    .groupBy('money')
    .execute();
  return rows.map(({ money, count, amount_msat: owed }) => ({
    money,
    count: Number(count),
    amountMsat: msat(owed > 0n ? owed : 0n),
  }));
}
