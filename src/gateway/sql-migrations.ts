import type { Migration } from '../store/index.ts';
import { GATEWAY_MOVES } from './job.ts';

const MOVES = Object.entries(GATEWAY_MOVES).flatMap(([from, targets]) =>
  targets.map((to) => `('${from}', '${to}')`),
);

/** Moves that the table does not have are impossible whoever writes, and so are two results or prices of one job. */
export const GATEWAY_MIGRATIONS: readonly Migration[] = [
  {
    version: 1,
    sql: `
CREATE TABLE gateway_keys (name TEXT PRIMARY KEY, key BLOB NOT NULL) STRICT;
CREATE TABLE gateway_moves (from_state TEXT NOT NULL, to_state TEXT NOT NULL, PRIMARY KEY (from_state, to_state)) STRICT;
INSERT INTO gateway_moves VALUES ${MOVES.join(', ')};
CREATE TABLE gateway_jobs (
  id TEXT PRIMARY KEY,
  job_order TEXT NOT NULL,
  payment TEXT NOT NULL CHECK (payment IN ('prepaid', 'hold', 'none')),
  state TEXT NOT NULL,
  request_id TEXT NOT NULL,
  offer_id TEXT NOT NULL,
  exchange TEXT NOT NULL,
  usual_seconds INTEGER,
  worst_seconds INTEGER,
  price_msat INTEGER NOT NULL CHECK (price_msat >= 0),
  asked_msat INTEGER NOT NULL CHECK (asked_msat >= 0),
  budget_msat INTEGER NOT NULL CHECK (budget_msat BETWEEN 0 AND price_msat),
  bolt11 TEXT,
  payment_hash TEXT UNIQUE,
  valid_until INTEGER NOT NULL,
  hold_preimage TEXT,
  attempt INTEGER NOT NULL,
  content TEXT,
  provider_pubkey TEXT,
  result_request_id TEXT,
  result_id TEXT,
  failure TEXT,
  refund_bolt11 TEXT,
  refund_payment_hash TEXT UNIQUE,
  opened_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  version INTEGER NOT NULL,
  CHECK ((payment = 'none') = (bolt11 IS NULL)),
  CHECK ((bolt11 IS NULL) = (payment_hash IS NULL)),
  CHECK ((payment = 'hold') = (hold_preimage IS NOT NULL)),
  CHECK (state <> 'done' OR content IS NOT NULL),
  CHECK (state NOT IN ('refunding', 'refunded') OR refund_bolt11 IS NOT NULL),
  CHECK (payment = 'prepaid' OR state NOT IN ('refund-due', 'refunding', 'refunded')),
  CHECK (payment = 'hold' OR state NOT IN ('settling', 'releasing', 'released')),
  CHECK (payment = 'none' OR state <> 'failed')
) STRICT;
CREATE INDEX gateway_jobs_by_state ON gateway_jobs (state, updated_at);
CREATE TRIGGER gateway_jobs_begin BEFORE INSERT ON gateway_jobs
WHEN NEW.version <> 1 OR NEW.state <> CASE NEW.payment WHEN 'none' THEN 'paid' ELSE 'quoted' END
BEGIN SELECT RAISE(ABORT, 'a job of the gateway begins as quoted'); END;
CREATE TRIGGER gateway_jobs_move BEFORE UPDATE ON gateway_jobs
WHEN NEW.version <> OLD.version + 1
  OR NOT EXISTS (SELECT 1 FROM gateway_moves WHERE from_state = OLD.state AND to_state = NEW.state)
  OR NEW.price_msat <> OLD.price_msat OR NEW.budget_msat <> OLD.budget_msat
  OR NEW.payment_hash IS NOT OLD.payment_hash OR NEW.hold_preimage IS NOT OLD.hold_preimage
  OR (OLD.content IS NOT NULL AND NEW.content IS NOT OLD.content)
BEGIN SELECT RAISE(ABORT, 'illegal move of a job of the gateway'); END;`,
  },
  {
    version: 2,
    sql: `
INSERT OR IGNORE INTO gateway_moves VALUES ${MOVES.join(', ')};
ALTER TABLE gateway_jobs ADD COLUMN exchanges TEXT;
ALTER TABLE gateway_jobs ADD COLUMN refund_terms TEXT NOT NULL DEFAULT 'full' CHECK (refund_terms IN ('full', 'returned'));
ALTER TABLE gateway_jobs ADD COLUMN risk_msat INTEGER NOT NULL DEFAULT 0 CHECK (risk_msat >= 0);
ALTER TABLE gateway_jobs ADD COLUMN lost_at INTEGER;
CREATE INDEX gateway_jobs_by_loss ON gateway_jobs (lost_at) WHERE lost_at IS NOT NULL;`,
  },
  { version: 3, sql: `INSERT OR IGNORE INTO gateway_moves VALUES ${MOVES.join(', ')};` }, // to `parked`
  {
    version: 4, // what clients paid stays when their jobs are forgotten; whether a job that is parked by now was paid is not known
    sql: `
CREATE TABLE gateway_receipts (
  seq INTEGER PRIMARY KEY,
  payment_hash TEXT NOT NULL UNIQUE,
  payment TEXT NOT NULL CHECK (payment IN ('prepaid', 'hold')),
  amount_msat INTEGER NOT NULL CHECK (amount_msat >= 0),
  state TEXT NOT NULL,
  refund_payment_hash TEXT,
  updated_at INTEGER NOT NULL
) STRICT;
INSERT INTO gateway_receipts (payment_hash, payment, amount_msat, state, refund_payment_hash, updated_at)
  SELECT payment_hash, payment, price_msat, state, refund_payment_hash, updated_at FROM gateway_jobs
  WHERE payment_hash IS NOT NULL AND state NOT IN ('quoted', 'lapsed', 'parked') ORDER BY opened_at, id;
CREATE TRIGGER gateway_receipts_follow AFTER UPDATE ON gateway_jobs
WHEN NEW.payment_hash IS NOT NULL AND NEW.state NOT IN ('quoted', 'lapsed')
  AND NOT (NEW.state = 'parked' AND OLD.state IN ('quoted', 'lapsed'))
BEGIN
  INSERT INTO gateway_receipts (payment_hash, payment, amount_msat, state, refund_payment_hash, updated_at)
  VALUES (NEW.payment_hash, NEW.payment, NEW.price_msat, NEW.state, NEW.refund_payment_hash, NEW.updated_at)
  ON CONFLICT (payment_hash) DO UPDATE SET state = excluded.state,
    refund_payment_hash = excluded.refund_payment_hash, updated_at = excluded.updated_at;
END;
CREATE TRIGGER gateway_receipts_stay BEFORE DELETE ON gateway_receipts
BEGIN SELECT RAISE(ABORT, 'what clients paid is never forgotten'); END;`,
  },
];
