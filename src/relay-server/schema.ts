import type { Migration } from '../store/index.ts';

/**
 * The relay's tables. `age` is minus `created_at` and `rank` the number that an id begins with: "newest
 * first, then lowest id" (NIP-01) is then one ascending order, `(age, rank, seq)`, through which every index
 * pages, in a fifth of the space that whole ids would take there. `seq` counts arrivals and is never used
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
        rank INTEGER NOT NULL,
        address TEXT,
        expires_at INTEGER,
        json TEXT NOT NULL
      ) STRICT;
      CREATE UNIQUE INDEX events_by_address ON events (address) WHERE address IS NOT NULL;
      CREATE INDEX events_by_expiry ON events (expires_at) WHERE expires_at IS NOT NULL;
      CREATE INDEX events_by_time ON events (age, rank);
      CREATE INDEX events_by_kind ON events (kind, age, rank);
      CREATE INDEX events_by_author ON events (pubkey, age, rank);
      CREATE INDEX events_by_author_kind ON events (pubkey, kind, age, rank);
      CREATE TABLE tags (
        key TEXT NOT NULL,
        age INTEGER NOT NULL,
        rank INTEGER NOT NULL,
        seq INTEGER NOT NULL,
        PRIMARY KEY (key, age, rank, seq)
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
