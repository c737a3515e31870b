import type { ColumnType, Generated } from 'kysely';
import type { Migration } from '../../store/contract.ts';
import type { EcashOperation, StoredProof } from '../store.ts';

/** Whole numbers come back as `bigint`. */
type Integer = ColumnType<bigint, bigint | number, bigint | number>;
type NullableInteger = ColumnType<bigint | null, bigint | number | null, bigint | number | null>;

/** The tables of an ecash wallet as Kysely sees them. */
export interface EcashSchema {
  counters: { keyset_id: string; next: Integer };
  operations: {
    id: string;
    kind: EcashOperation['kind'];
    mint_url: string;
    state: EcashOperation['state'];
    amount_sat: Integer;
    /** JSON text, as is `failure`. */
    outputs: string;
    quote: string | null;
    bolt11: string | null;
    fee_limit_msat: NullableInteger;
    preimage: string | null;
    fee_sat: NullableInteger;
    routing_fee_msat: NullableInteger;
    about: string | null;
    failure: string | null;
    created_at: Integer;
  };
  proofs: {
    sequence: Generated<bigint>;
    y: string;
    mint_url: string;
    amount: Integer;
    keyset_id: string;
    secret: string;
    signature: string;
    /** JSON text. */
    dleq: string | null;
    role: StoredProof['role'];
    state: StoredProof['state'];
    made_by: string | null;
    held_by: string | null;
  };
  notes: { name: string; text: string };
}

/** The tables of an ecash wallet. Amounts are sats, or millisats where named so, times unix seconds, bytes hex. */
export const ECASH_MIGRATIONS: readonly Migration[] = [
  {
    version: 1,
    sql: `
      CREATE TABLE counters (
        keyset_id TEXT PRIMARY KEY,
        next INTEGER NOT NULL CHECK (next >= 0)
      ) STRICT, WITHOUT ROWID;
      CREATE TABLE operations (
        id TEXT PRIMARY KEY,
        kind TEXT NOT NULL CHECK (kind IN ('mint', 'send', 'redeem', 'refund', 'melt')),
        mint_url TEXT NOT NULL,
        state TEXT NOT NULL CHECK (state IN ('open', 'done', 'failed')),
        amount_sat INTEGER NOT NULL CHECK (amount_sat > 0),
        outputs TEXT NOT NULL,
        quote TEXT,
        bolt11 TEXT,
        fee_limit_msat INTEGER,
        preimage TEXT,
        fee_sat INTEGER,
        failure TEXT,
        created_at INTEGER NOT NULL
      ) STRICT;
      CREATE INDEX operations_open ON operations (created_at) WHERE state = 'open';
      CREATE TRIGGER operations_done BEFORE UPDATE ON operations WHEN OLD.state = 'done'
      BEGIN SELECT RAISE(ABORT, 'what is done stays done'); END;
      CREATE TABLE proofs (
        sequence INTEGER PRIMARY KEY AUTOINCREMENT,
        y TEXT NOT NULL UNIQUE,
        mint_url TEXT NOT NULL,
        amount INTEGER NOT NULL CHECK (amount > 0),
        keyset_id TEXT NOT NULL,
        secret TEXT NOT NULL UNIQUE,
        signature TEXT NOT NULL,
        dleq TEXT,
        role TEXT NOT NULL CHECK (role IN ('purse', 'sent', 'received')),
        state TEXT NOT NULL CHECK (state IN ('free', 'held', 'spent')),
        made_by TEXT,
        held_by TEXT REFERENCES operations (id),
        CHECK ((state = 'free') = (held_by IS NULL)),
        CHECK (role <> 'received' OR state <> 'free')
      ) STRICT;
      CREATE INDEX proofs_free ON proofs (mint_url, role) WHERE state = 'free';
      CREATE INDEX proofs_by_maker ON proofs (made_by);
      CREATE INDEX proofs_by_holder ON proofs (held_by) WHERE held_by IS NOT NULL;
      CREATE TRIGGER proofs_spent BEFORE UPDATE ON proofs WHEN OLD.state = 'spent'
      BEGIN SELECT RAISE(ABORT, 'what is spent stays spent'); END;
      CREATE TABLE notes (name TEXT PRIMARY KEY, text TEXT NOT NULL) STRICT, WITHOUT ROWID;
    `,
  },
  {
    version: 2,
    sql: `
      ALTER TABLE operations ADD COLUMN routing_fee_msat INTEGER;
      ALTER TABLE operations ADD COLUMN about TEXT;
      CREATE INDEX operations_about ON operations (about) WHERE about IS NOT NULL;
    `,
  },
];
