import type { Migration } from '../store/index.ts';

/**
 * The relay's tables. `age` is minus `created_at`: "newest first, then lowest id" (NIP-01) is then one
 * ascending order, `(age, id)`, through which every index pages. `seq` counts arrivals and is never used
 * twice while the relay runs. `tombstones` remember deletion requests (NIP-09) for ids and addresses, also of
 * events that have not arrived yet; `up_to` bounds the `created_at` that they delete.
 */
export const RELAY_MIGRATIONS: readonly Migration[] = [
  {
    version: 1,
    sql: `
      CREATE TABLE events (
        seq INTEGER PRIMARY KEY,
        id TEXT NOT NULL UNIQUE,
        pubkey TEXT NOT NULL,
        kind INTEGER NOT NULL,
        age INTEGER NOT NULL,
        address TEXT,
        expires_at INTEGER,
        json TEXT NOT NULL
      ) STRICT;
      CREATE UNIQUE INDEX events_by_address ON events (address) WHERE address IS NOT NULL;
      CREATE INDEX events_by_expiry ON events (expires_at) WHERE expires_at IS NOT NULL;
      CREATE INDEX events_by_time ON events (age, id);
      CREATE INDEX events_by_kind ON events (kind, age, id);
      CREATE INDEX events_by_author ON events (pubkey, age, id);
      CREATE INDEX events_by_author_kind ON events (pubkey, kind, age, id);
      CREATE TABLE tags (
        key TEXT NOT NULL,
        age INTEGER NOT NULL,
        id TEXT NOT NULL,
        seq INTEGER NOT NULL,
        PRIMARY KEY (key, age, id)
      ) STRICT, WITHOUT ROWID;
      CREATE TABLE tombstones (
        target TEXT NOT NULL,
        pubkey TEXT NOT NULL,
        up_to INTEGER NOT NULL,
        PRIMARY KEY (target, pubkey)
      ) STRICT, WITHOUT ROWID;
    `,
  },
];
