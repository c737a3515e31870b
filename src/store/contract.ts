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
  /**
   * For reads, and for writes inside `write`. While a `transaction` runs it shows what is not committed yet:
   * where both are used, read through `kysely`.
   */
  readonly db: DatabaseSync;
  /** Runs a synchronous write in the next group commit. Rejects with what it threw, or with a `StoreError`. */
  write<Value>(run: (db: DatabaseSync) => Value): Promise<Value>;
  /** Runs an asynchronous unit of work (Kysely queries only, nothing foreign awaited) in the next group commit. */
  transaction<Schema, Value>(run: (trx: Kysely<Schema>) => Promise<Value>): Promise<Value>;
  /** A Kysely for reads outside of transactions: it sees only what is committed. Integers come as `bigint`. */
  kysely<Schema>(): Kysely<Schema>;
  /** Finishes what is queued, then closes. Idempotent. */
  close(): Promise<void>;
}
