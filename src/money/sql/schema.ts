import type { ColumnType } from 'kysely';
import type { Migration } from '../../store/index.ts';
import type { BudgetRenewal, NwcGrant } from '../connections/contract.ts';
import type { PaymentRecord } from '../wallet.ts';

/** Whole numbers come back as `bigint`. */
type Integer = ColumnType<bigint, bigint | number, bigint | number>;
type NullableInteger = ColumnType<bigint | null, bigint | number | null, bigint | number | null>;

/** The tables of wallet connections as Kysely sees them. Amounts are millisatoshis, times unix seconds. */
export interface ConnectionsSchema {
  nwc_grants: {
    client_pubkey: string;
    name: string;
    service_secret_key: Uint8Array;
    scope: NwcGrant['scope'];
    /** Separated by spaces; `NULL` for all. */
    methods: string | null;
    budget_msat: NullableInteger;
    budget_renewal: BudgetRenewal | null;
    requests_per_minute: NullableInteger;
    expires_at: NullableInteger;
    created_at: Integer;
    revoked_at: NullableInteger;
  };
  nwc_payments: {
    direction: PaymentRecord['direction'];
    payment_hash: string;
    client_pubkey: string;
    state: PaymentRecord['state'];
    bolt11: string | null;
    amount_msat: Integer;
    fee_limit_msat: Integer;
    fee_paid_msat: Integer;
    preimage: string | null;
    created_at: Integer;
    settled_at: NullableInteger;
    settle_deadline_height: NullableInteger;
  };
  nwc_requests: { event_id: string; seen_at: Integer };
}

/** The steps that make these tables. A settled payment cannot be made anything else, whatever a program tries. */
export const CONNECTION_MIGRATIONS: readonly Migration[] = [
  {
    version: 1,
    sql: `
      CREATE TABLE nwc_grants (
        client_pubkey TEXT PRIMARY KEY,
        name TEXT NOT NULL,
        service_secret_key BLOB NOT NULL,
        scope TEXT NOT NULL CHECK (scope IN ('whole-wallet', 'own-payments')),
        methods TEXT,
        budget_msat INTEGER CHECK (budget_msat >= 0),
        budget_renewal TEXT CHECK (budget_renewal IN ('daily', 'weekly', 'monthly', 'never')),
        requests_per_minute INTEGER,
        expires_at INTEGER,
        created_at INTEGER NOT NULL,
        revoked_at INTEGER,
        CHECK ((budget_msat IS NULL) = (budget_renewal IS NULL))
      ) STRICT;
      CREATE TABLE nwc_payments (
        direction TEXT NOT NULL CHECK (direction IN ('incoming', 'outgoing')),
        payment_hash TEXT NOT NULL,
        client_pubkey TEXT NOT NULL REFERENCES nwc_grants (client_pubkey) ON DELETE CASCADE,
        state TEXT NOT NULL
          CHECK (state IN ('pending', 'accepted', 'settled', 'canceled', 'expired', 'failed')),
        bolt11 TEXT,
        amount_msat INTEGER NOT NULL,
        fee_limit_msat INTEGER NOT NULL,
        fee_paid_msat INTEGER NOT NULL,
        preimage TEXT,
        created_at INTEGER NOT NULL,
        settled_at INTEGER,
        settle_deadline_height INTEGER,
        PRIMARY KEY (direction, payment_hash)
      ) STRICT;
      CREATE INDEX nwc_payments_of_client ON nwc_payments (client_pubkey, created_at);
      CREATE INDEX nwc_payments_open ON nwc_payments (created_at)
        WHERE direction = 'outgoing' AND state = 'pending';
      CREATE INDEX nwc_payments_spent ON nwc_payments (client_pubkey, settled_at)
        WHERE direction = 'outgoing';
      CREATE TRIGGER nwc_payments_settled BEFORE UPDATE OF state ON nwc_payments
        WHEN OLD.state = 'settled' AND NEW.state <> 'settled'
        BEGIN SELECT RAISE(ABORT, 'a settled payment stays settled'); END;
      CREATE TABLE nwc_requests (event_id TEXT PRIMARY KEY, seen_at INTEGER NOT NULL) STRICT;
      CREATE INDEX nwc_requests_by_time ON nwc_requests (seen_at);
    `,
  },
];
