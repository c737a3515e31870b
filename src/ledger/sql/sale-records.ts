import { sql, type Kysely, type Selectable } from 'kysely';
import { msat } from '../../protocol/index.ts';
import type { CustomerRecord, SaleReceipt } from '../sales.ts';
import type { LedgerSchema } from './schema.ts';

/** The receipt that a row holds. */
export function receiptOf(row: Selectable<LedgerSchema['sale_receipts']>): SaleReceipt {
  return {
    paymentHash: row.payment_hash,
    via: row.via,
    amountMsat: msat(row.amount_msat),
    receivedAt: Number(row.received_at),
  };
}

const PAID = sql`money = 'settled' AND work IN ('delivered', 'closed')`;
/** Worked on or delivered in a mode that pays last, and the time to pay is over, or it was cancelled midway. */
const UNPAID = sql`exchange IN ('postpay', 'sample', 'reveal')
  AND (money = 'lapsed' OR (money = 'none' AND work = 'cancelled' AND attempts > 0))`;
const OPEN_UNPAID = sql`exchange IN ('postpay', 'sample', 'reveal') AND money IN ('none', 'quoted')
  AND work IN ('accepted', 'working', 'ready', 'delivered')`;

/** Sums a customer's sales with one provider. */
export async function recordOf(
  db: Kysely<LedgerSchema>,
  providerPubkey: string,
  customerPubkey: string,
): Promise<CustomerRecord> {
  const row = await db
    .selectFrom('sales')
    .select([
      countWhere(PAID).as('paid_sales'),
      sumWhere(PAID).as('paid_msat'),
      sql<bigint | null>`min(CASE WHEN ${PAID} THEN opened_at END)`.as('first_paid_at'),
      countWhere(UNPAID).as('unpaid_sales'),
      sumWhere(UNPAID).as('unpaid_msat'),
      sumWhere(OPEN_UNPAID).as('open_unpaid_msat'),
    ])
    .where('provider_pubkey', '=', providerPubkey)
    .where('customer_pubkey', '=', customerPubkey)
    .executeTakeFirstOrThrow();
  return {
    paidSales: Number(row.paid_sales),
    paidMsat: msat(row.paid_msat),
    firstPaidAt: row.first_paid_at === null ? null : Number(row.first_paid_at),
    unpaidSales: Number(row.unpaid_sales),
    unpaidMsat: msat(row.unpaid_msat),
    openUnpaidMsat: msat(row.open_unpaid_msat),
  };
}

function countWhere(condition: ReturnType<typeof sql>) {
  return sql<bigint>`cast(coalesce(sum(CASE WHEN ${condition} THEN 1 ELSE 0 END), 0) as bigint)`;
}

function sumWhere(condition: ReturnType<typeof sql>) {
  return sql<bigint>`cast(coalesce(sum(CASE WHEN ${condition} THEN amount_msat ELSE 0 END), 0) as bigint)`;
}
