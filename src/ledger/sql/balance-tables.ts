/** The tables of prepaid balances in the words of each engine; the database refuses a balance below nothing. */
export const BALANCES = {
  sqlite: `
CREATE TABLE balances (
  provider_pubkey TEXT NOT NULL, customer_pubkey TEXT NOT NULL, amount_msat INTEGER NOT NULL CHECK (amount_msat >= 0),
  PRIMARY KEY (provider_pubkey, customer_pubkey)
) STRICT;
CREATE TABLE balance_top_ups (
  payment_hash TEXT PRIMARY KEY, provider_pubkey TEXT NOT NULL, customer_pubkey TEXT NOT NULL, top_up_id TEXT NOT NULL,
  amount_msat INTEGER NOT NULL CHECK (amount_msat > 0), bolt11 TEXT NOT NULL, expires_at INTEGER NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('open', 'credited', 'lapsed')), credited_msat INTEGER CHECK (credited_msat > 0),
  created_at INTEGER NOT NULL, updated_at INTEGER NOT NULL,
  UNIQUE (provider_pubkey, customer_pubkey, top_up_id), CHECK ((state = 'credited') = (credited_msat IS NOT NULL))
) STRICT;
CREATE INDEX balance_top_ups_by_state ON balance_top_ups (provider_pubkey, state, created_at, payment_hash);
CREATE TABLE balance_withdrawals (
  payment_hash TEXT PRIMARY KEY, provider_pubkey TEXT NOT NULL, customer_pubkey TEXT NOT NULL, withdrawal_id TEXT NOT NULL,
  amount_msat INTEGER NOT NULL CHECK (amount_msat > 0), fee_limit_msat INTEGER NOT NULL CHECK (fee_limit_msat >= 0),
  fee_paid_msat INTEGER CHECK (fee_paid_msat >= 0), bolt11 TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('paying', 'paid', 'returned')),
  created_at INTEGER NOT NULL, updated_at INTEGER NOT NULL,
  UNIQUE (provider_pubkey, customer_pubkey, withdrawal_id), CHECK ((state = 'paid') = (fee_paid_msat IS NOT NULL))
) STRICT;
CREATE UNIQUE INDEX balance_withdrawals_one_open ON balance_withdrawals (provider_pubkey, customer_pubkey)
WHERE state = 'paying';
CREATE TABLE prepaid_withdrawals (
  payment_hash TEXT PRIMARY KEY, withdrawal_id TEXT NOT NULL, customer_pubkey TEXT NOT NULL, provider_pubkey TEXT NOT NULL,
  amount_msat INTEGER NOT NULL CHECK (amount_msat > 0), fee_limit_msat INTEGER NOT NULL CHECK (fee_limit_msat >= 0),
  bolt11 TEXT NOT NULL, state TEXT NOT NULL CHECK (state IN ('asked', 'received', 'given-up')),
  created_at INTEGER NOT NULL, updated_at INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX prepaid_withdrawals_one_open ON prepaid_withdrawals (customer_pubkey, provider_pubkey)
WHERE state = 'asked';
CREATE INDEX payments_by_what_left ON payments
  (spender_pubkey, state, updated_at, purpose, amount_msat, fee_limit_msat, fee_paid_msat, counterparty);`,
  postgres: `
CREATE TABLE balances (
  provider_pubkey TEXT COLLATE "C" NOT NULL, customer_pubkey TEXT COLLATE "C" NOT NULL, amount_msat BIGINT NOT NULL CHECK (amount_msat >= 0),
  PRIMARY KEY (provider_pubkey, customer_pubkey)
);
CREATE TABLE balance_top_ups (
  payment_hash TEXT COLLATE "C" PRIMARY KEY, provider_pubkey TEXT COLLATE "C" NOT NULL, customer_pubkey TEXT COLLATE "C" NOT NULL, top_up_id TEXT COLLATE "C" NOT NULL,
  amount_msat BIGINT NOT NULL CHECK (amount_msat > 0), bolt11 TEXT NOT NULL, expires_at BIGINT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('open', 'credited', 'lapsed')), credited_msat BIGINT CHECK (credited_msat > 0),
  created_at BIGINT NOT NULL, updated_at BIGINT NOT NULL,
  UNIQUE (provider_pubkey, customer_pubkey, top_up_id), CHECK ((state = 'credited') = (credited_msat IS NOT NULL))
);
CREATE INDEX balance_top_ups_by_state ON balance_top_ups (provider_pubkey, state, created_at, payment_hash);
CREATE TABLE balance_withdrawals (
  payment_hash TEXT COLLATE "C" PRIMARY KEY, provider_pubkey TEXT COLLATE "C" NOT NULL, customer_pubkey TEXT COLLATE "C" NOT NULL, withdrawal_id TEXT COLLATE "C" NOT NULL,
  amount_msat BIGINT NOT NULL CHECK (amount_msat > 0), fee_limit_msat BIGINT NOT NULL CHECK (fee_limit_msat >= 0),
  fee_paid_msat BIGINT CHECK (fee_paid_msat >= 0), bolt11 TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('paying', 'paid', 'returned')),
  created_at BIGINT NOT NULL, updated_at BIGINT NOT NULL,
  UNIQUE (provider_pubkey, customer_pubkey, withdrawal_id), CHECK ((state = 'paid') = (fee_paid_msat IS NOT NULL))
);
CREATE UNIQUE INDEX balance_withdrawals_one_open ON balance_withdrawals (provider_pubkey, customer_pubkey)
WHERE state = 'paying';
CREATE TABLE prepaid_withdrawals (
  payment_hash TEXT COLLATE "C" PRIMARY KEY, withdrawal_id TEXT COLLATE "C" NOT NULL, customer_pubkey TEXT COLLATE "C" NOT NULL, provider_pubkey TEXT COLLATE "C" NOT NULL,
  amount_msat BIGINT NOT NULL CHECK (amount_msat > 0), fee_limit_msat BIGINT NOT NULL CHECK (fee_limit_msat >= 0),
  bolt11 TEXT NOT NULL, state TEXT NOT NULL CHECK (state IN ('asked', 'received', 'given-up')),
  created_at BIGINT NOT NULL, updated_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX prepaid_withdrawals_one_open ON prepaid_withdrawals (customer_pubkey, provider_pubkey)
WHERE state = 'asked';
CREATE INDEX payments_by_what_left ON payments
  (spender_pubkey, state, updated_at, purpose, amount_msat, fee_limit_msat, fee_paid_msat, counterparty);`,
} as const;
