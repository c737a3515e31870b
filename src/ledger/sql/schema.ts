import type { ColumnType, Generated } from 'kysely';
import type { Engine } from '../../store/contract.ts';
import type { ExchangeMode } from '../../protocol/index.ts';
import type { BalanceWithdrawal, TopUp } from '../balances.ts';
import { ALLOWED_PAIRS } from '../exchange-pairs.ts';
import type { OutboxRow } from '../outbox.ts';
import type { PrepaidWithdrawal } from '../prepaid.ts';
import type { ApprovalMode } from '../purchases.ts';
import type { SaleReceipt, SaleRefund } from '../sales.ts';
import {
  MONEY_MOVES,
  PAYMENT_MOVES,
  PURCHASE_MOVES,
  WORK_MOVES,
  type MoneyState,
  type OrderState,
  type PaymentState,
  type PurchaseState,
  type WorkState,
} from '../states.ts';

/** Whole numbers come back as `bigint`, from SQLite as from Postgres. */
type Integer = ColumnType<bigint, bigint | number, bigint | number>;
type NullableInteger = ColumnType<bigint | null, bigint | number | null, bigint | number | null>;

/** The tables of the ledger as Kysely sees them. Events and lists are JSON text; times are unix seconds. */
export interface LedgerSchema {
  sales: {
    provider_pubkey: string;
    request_id: string;
    customer_pubkey: string;
    service_id: string;
    request: string;
    work: WorkState;
    money: MoneyState;
    exchange: ExchangeMode;
    amount_msat: NullableInteger;
    valid_until: NullableInteger;
    usual_seconds: NullableInteger;
    worst_seconds: NullableInteger;
    payment_hash: string | null;
    preimage: string | null;
    bolt11: string | null;
    locked_at: NullableInteger;
    token: string | null;
    result: string | null;
    failure: string | null;
    deadline_at: NullableInteger;
    lease_owner: string | null;
    /** Kept when a lease ends, so that every worker that ever had one can be told from the next. */
    lease_fence: Integer;
    lease_expires_at: NullableInteger;
    attempts: Integer;
    refund_via: SaleRefund['via'] | null;
    refund_amount_msat: NullableInteger;
    refund_bolt11: string | null;
    refund_payment_hash: string | null;
    refund_fee_msat: NullableInteger;
    /** What of the price of delivered work is given back; nothing unless told. */
    kept_once_begun: NullableInteger;
    goodwill_msat: NullableInteger;
    goodwill_at: NullableInteger;
    opened_at: Integer;
    updated_at: Integer;
    version: Integer;
    queue: Generated<'waiting' | 'working' | null>;
    is_open: Generated<bigint>;
  };
  sale_receipts: {
    payment_hash: string;
    provider_pubkey: string;
    request_id: string;
    via: SaleReceipt['via'];
    amount_msat: Integer;
    received_at: Integer;
  };
  purchases: {
    request_id: string;
    customer_pubkey: string;
    request: string;
    relays: string;
    state: PurchaseState;
    max_amount_msat: Integer;
    deadline_at: Integer;
    approval: Generated<ApprovalMode>;
    approved_offer_id: string | null;
    approved_max_msat: NullableInteger;
    approved_at: NullableInteger;
    order_id: string | null;
    offer_event: string | null;
    offer_provider_pubkey: string | null;
    offer_exchange: ExchangeMode | null;
    offer_amount_msat: NullableInteger;
    offer_bolt11: string | null;
    offer_payment_hash: string | null;
    offer_fee_limit_msat: NullableInteger;
    /** Reasons for people. */
    offer_why: string | null;
    made_by: string | null;
    result: string | null;
    preimage: string | null;
    fee_paid_msat: NullableInteger;
    refund_bolt11: string | null;
    refund_payment_hash: string | null;
    failure: string | null;
    opened_at: Integer;
    updated_at: Integer;
    version: Integer;
    is_open: Generated<bigint>;
  };
  orders: {
    order_id: string;
    customer_pubkey: string;
    plan: string;
    max_total_msat: Integer;
    deadline_at: Integer;
    state: OrderState;
    verdict: string | null;
    opened_at: Integer;
    updated_at: Integer;
    version: Integer;
  };
  /** Each names one purchase or one order of its customer. */
  idempotency_keys: {
    customer_pubkey: string;
    key: string;
    request_id: string | null;
    order_id: string | null;
    fingerprint: string;
    /** The one offer that it approved. */
    approved_offer_id: string | null;
    created_at: Integer;
  };
  payments: {
    payment_hash: string;
    /** Which job it pays; `null` for what is no purchase of a job. */
    request_id: string | null;
    purpose: string;
    spender_pubkey: string;
    counterparty: string;
    /** Empty for what is paid in ecash. */
    bolt11: string;
    amount_msat: Integer;
    fee_limit_msat: Integer;
    fee_paid_msat: NullableInteger;
    preimage: string | null;
    state: PaymentState;
    /** How often a wallet was asked to make it, counted before each time. */
    calls: Generated<bigint>;
    created_at: Integer;
    updated_at: Integer;
  };
  /** What customers have prepaid. */
  balances: { provider_pubkey: string; customer_pubkey: string; amount_msat: Integer };
  balance_top_ups: {
    payment_hash: string;
    provider_pubkey: string;
    customer_pubkey: string;
    top_up_id: string;
    amount_msat: Integer;
    bolt11: string;
    expires_at: Integer;
    state: TopUp['state'];
    credited_msat: NullableInteger;
    created_at: Integer;
    updated_at: Integer;
  };
  balance_withdrawals: {
    payment_hash: string;
    provider_pubkey: string;
    customer_pubkey: string;
    withdrawal_id: string;
    amount_msat: Integer;
    fee_limit_msat: Integer;
    fee_paid_msat: NullableInteger;
    bolt11: string;
    state: BalanceWithdrawal['state'];
    created_at: Integer;
    updated_at: Integer;
  };
  /** What a customer asked back of what it prepaid elsewhere. */
  prepaid_withdrawals: {
    payment_hash: string;
    withdrawal_id: string;
    customer_pubkey: string;
    provider_pubkey: string;
    amount_msat: Integer;
    fee_limit_msat: Integer;
    bolt11: string;
    state: PrepaidWithdrawal['state'];
    created_at: Integer;
    updated_at: Integer;
  };
  /** Who does what one process does for all of them, and until when unless it says so again. */
  duties: { name: string; holder: string; held_until: Integer };
  /** One row that is written to show that rows can be. */
  write_checks: { id: Integer; checked_at: Integer };
  outbox: {
    seq: Generated<bigint>;
    event_id: string;
    event: string;
    relays: string;
    also_relays: string | null;
    expires_at: NullableInteger;
    state: OutboxRow['state'];
    attempts: Integer;
    accepted_by: string;
    refused_by: string;
    last_message: string | null;
    enqueued_at: Integer;
    next_try_at: Integer;
  };
}

/**
 * SQL that makes the state tables in the database equal those of `states.ts`; run at every open, so that
 * the two cannot drift apart. Fails when a sale stands in a pair that is no longer allowed. On Postgres, where an older
 * program may open the books of a newer one, what this one does not list is left alone.
 */
export function stateTablesSql(engine: Engine): string {
  const pairs = Object.entries(ALLOWED_PAIRS).flatMap(([exchange, works]) =>
    Object.entries(works).flatMap(([work, monies]) => monies.map((money) => [exchange, work, money])),
  );
  const tables = [
    ['sale_work_moves', '(from_state, to_state)', movesOf(WORK_MOVES)],
    ['sale_money_moves', '(from_state, to_state)', movesOf(MONEY_MOVES)],
    ['purchase_moves', '(from_state, to_state)', movesOf(PURCHASE_MOVES)],
    ['payment_moves', '(from_state, to_state)', movesOf(PAYMENT_MOVES)],
    ['sale_pairs', '(exchange, work, money)', pairs],
  ] as const;
  const statements = tables.map(([table, columns, rows]) => {
    const values = rows.map((row) => `(${row.map((state) => `'${state}'`).join(', ')})`).join(', ');
    const add = `INSERT INTO ${table} ${columns} VALUES ${values} ON CONFLICT DO NOTHING;`;
    return engine === 'postgres'
      ? add
      : `${add} DELETE FROM ${table} WHERE ${columns} NOT IN (VALUES ${values});`;
  });
  return `${engine === 'postgres' ? 'BEGIN' : 'BEGIN IMMEDIATE'}; ${statements.join('\n')} COMMIT;`;
}

/** The tables that `stateTablesSql` fills: they are the same in all books. */
export const STATE_TABLES: readonly string[] = [
  'sale_work_moves',
  'sale_money_moves',
  'purchase_moves',
  'payment_moves',
  'sale_pairs',
];

function movesOf(moves: Readonly<Record<string, readonly string[]>>): string[][] {
  return Object.entries(moves).flatMap(([from, targets]) => targets.map((to) => [from, to]));
}
