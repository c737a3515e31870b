import type { Migration } from '../../store/index.ts';

/** The mint's tables. Amounts are sats, times unix seconds, points and hashes hex. */
export const MINT_MIGRATIONS: readonly Migration[] = [
  {
    version: 1,
    sql: `
      CREATE TABLE seed (id INTEGER PRIMARY KEY CHECK (id = 1), seed BLOB NOT NULL) STRICT;
      CREATE TABLE keysets (
        number INTEGER PRIMARY KEY,
        input_fee_ppk INTEGER NOT NULL CHECK (input_fee_ppk >= 0),
        is_active INTEGER NOT NULL CHECK (is_active IN (0, 1))
      ) STRICT;
      CREATE TABLE spent (
        y TEXT PRIMARY KEY,
        state TEXT NOT NULL CHECK (state IN ('PENDING', 'SPENT')),
        witness TEXT,
        melt_quote TEXT
      ) STRICT, WITHOUT ROWID;
      CREATE INDEX spent_by_quote ON spent (melt_quote) WHERE melt_quote IS NOT NULL;
      CREATE TABLE signatures (
        blinded TEXT PRIMARY KEY,
        amount INTEGER NOT NULL CHECK (amount > 0),
        signature TEXT NOT NULL
      ) STRICT, WITHOUT ROWID;
      CREATE TABLE mint_quotes (
        quote TEXT PRIMARY KEY,
        bolt11 TEXT NOT NULL,
        payment_hash TEXT NOT NULL,
        amount INTEGER NOT NULL CHECK (amount > 0),
        expires_at INTEGER NOT NULL,
        state TEXT NOT NULL CHECK (state IN ('UNPAID', 'PAID', 'ISSUED'))
      ) STRICT, WITHOUT ROWID;
      CREATE TABLE melt_quotes (
        quote TEXT PRIMARY KEY,
        bolt11 TEXT NOT NULL,
        payment_hash TEXT NOT NULL,
        amount INTEGER NOT NULL CHECK (amount > 0),
        fee_reserve INTEGER NOT NULL CHECK (fee_reserve >= 0),
        expires_at INTEGER NOT NULL,
        state TEXT NOT NULL CHECK (state IN ('UNPAID', 'PENDING', 'PAID')),
        paid_in INTEGER NOT NULL DEFAULT 0,
        blanks TEXT NOT NULL DEFAULT '[]',
        preimage TEXT,
        change TEXT NOT NULL DEFAULT '[]'
      ) STRICT, WITHOUT ROWID;
    `,
  },
];
