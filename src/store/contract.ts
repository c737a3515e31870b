import type { DatabaseSync } from 'node:sqlite';
import type { Kysely } from 'kysely';

/** One numbered, forward-only step of a schema. Steps run once each, in order, in one transaction. */
export interface Migration {
  readonly version: number;
  readonly sql: string;
}

/**
 * A SQLite file opened for money: WAL, `synchronous=FULL`, one writer. Concurrent writes share one
 * commit (group commit): each runs in its own savepoint, so one that throws takes back only its own
 * changes, and every promise resolves only after the commit that contains its write is on disk.
 */
export interface SqliteStore {
  /** For reads, and for writes inside `write`. */
  readonly db: DatabaseSync;
  /** Runs a synchronous write in the next group commit. Rejects with what it threw, or with a `StoreError`. */
  write<Value>(run: (db: DatabaseSync) => Value): Promise<Value>;
  /** Runs an asynchronous unit of work (Kysely queries only, nothing foreign awaited) in the next group commit. */
  transaction<Schema, Value>(run: (trx: Kysely<Schema>) => Promise<Value>): Promise<Value>;
  /** A Kysely over the same connection, for reads outside of transactions. */
  kysely<Schema>(): Kysely<Schema>;
  /** Finishes what is queued, then closes. Idempotent. */
  close(): Promise<void>;
}
