import type { Migration } from '../store/index.ts';

/** The bank's tables. Amounts are millisatoshis, times unix seconds, hashes and preimages hex, raw bytes LDK's own. */
export const BANK_MIGRATIONS: readonly Migration[] = [
  {
    version: 1,
    sql: `
      CREATE TABLE chain (
        id INTEGER PRIMARY KEY CHECK (id = 1),
        height INTEGER NOT NULL,
        tip_hash BLOB NOT NULL,
        last_block_time INTEGER NOT NULL,
        mempool TEXT NOT NULL
      ) STRICT;
      CREATE TABLE blocks (
        height INTEGER PRIMARY KEY,
        raw BLOB NOT NULL,
        transaction_bytes TEXT NOT NULL
      ) STRICT;
      CREATE TABLE nodes (
        name TEXT PRIMARY KEY,
        seed BLOB NOT NULL,
        manager BLOB NOT NULL,
        height INTEGER NOT NULL
      ) STRICT, WITHOUT ROWID;
      CREATE TABLE monitors (
        node TEXT NOT NULL,
        outpoint TEXT NOT NULL,
        raw BLOB NOT NULL,
        height INTEGER NOT NULL,
        PRIMARY KEY (node, outpoint)
      ) STRICT;
      CREATE TABLE monitor_updates (
        node TEXT NOT NULL,
        outpoint TEXT NOT NULL,
        update_id INTEGER NOT NULL,
        raw BLOB NOT NULL,
        PRIMARY KEY (node, outpoint, update_id)
      ) STRICT, WITHOUT ROWID;
      CREATE TABLE payment_records (
        sequence INTEGER PRIMARY KEY AUTOINCREMENT,
        role TEXT NOT NULL,
        direction TEXT NOT NULL CHECK (direction IN ('incoming', 'outgoing')),
        payment_hash TEXT NOT NULL,
        state TEXT NOT NULL
          CHECK (state IN ('pending', 'accepted', 'settling', 'settled', 'canceled', 'expired', 'failed')),
        is_hold INTEGER NOT NULL,
        bolt11 TEXT NOT NULL,
        amount_msat INTEGER NOT NULL CHECK (amount_msat > 0),
        fee_paid_msat INTEGER NOT NULL DEFAULT 0,
        preimage TEXT,
        failure_reason TEXT,
        created_at INTEGER NOT NULL,
        expires_at INTEGER NOT NULL,
        settled_at INTEGER,
        settle_deadline_height INTEGER,
        UNIQUE (role, direction, payment_hash)
      ) STRICT;
      CREATE INDEX payment_records_by_time ON payment_records (role, created_at, sequence);
      CREATE INDEX payment_records_held ON payment_records (settle_deadline_height) WHERE state = 'accepted';
    `,
  },
];
