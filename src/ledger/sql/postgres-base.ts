/**
 * The schema of the ledger on Postgres as the SQLite one is after its first eight steps: what is impossible there is
 * impossible here, and in the same words. Ids sort by their bytes, as in SQLite. Which pairs of work and money there are
 * is asked by the trigger of the sales, because foreign keys would have every sale lock the same few rows.
 */
export const POSTGRES_BASE = `
CREATE TABLE sale_work_moves (from_state TEXT NOT NULL, to_state TEXT NOT NULL, PRIMARY KEY (from_state, to_state));
CREATE TABLE sale_money_moves (from_state TEXT NOT NULL, to_state TEXT NOT NULL, PRIMARY KEY (from_state, to_state));
CREATE TABLE purchase_moves (from_state TEXT NOT NULL, to_state TEXT NOT NULL, PRIMARY KEY (from_state, to_state));
CREATE TABLE payment_moves (from_state TEXT NOT NULL, to_state TEXT NOT NULL, PRIMARY KEY (from_state, to_state));
CREATE TABLE sale_pairs (
  exchange TEXT NOT NULL, work TEXT NOT NULL, money TEXT NOT NULL, PRIMARY KEY (exchange, work, money)
);

CREATE TABLE sales (
  provider_pubkey TEXT COLLATE "C" NOT NULL, request_id TEXT COLLATE "C" NOT NULL,
  customer_pubkey TEXT COLLATE "C" NOT NULL, service_id TEXT NOT NULL,
  request TEXT NOT NULL, work TEXT NOT NULL, money TEXT NOT NULL, exchange TEXT NOT NULL,
  amount_msat BIGINT CHECK (amount_msat >= 0), valid_until BIGINT, usual_seconds BIGINT, worst_seconds BIGINT,
  payment_hash TEXT COLLATE "C" UNIQUE, preimage TEXT, bolt11 TEXT,
  locked_at BIGINT, token TEXT, result TEXT, failure TEXT, deadline_at BIGINT,
  lease_owner TEXT, lease_fence BIGINT NOT NULL, lease_expires_at BIGINT, attempts BIGINT NOT NULL,
  refund_via TEXT, refund_amount_msat BIGINT CHECK (refund_amount_msat >= 0), refund_bolt11 TEXT,
  refund_payment_hash TEXT COLLATE "C", refund_fee_msat BIGINT CHECK (refund_fee_msat >= 0),
  opened_at BIGINT NOT NULL, updated_at BIGINT NOT NULL, version BIGINT NOT NULL,
  queue TEXT GENERATED ALWAYS AS (CASE
    WHEN work = 'working' THEN 'working'
    WHEN work = 'accepted' AND (money IN ('locked', 'settled') OR exchange IN ('free', 'postpay', 'sample', 'reveal'))
      THEN 'waiting' END) STORED,
  is_open BIGINT GENERATED ALWAYS AS (CASE
    WHEN work IN ('received', 'accepted', 'working', 'ready', 'delivered') THEN 1
    WHEN money IN ('quoted', 'locked', 'settling', 'refund-due', 'refunding', 'unreconciled') THEN 1
    ELSE 0 END) STORED,
  PRIMARY KEY (provider_pubkey, request_id),
  CHECK ((work = 'working') = (lease_owner IS NOT NULL AND lease_expires_at IS NOT NULL)),
  CHECK (exchange <> 'free' OR amount_msat IS NULL OR amount_msat = 0)
);
CREATE INDEX sales_by_queue ON sales (provider_pubkey, queue, opened_at, request_id) WHERE queue IS NOT NULL;
CREATE INDEX sales_by_openness ON sales (provider_pubkey, opened_at, request_id) WHERE is_open = 1;
CREATE INDEX sales_by_age ON sales (opened_at);
CREATE INDEX sales_by_customer ON sales (provider_pubkey, customer_pubkey);
CREATE UNIQUE INDEX sales_by_refund ON sales (refund_payment_hash) WHERE refund_payment_hash IS NOT NULL;
CREATE INDEX sales_owing ON sales (provider_pubkey, opened_at, request_id)
WHERE money IN ('settled', 'refund-due', 'refunding', 'unclaimed', 'unreconciled')
  AND NOT (money = 'settled' AND work IN ('delivered', 'closed', 'cancelled'));
CREATE INDEX sales_in_order ON sales (provider_pubkey, opened_at, request_id);
CREATE FUNCTION sales_begin() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  IF NEW.work <> 'received' OR NEW.money <> 'none' OR NEW.version <> 1 THEN
    RAISE EXCEPTION 'a sale begins as received';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER sales_begin BEFORE INSERT ON sales FOR EACH ROW EXECUTE FUNCTION sales_begin();
CREATE FUNCTION sales_move() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  IF NEW.version <> OLD.version + 1
    OR (NEW.work <> OLD.work AND NOT EXISTS
      (SELECT 1 FROM sale_work_moves WHERE from_state = OLD.work AND to_state = NEW.work))
    OR (NEW.money <> OLD.money AND NOT EXISTS
      (SELECT 1 FROM sale_money_moves WHERE from_state = OLD.money AND to_state = NEW.money))
    OR NOT EXISTS (SELECT 1 FROM sale_pairs p
      WHERE p.exchange = NEW.exchange AND p.work = NEW.work AND p.money = NEW.money)
  THEN
    RAISE EXCEPTION 'illegal move of a sale';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER sales_move BEFORE UPDATE ON sales FOR EACH ROW EXECUTE FUNCTION sales_move();

CREATE TABLE sale_receipts (
  payment_hash TEXT COLLATE "C" PRIMARY KEY,
  provider_pubkey TEXT COLLATE "C" NOT NULL, request_id TEXT COLLATE "C" NOT NULL,
  via TEXT NOT NULL CHECK (via IN ('invoice', 'zap', 'nutzap', 'ecash')),
  amount_msat BIGINT NOT NULL CHECK (amount_msat > 0), received_at BIGINT NOT NULL,
  FOREIGN KEY (provider_pubkey, request_id) REFERENCES sales (provider_pubkey, request_id)
);
CREATE INDEX sale_receipts_by_sale ON sale_receipts (provider_pubkey, request_id, received_at);

CREATE TABLE orders (
  order_id TEXT COLLATE "C" PRIMARY KEY, customer_pubkey TEXT COLLATE "C" NOT NULL, plan TEXT NOT NULL,
  max_total_msat BIGINT NOT NULL CHECK (max_total_msat >= 0), deadline_at BIGINT NOT NULL,
  state TEXT NOT NULL, verdict TEXT, opened_at BIGINT NOT NULL, updated_at BIGINT NOT NULL, version BIGINT NOT NULL,
  CHECK ((state = 'open') = (verdict IS NULL))
);
CREATE INDEX orders_by_state ON orders (customer_pubkey, state, opened_at, order_id);
CREATE FUNCTION orders_begin() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  IF NEW.state <> 'open' OR NEW.version <> 1 THEN RAISE EXCEPTION 'an order begins as open'; END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER orders_begin BEFORE INSERT ON orders FOR EACH ROW EXECUTE FUNCTION orders_begin();
CREATE FUNCTION orders_move() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  IF NEW.version <> OLD.version + 1 OR NEW.max_total_msat <> OLD.max_total_msat OR (NEW.state <> OLD.state
    AND NOT (OLD.state = 'open' AND NEW.state = 'decided') AND NOT (OLD.state = 'decided' AND NEW.state = 'closed'))
  THEN RAISE EXCEPTION 'illegal move of an order'; END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER orders_move BEFORE UPDATE ON orders FOR EACH ROW EXECUTE FUNCTION orders_move();

CREATE TABLE purchases (
  request_id TEXT COLLATE "C" PRIMARY KEY, customer_pubkey TEXT COLLATE "C" NOT NULL, request TEXT NOT NULL,
  relays TEXT NOT NULL, state TEXT NOT NULL, max_amount_msat BIGINT NOT NULL, deadline_at BIGINT NOT NULL,
  approval TEXT NOT NULL DEFAULT 'automatic' CHECK (approval IN ('automatic', 'ask')),
  approved_offer_id TEXT, approved_max_msat BIGINT CHECK (approved_max_msat >= 0), approved_at BIGINT,
  order_id TEXT COLLATE "C" REFERENCES orders (order_id),
  offer_event TEXT, offer_provider_pubkey TEXT, offer_exchange TEXT, offer_amount_msat BIGINT,
  offer_bolt11 TEXT, offer_payment_hash TEXT, offer_fee_limit_msat BIGINT,
  result TEXT, preimage TEXT, fee_paid_msat BIGINT, refund_bolt11 TEXT, refund_payment_hash TEXT, failure TEXT,
  opened_at BIGINT NOT NULL, updated_at BIGINT NOT NULL, version BIGINT NOT NULL,
  is_open BIGINT GENERATED ALWAYS AS (CASE
    WHEN state IN ('requested', 'offered', 'approved', 'paying', 'locked', 'paid', 'undelivered', 'unreconciled') THEN 1
    ELSE 0 END) STORED
);
CREATE INDEX purchases_by_openness ON purchases (customer_pubkey, opened_at, request_id) WHERE is_open = 1;
CREATE INDEX purchases_by_age ON purchases (opened_at);
CREATE INDEX purchases_by_refund ON purchases (refund_payment_hash) WHERE refund_payment_hash IS NOT NULL;
CREATE INDEX purchases_in_order ON purchases (customer_pubkey, opened_at, request_id);
CREATE INDEX purchases_by_order ON purchases (order_id, opened_at, request_id) WHERE order_id IS NOT NULL;

CREATE TABLE payments (
  payment_hash TEXT COLLATE "C" PRIMARY KEY, request_id TEXT COLLATE "C" REFERENCES purchases (request_id),
  purpose TEXT NOT NULL, spender_pubkey TEXT COLLATE "C" NOT NULL, counterparty TEXT NOT NULL, bolt11 TEXT NOT NULL,
  amount_msat BIGINT NOT NULL CHECK (amount_msat >= 0), fee_limit_msat BIGINT NOT NULL CHECK (fee_limit_msat >= 0),
  fee_paid_msat BIGINT CHECK (fee_paid_msat >= 0), preimage TEXT, state TEXT NOT NULL,
  calls BIGINT NOT NULL DEFAULT 0 CHECK (calls >= 0),
  created_at BIGINT NOT NULL, updated_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX payments_one_per_purchase ON payments (request_id) WHERE state <> 'failed';
CREATE INDEX payments_by_spending ON payments (spender_pubkey, state, updated_at);
CREATE INDEX payments_by_job ON payments (request_id) WHERE request_id IS NOT NULL;
CREATE INDEX payments_in_order ON payments (spender_pubkey, created_at, payment_hash);
CREATE INDEX payments_by_purpose ON payments (spender_pubkey, purpose);
CREATE FUNCTION payments_begin() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  IF NEW.state <> 'reserved' THEN RAISE EXCEPTION 'a payment begins as reserved'; END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER payments_begin BEFORE INSERT ON payments FOR EACH ROW EXECUTE FUNCTION payments_begin();
CREATE FUNCTION payments_move() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  IF NEW.amount_msat <> OLD.amount_msat OR NEW.fee_limit_msat <> OLD.fee_limit_msat OR (NEW.state <> OLD.state
    AND NOT EXISTS (SELECT 1 FROM payment_moves WHERE from_state = OLD.state AND to_state = NEW.state))
  THEN RAISE EXCEPTION 'illegal move of a payment'; END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER payments_move BEFORE UPDATE ON payments FOR EACH ROW EXECUTE FUNCTION payments_move();

CREATE FUNCTION purchases_begin() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  IF NEW.state <> 'requested' OR NEW.version <> 1 THEN RAISE EXCEPTION 'a purchase begins as requested'; END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER purchases_begin BEFORE INSERT ON purchases FOR EACH ROW EXECUTE FUNCTION purchases_begin();
CREATE FUNCTION purchases_move() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  IF NEW.version <> OLD.version + 1 OR NEW.approval <> OLD.approval OR NEW.order_id IS DISTINCT FROM OLD.order_id
    OR (NEW.state <> OLD.state AND NOT EXISTS
      (SELECT 1 FROM purchase_moves WHERE from_state = OLD.state AND to_state = NEW.state))
    OR (NEW.approval = 'ask' AND NEW.approved_offer_id IS NULL AND NEW.state IN ('offered', 'approved', 'paying'))
    OR (NEW.state = 'paying' AND OLD.state <> 'paying' AND NOT EXISTS
      (SELECT 1 FROM payments WHERE payment_hash = NEW.offer_payment_hash AND request_id = NEW.request_id
        AND state = 'reserved'))
  THEN RAISE EXCEPTION 'illegal move of a purchase'; END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER purchases_move BEFORE UPDATE ON purchases FOR EACH ROW EXECUTE FUNCTION purchases_move();

CREATE TABLE idempotency_keys (
  customer_pubkey TEXT COLLATE "C" NOT NULL, key TEXT COLLATE "C" NOT NULL,
  request_id TEXT COLLATE "C" REFERENCES purchases (request_id), order_id TEXT COLLATE "C" REFERENCES orders (order_id),
  fingerprint TEXT NOT NULL, approved_offer_id TEXT, created_at BIGINT NOT NULL,
  PRIMARY KEY (customer_pubkey, key), CHECK ((request_id IS NULL) <> (order_id IS NULL))
);

CREATE TABLE outbox (
  seq BIGINT GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY, event_id TEXT COLLATE "C" NOT NULL UNIQUE,
  event TEXT NOT NULL, relays TEXT NOT NULL, also_relays TEXT, expires_at BIGINT,
  state TEXT NOT NULL CHECK (state IN ('due', 'published', 'refused', 'expired')),
  attempts BIGINT NOT NULL, accepted_by TEXT NOT NULL, refused_by TEXT NOT NULL, last_message TEXT,
  enqueued_at BIGINT NOT NULL, next_try_at BIGINT NOT NULL
);
CREATE INDEX outbox_by_next_try ON outbox (next_try_at, seq) WHERE state = 'due';`;
