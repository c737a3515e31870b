import type { Migration } from '../../store/contract.ts';
import { BALANCES } from './balance-tables.ts';
import { POSTGRES_BASE } from './postgres-base.ts';

const SALES_PAID = `
CREATE INDEX sales_paid ON sales (provider_pubkey, customer_pubkey, opened_at)
  WHERE money = 'settled' AND work IN ('delivered', 'closed');`;

/**
 * The schema of the ledger, step by step; the first eight as SQLite has them. Triggers and foreign keys into the state tables make a move that is not
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
  {
    version: 3, // one place for all that is spent, whatever for; refunds on the buying side
    sql: `
DROP TRIGGER purchases_move;
CREATE TABLE all_payments (
  payment_hash TEXT PRIMARY KEY, request_id TEXT REFERENCES purchases (request_id), purpose TEXT NOT NULL,
  spender_pubkey TEXT NOT NULL, counterparty TEXT NOT NULL, bolt11 TEXT NOT NULL,
  amount_msat INTEGER NOT NULL CHECK (amount_msat >= 0), fee_limit_msat INTEGER NOT NULL CHECK (fee_limit_msat >= 0),
  fee_paid_msat INTEGER CHECK (fee_paid_msat >= 0), preimage TEXT, state TEXT NOT NULL,
  created_at INTEGER NOT NULL, updated_at INTEGER NOT NULL
) STRICT;
INSERT INTO all_payments
  SELECT payment_hash, request_id, 'job', customer_pubkey, payee_pubkey, bolt11, amount_msat, fee_limit_msat,
    fee_paid_msat, preimage, state, created_at, updated_at FROM payments;
DROP TABLE payments;
ALTER TABLE all_payments RENAME TO payments;
CREATE UNIQUE INDEX payments_one_per_purchase ON payments (request_id) WHERE state <> 'failed';
CREATE INDEX payments_by_spending ON payments
  (spender_pubkey, state, updated_at, amount_msat, fee_limit_msat, fee_paid_msat, request_id, counterparty);
CREATE TRIGGER payments_begin BEFORE INSERT ON payments WHEN NEW.state <> 'reserved'
BEGIN SELECT RAISE(ABORT, 'a payment begins as reserved'); END;
CREATE TRIGGER payments_move BEFORE UPDATE ON payments
WHEN NEW.amount_msat <> OLD.amount_msat OR NEW.fee_limit_msat <> OLD.fee_limit_msat OR (NEW.state <> OLD.state
  AND NOT EXISTS (SELECT 1 FROM payment_moves WHERE from_state = OLD.state AND to_state = NEW.state))
BEGIN SELECT RAISE(ABORT, 'illegal move of a payment'); END;
CREATE TRIGGER purchases_move BEFORE UPDATE ON purchases
WHEN NEW.version <> OLD.version + 1
  OR (NEW.state <> OLD.state AND NOT EXISTS
    (SELECT 1 FROM purchase_moves WHERE from_state = OLD.state AND to_state = NEW.state))
  OR (NEW.state = 'paying' AND OLD.state <> 'paying' AND NOT EXISTS
    (SELECT 1 FROM payments WHERE payment_hash = NEW.offer_payment_hash AND request_id = NEW.request_id
      AND state = 'reserved'))
BEGIN SELECT RAISE(ABORT, 'illegal move of a purchase'); END;
ALTER TABLE purchases ADD COLUMN refund_bolt11 TEXT;
ALTER TABLE purchases ADD COLUMN refund_payment_hash TEXT;
CREATE INDEX purchases_by_refund ON purchases (refund_payment_hash) WHERE refund_payment_hash IS NOT NULL;`,
  },
  {
    version: 4, // what the books as a whole are asked for: who is owed money, and everything of one key in order
    sql: `
CREATE INDEX sales_owing ON sales (provider_pubkey, opened_at, request_id)
WHERE money IN ('settled', 'refund-due', 'refunding', 'unclaimed', 'unreconciled')
  AND NOT (money = 'settled' AND work IN ('delivered', 'closed', 'cancelled'));
CREATE INDEX sales_in_order ON sales (provider_pubkey, opened_at, request_id);
CREATE INDEX purchases_in_order ON purchases (customer_pubkey, opened_at, request_id);
CREATE INDEX payments_by_job ON payments (request_id) WHERE request_id IS NOT NULL;
CREATE INDEX payments_in_order ON payments (spender_pubkey, created_at, payment_hash);`,
  },
  {
    version: 5, // what was spent for one purpose
    sql: 'CREATE INDEX payments_by_purpose ON payments (spender_pubkey, purpose);',
  },
  {
    version: 6, // ecash that is locked for a sale
    sql: 'ALTER TABLE sales ADD COLUMN token TEXT;',
  },
  {
    version: 7, // approvals, names that callers give, and orders of several purchases
    sql: `
CREATE TABLE orders (
  order_id TEXT PRIMARY KEY, customer_pubkey TEXT NOT NULL, plan TEXT NOT NULL,
  max_total_msat INTEGER NOT NULL CHECK (max_total_msat >= 0), deadline_at INTEGER NOT NULL,
  state TEXT NOT NULL, verdict TEXT, opened_at INTEGER NOT NULL, updated_at INTEGER NOT NULL, version INTEGER NOT NULL,
  CHECK ((state = 'open') = (verdict IS NULL))
) STRICT;
CREATE INDEX orders_by_state ON orders (customer_pubkey, state, opened_at, order_id);
CREATE TRIGGER orders_begin BEFORE INSERT ON orders WHEN NEW.state <> 'open' OR NEW.version <> 1
BEGIN SELECT RAISE(ABORT, 'an order begins as open'); END;
CREATE TRIGGER orders_move BEFORE UPDATE ON orders
WHEN NEW.version <> OLD.version + 1 OR NEW.max_total_msat <> OLD.max_total_msat OR (NEW.state <> OLD.state
  AND NOT (OLD.state = 'open' AND NEW.state = 'decided') AND NOT (OLD.state = 'decided' AND NEW.state = 'closed'))
BEGIN SELECT RAISE(ABORT, 'illegal move of an order'); END;

ALTER TABLE purchases ADD COLUMN approval TEXT NOT NULL DEFAULT 'automatic' CHECK (approval IN ('automatic', 'ask'));
ALTER TABLE purchases ADD COLUMN approved_offer_id TEXT;
ALTER TABLE purchases ADD COLUMN approved_max_msat INTEGER CHECK (approved_max_msat >= 0);
ALTER TABLE purchases ADD COLUMN approved_at INTEGER;
ALTER TABLE purchases ADD COLUMN order_id TEXT REFERENCES orders (order_id);
CREATE INDEX purchases_by_order ON purchases (order_id, opened_at, request_id) WHERE order_id IS NOT NULL;
DROP TRIGGER purchases_move;
CREATE TRIGGER purchases_move BEFORE UPDATE ON purchases
WHEN NEW.version <> OLD.version + 1 OR NEW.approval <> OLD.approval OR NEW.order_id IS NOT OLD.order_id
  OR (NEW.state <> OLD.state AND NOT EXISTS
    (SELECT 1 FROM purchase_moves WHERE from_state = OLD.state AND to_state = NEW.state))
  OR (NEW.approval = 'ask' AND NEW.approved_offer_id IS NULL AND NEW.state IN ('offered', 'approved', 'paying'))
  OR (NEW.state = 'paying' AND OLD.state <> 'paying' AND NOT EXISTS
    (SELECT 1 FROM payments WHERE payment_hash = NEW.offer_payment_hash AND request_id = NEW.request_id
      AND state = 'reserved'))
BEGIN SELECT RAISE(ABORT, 'illegal move of a purchase'); END;
CREATE TABLE idempotency_keys (
  customer_pubkey TEXT NOT NULL, key TEXT NOT NULL, request_id TEXT REFERENCES purchases (request_id),
  order_id TEXT REFERENCES orders (order_id), fingerprint TEXT NOT NULL, created_at INTEGER NOT NULL,
  PRIMARY KEY (customer_pubkey, key), CHECK ((request_id IS NULL) <> (order_id IS NULL))
) STRICT;`,
  },
  {
    version: 8, // how often a wallet was asked to pay, which was not counted before; the one offer that a key approved
    sql: `
ALTER TABLE payments ADD COLUMN calls INTEGER NOT NULL DEFAULT 0 CHECK (calls >= 0);
UPDATE payments SET calls = 1;
ALTER TABLE idempotency_keys ADD COLUMN approved_offer_id TEXT;`,
  },
  {
    version: 9, // what of the price of delivered work is given back; what operators look at; whether anything can be written
    sql: {
      sqlite: `
ALTER TABLE sales ADD COLUMN goodwill_msat INTEGER CHECK (goodwill_msat >= 0);
ALTER TABLE sales ADD COLUMN goodwill_at INTEGER;
CREATE INDEX sales_open_by_state ON sales (provider_pubkey, service_id, work, money, opened_at) WHERE is_open = 1;
CREATE TABLE write_checks (id INTEGER PRIMARY KEY CHECK (id = 1), checked_at INTEGER NOT NULL) STRICT;`,
      postgres: `
ALTER TABLE sales ADD COLUMN goodwill_msat BIGINT CHECK (goodwill_msat >= 0);
ALTER TABLE sales ADD COLUMN goodwill_at BIGINT;
CREATE INDEX sales_open_by_state ON sales (provider_pubkey, service_id, work, money, opened_at) WHERE is_open = 1;
CREATE TABLE write_checks (id BIGINT PRIMARY KEY CHECK (id = 1), checked_at BIGINT NOT NULL);`,
    },
  },
  {
    version: 10, // what one of several processes does for all of them
    sql: {
      sqlite:
        'CREATE TABLE duties (name TEXT PRIMARY KEY, holder TEXT NOT NULL, held_until INTEGER NOT NULL) STRICT;',
      postgres:
        'CREATE TABLE duties (name TEXT PRIMARY KEY, holder TEXT NOT NULL, held_until BIGINT NOT NULL);',
    },
  },
  {
    version: 11, // why an offer was taken, and which program made the purchase
    sql: 'ALTER TABLE purchases ADD COLUMN offer_why TEXT; ALTER TABLE purchases ADD COLUMN made_by TEXT;',
  },
  {
    version: 12, // since when a customer pays; what customers prepay, on both sides; draws from it are payments that leave no wallet
    sql: { sqlite: `${SALES_PAID}${BALANCES.sqlite}`, postgres: `${SALES_PAID}${BALANCES.postgres}` },
  },
  {
    version: 13, // what an offer says of the payment of work that is cancelled midway
    sql: {
      sqlite: 'ALTER TABLE sales ADD COLUMN kept_once_begun INTEGER;',
      postgres: 'ALTER TABLE sales ADD COLUMN kept_once_begun BIGINT;',
    },
  },
];

/** The steps on Postgres, where the books began with all that the first eight had made of the file. */
export const POSTGRES_LEDGER_MIGRATIONS: readonly Migration[] = [
  { version: 8, sql: POSTGRES_BASE },
  ...LEDGER_MIGRATIONS.slice(8),
];
