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

/** As the index over what customers paid has it. */
const PAID = sql<boolean>`money = 'settled' AND work IN ('delivered', 'closed')`;
/** Modes in which the work, or the delivery, comes before the money. */
const PAID_LAST: ReadonlySet<string> = new Set(['postpay', 'sample', 'reveal']);
const DELIVERED: ReadonlySet<string> = new Set(['delivered', 'closed']);
const OWED: ReadonlySet<string> = new Set(['accepted', 'working', 'ready', 'delivered']);

/**
 * Sums a customer's sales with one provider. A customer can make them many, and is asked about with each request: what
 * is summed stands in an index, and only what was cancelled midway is looked at one by one.
 */
export async function recordOf(
  db: Kysely<LedgerSchema>,
  providerPubkey: string,
  customerPubkey: string,
): Promise<CustomerRecord> {
  const ofCustomer = db
    .selectFrom('sales')
    .where('provider_pubkey', '=', providerPubkey)
    .where('customer_pubkey', '=', customerPubkey);
  const [count, amount] = [countAll().as('count'), sumOfAmounts().as('amount_msat')];
  const groups = await ofCustomer
    .select(['exchange', 'money', 'work', count, amount])
    .groupBy(['exchange', 'money', 'work'])
    .execute();
  const isCancelledLast = (group: (typeof groups)[number]) =>
    PAID_LAST.has(group.exchange) && group.money === 'none' && group.work === 'cancelled';
  const paid = sumOf(groups, ({ money, work }) => money === 'settled' && DELIVERED.has(work));
  const lapsed = sumOf(groups, ({ exchange, money }) => PAID_LAST.has(exchange) && money === 'lapsed');
  const open = sumOf(
    groups,
    ({ exchange, money, work }) =>
      PAID_LAST.has(exchange) && (money === 'none' || money === 'quoted') && OWED.has(work),
  );
  const first =
    paid.count === 0
      ? undefined
      : await ofCustomer.select('opened_at').where(PAID).orderBy('opened_at').limit(1).executeTakeFirst();
  const begun = groups.some(isCancelledLast)
    ? await ofCustomer
        .select([count, amount])
        .where('exchange', 'in', ['postpay', 'sample', 'reveal'])
        .where('money', '=', 'none')
        .where('work', '=', 'cancelled')
        .where('attempts', '>', 0n)
        .executeTakeFirst()
    : undefined;
  return {
    paidSales: paid.count,
    paidMsat: msat(paid.amountMsat),
    firstPaidAt: first === undefined ? null : Number(first.opened_at),
    unpaidSales: lapsed.count + Number(begun?.count ?? 0),
    unpaidMsat: msat(lapsed.amountMsat + (begun?.amount_msat ?? 0n)),
    openUnpaidMsat: msat(open.amountMsat),
  };
}

interface Summed {
  readonly count: bigint;
  readonly amount_msat: bigint;
}

function sumOf<Group extends Summed>(
  groups: readonly Group[],
  isMeant: (group: Group) => boolean,
): { readonly count: number; readonly amountMsat: bigint } {
  let [count, amountMsat] = [0, 0n];
  for (const group of groups.filter(isMeant)) {
    count += Number(group.count);
    amountMsat += group.amount_msat;
  }
  return { count, amountMsat };
}

function countAll() {
  return sql<bigint>`cast(count(*) as bigint)`;
}

function sumOfAmounts() {
  return sql<bigint>`cast(coalesce(sum(amount_msat), 0) as bigint)`;
}
