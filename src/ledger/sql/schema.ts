import type { ColumnType, Generated } from 'kysely';
import type { ExchangeMode } from '../../protocol/index.ts';
import type { Migration } from '../../store/index.ts';
import { ALLOWED_PAIRS } from '../exchange-pairs.ts';
import type { OutboxRow } from '../outbox.ts';
import type { SaleReceipt, SaleRefund } from '../sales.ts';
import {
  MONEY_MOVES,
  PAYMENT_MOVES,
  PURCHASE_MOVES,
  WORK_MOVES,
  type MoneyState,
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
    offer_event: string | null;
    offer_provider_pubkey: string | null;
    offer_exchange: ExchangeMode | null;
    offer_amount_msat: NullableInteger;
    offer_bolt11: string | null;
    offer_payment_hash: string | null;
    offer_fee_limit_msat: NullableInteger;
    result: string | null;
    preimage: string | null;
    fee_paid_msat: NullableInteger;
    failure: string | null;
    opened_at: Integer;
    updated_at: Integer;
    version: Integer;
    is_open: Generated<bigint>;
  };
  payments: {
    payment_hash: string;
    request_id: string;
    customer_pubkey: string;
    payee_pubkey: string;
    bolt11: string;
    amount_msat: Integer;
    fee_limit_msat: Integer;
    fee_paid_msat: NullableInteger;
    preimage: string | null;
    state: PaymentState;
    created_at: Integer;
    updated_at: Integer;
  };
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
 * The schema of the SQLite ledger. Triggers and foreign keys into the state tables make a move that is not
 * listed in `states.ts` impossible whoever writes. `queue` and `is_open` are what workers and restarts look
 * for, kept by the database so that it can index them.
 */
export const LEDGER_MIGRATIONS: readonly Migration[] = [
  {
    version: 1,
    sql: `
CREATE TABLE sale_work_moves (from_state TEXT NOT NULL, to_state TEXT NOT NULL, PRIMARY KEY (from_state, to_state)) STRICT;
CREATE TABLE sale_money_moves (from_state TEXT NOT NULL, to_state TEXT NOT NULL, PRIMARY KEY (from_state, to_state)) STRICT;
CREATE TABLE purchase_moves (from_state TEXT NOT NULL, to_state TEXT NOT NULL, PRIMARY KEY (from_state, to_state)) STRICT;
CREATE TABLE payment_moves (from_state TEXT NOT NULL, to_state TEXT NOT NULL, PRIMARY KEY (from_state, to_state)) STRICT;
CREATE TABLE sale_pairs (
  exchange TEXT NOT NULL, work TEXT NOT NULL, money TEXT NOT NULL, PRIMARY KEY (exchange, work, money)
) STRICT;

CREATE TABLE sales (
  provider_pubkey TEXT NOT NULL, request_id TEXT NOT NULL, customer_pubkey TEXT NOT NULL, service_id TEXT NOT NULL,
  request TEXT NOT NULL, work TEXT NOT NULL, money TEXT NOT NULL, exchange TEXT NOT NULL,
  amount_msat INTEGER CHECK (amount_msat >= 0), valid_until INTEGER, usual_seconds INTEGER, worst_seconds INTEGER,
  payment_hash TEXT UNIQUE, preimage TEXT, bolt11 TEXT,
  locked_at INTEGER, result TEXT, failure TEXT, deadline_at INTEGER,
  lease_owner TEXT, lease_fence INTEGER NOT NULL, lease_expires_at INTEGER, attempts INTEGER NOT NULL,
  opened_at INTEGER NOT NULL, updated_at INTEGER NOT NULL, version INTEGER NOT NULL,
  queue TEXT GENERATED ALWAYS AS (CASE
    WHEN work = 'working' THEN 'working'
    WHEN work = 'accepted' AND (money = 'locked' OR exchange = 'free') THEN 'waiting' END) STORED,
  is_open INTEGER GENERATED ALWAYS AS (CASE
    WHEN work IN ('received', 'accepted', 'working', 'ready', 'delivered') THEN 1
    WHEN money IN ('quoted', 'locked', 'settling', 'refund-due', 'refunding', 'unreconciled') THEN 1
    ELSE 0 END) STORED,
  PRIMARY KEY (provider_pubkey, request_id),
  FOREIGN KEY (exchange, work, money) REFERENCES sale_pairs (exchange, work, money),
  CHECK ((work = 'working') = (lease_owner IS NOT NULL AND lease_expires_at IS NOT NULL)),
  CHECK (exchange <> 'free' OR amount_msat IS NULL OR amount_msat = 0)
) STRICT;
CREATE INDEX sales_by_queue ON sales (provider_pubkey, queue, opened_at, request_id);
CREATE INDEX sales_by_openness ON sales (provider_pubkey, is_open, opened_at, request_id);
CREATE INDEX sales_by_age ON sales (opened_at);
CREATE TRIGGER sales_begin BEFORE INSERT ON sales
WHEN NEW.work <> 'received' OR NEW.money <> 'none' OR NEW.version <> 1
BEGIN SELECT RAISE(ABORT, 'a sale begins as received'); END;
CREATE TRIGGER sales_move BEFORE UPDATE ON sales
WHEN NEW.version <> OLD.version + 1
  OR (NEW.work <> OLD.work AND NOT EXISTS
    (SELECT 1 FROM sale_work_moves WHERE from_state = OLD.work AND to_state = NEW.work))
  OR (NEW.money <> OLD.money AND NOT EXISTS
    (SELECT 1 FROM sale_money_moves WHERE from_state = OLD.money AND to_state = NEW.money))
BEGIN SELECT RAISE(ABORT, 'illegal move of a sale'); END;

CREATE TABLE purchases (
  request_id TEXT PRIMARY KEY, customer_pubkey TEXT NOT NULL, request TEXT NOT NULL, relays TEXT NOT NULL,
  state TEXT NOT NULL, max_amount_msat INTEGER NOT NULL, deadline_at INTEGER NOT NULL,
  offer_event TEXT, offer_provider_pubkey TEXT, offer_exchange TEXT, offer_amount_msat INTEGER,
  offer_bolt11 TEXT, offer_payment_hash TEXT, offer_fee_limit_msat INTEGER,
  result TEXT, preimage TEXT, fee_paid_msat INTEGER, failure TEXT,
  opened_at INTEGER NOT NULL, updated_at INTEGER NOT NULL, version INTEGER NOT NULL,
  is_open INTEGER GENERATED ALWAYS AS (
    state IN ('requested', 'offered', 'approved', 'paying', 'locked', 'paid', 'undelivered', 'unreconciled')
  ) STORED
) STRICT;
CREATE INDEX purchases_by_openness ON purchases (customer_pubkey, is_open, opened_at, request_id);
CREATE INDEX purchases_by_age ON purchases (opened_at);

CREATE TABLE payments (
  payment_hash TEXT PRIMARY KEY, request_id TEXT NOT NULL REFERENCES purchases (request_id),
  customer_pubkey TEXT NOT NULL, payee_pubkey TEXT NOT NULL, bolt11 TEXT NOT NULL,
  amount_msat INTEGER NOT NULL CHECK (amount_msat >= 0), fee_limit_msat INTEGER NOT NULL CHECK (fee_limit_msat >= 0),
  fee_paid_msat INTEGER CHECK (fee_paid_msat >= 0), preimage TEXT, state TEXT NOT NULL,
  created_at INTEGER NOT NULL, updated_at INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX payments_one_per_purchase ON payments (request_id) WHERE state <> 'failed';
CREATE INDEX payments_by_spending
  ON payments (customer_pubkey, state, updated_at, amount_msat, fee_limit_msat, fee_paid_msat, request_id);
CREATE TRIGGER payments_begin BEFORE INSERT ON payments WHEN NEW.state <> 'reserved'
BEGIN SELECT RAISE(ABORT, 'a payment begins as reserved'); END;
CREATE TRIGGER payments_move BEFORE UPDATE ON payments
WHEN NEW.amount_msat <> OLD.amount_msat OR NEW.fee_limit_msat <> OLD.fee_limit_msat OR (NEW.state <> OLD.state
  AND NOT EXISTS (SELECT 1 FROM payment_moves WHERE from_state = OLD.state AND to_state = NEW.state))
BEGIN SELECT RAISE(ABORT, 'illegal move of a payment'); END;

CREATE TRIGGER purchases_begin BEFORE INSERT ON purchases WHEN NEW.state <> 'requested' OR NEW.version <> 1
BEGIN SELECT RAISE(ABORT, 'a purchase begins as requested'); END;
CREATE TRIGGER purchases_move BEFORE UPDATE ON purchases
WHEN NEW.version <> OLD.version + 1
  OR (NEW.state <> OLD.state AND NOT EXISTS
    (SELECT 1 FROM purchase_moves WHERE from_state = OLD.state AND to_state = NEW.state))
  OR (NEW.state = 'paying' AND OLD.state <> 'paying' AND NOT EXISTS
    (SELECT 1 FROM payments WHERE payment_hash = NEW.offer_payment_hash AND request_id = NEW.request_id
      AND state = 'reserved'))
BEGIN SELECT RAISE(ABORT, 'illegal move of a purchase'); END;

CREATE TABLE outbox (
  seq INTEGER PRIMARY KEY, event_id TEXT NOT NULL UNIQUE, event TEXT NOT NULL, relays TEXT NOT NULL,
  also_relays TEXT, expires_at INTEGER,
  state TEXT NOT NULL CHECK (state IN ('due', 'published', 'refused', 'expired')),
  attempts INTEGER NOT NULL, accepted_by TEXT NOT NULL, refused_by TEXT NOT NULL, last_message TEXT,
  enqueued_at INTEGER NOT NULL, next_try_at INTEGER NOT NULL
) STRICT;
CREATE INDEX outbox_by_next_try ON outbox (state, next_try_at, seq);`,
  },
  {
    version: 2, // every exchange mode: work before payment, receipts of any rail, refunds
    sql: `
DROP INDEX sales_by_queue;
ALTER TABLE sales DROP COLUMN queue;
ALTER TABLE sales ADD COLUMN queue TEXT GENERATED ALWAYS AS (CASE
  WHEN work = 'working' THEN 'working'
  WHEN work = 'accepted' AND (money IN ('locked', 'settled') OR exchange IN ('free', 'postpay', 'sample', 'reveal'))
    THEN 'waiting' END) VIRTUAL;
CREATE INDEX sales_by_queue ON sales (provider_pubkey, queue, opened_at, request_id);
CREATE INDEX sales_by_customer ON sales (provider_pubkey, customer_pubkey, exchange, money, work, amount_msat);
ALTER TABLE sales ADD COLUMN refund_via TEXT;
ALTER TABLE sales ADD COLUMN refund_amount_msat INTEGER CHECK (refund_amount_msat >= 0);
ALTER TABLE sales ADD COLUMN refund_bolt11 TEXT;
ALTER TABLE sales ADD COLUMN refund_payment_hash TEXT;
ALTER TABLE sales ADD COLUMN refund_fee_msat INTEGER CHECK (refund_fee_msat >= 0);
CREATE UNIQUE INDEX sales_by_refund ON sales (refund_payment_hash) WHERE refund_payment_hash IS NOT NULL;
CREATE TABLE sale_receipts (
  payment_hash TEXT PRIMARY KEY, provider_pubkey TEXT NOT NULL, request_id TEXT NOT NULL,
  via TEXT NOT NULL CHECK (via IN ('invoice', 'zap', 'nutzap', 'ecash')),
  amount_msat INTEGER NOT NULL CHECK (amount_msat > 0), received_at INTEGER NOT NULL,
  FOREIGN KEY (provider_pubkey, request_id) REFERENCES sales (provider_pubkey, request_id)
) STRICT;
CREATE INDEX sale_receipts_by_sale ON sale_receipts (provider_pubkey, request_id, received_at);`,
  },
];

/**
 * SQL that makes the state tables in the database equal those of `states.ts`; run at every open, so that
 * the two cannot drift apart. Fails when a sale stands in a pair that is no longer allowed.
 */
export function stateTablesSql(): string {
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
    return `INSERT INTO ${table} ${columns} VALUES ${values} ON CONFLICT DO NOTHING;
      DELETE FROM ${table} WHERE ${columns} NOT IN (VALUES ${values});`;
  });
  return `BEGIN IMMEDIATE; ${statements.join('\n')} COMMIT;`;
}

function movesOf(moves: Readonly<Record<string, readonly string[]>>): string[][] {
  return Object.entries(moves).flatMap(([from, targets]) => targets.map((to) => [from, to]));
}
