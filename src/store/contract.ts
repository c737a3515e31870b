import type { Kysely } from 'kysely';

/** What the books are kept in: a file of this machine, or a server that several machines share. */
export type Engine = 'sqlite' | 'postgres';

/** One numbered, forward-only step of a schema. Steps run once each, in order, in one transaction. */
export interface Migration {
  readonly version: number;
  /** The same text for both engines, or one for each. */
  readonly sql: string | Readonly<Record<Engine, string>>;
  /**
   * The oldest schema that a program must know to use a Postgres database after this step; as long as no step says
   * so, older programs go on with what newer ones only added to. A SQLite file is used by one version at a time.
   */
  readonly needs?: number;
}

/** A database opened for money: every resolved promise is on disk. */
export interface Store {
  readonly engine: Engine;
  /**
   * Runs a unit of work (Kysely queries only, nothing foreign awaited) in one transaction. It may run more than once
   * before it is committed, so it has no effect but rows. Rejects with what it threw, or with a `StoreError`.
   */
  transaction<Schema, Value>(run: (trx: Kysely<Schema>) => Promise<Value>): Promise<Value>;
  /** A Kysely for reads outside of transactions: it sees only what is committed. Integers come as `bigint`. */
  kysely<Schema>(): Kysely<Schema>;
  /** Finishes what is queued, then closes. Idempotent. */
  close(): Promise<void>;
}

/** A SQLite database, whoever keeps its bytes: one writer, whose transactions run one after another. */
export interface SingleWriterStore extends Store {
  readonly engine: 'sqlite';
}

/**
 * A Postgres database that several processes share. Transactions run side by side at READ COMMITTED: what is read and
 * then written is locked, see `Entry` of the ledger.
 */
export interface PostgresStore extends Store {
  readonly engine: 'postgres';
  /** Runs statements that are no part of the work, as the steps of a schema are, in a transaction of their own. */
  run(sql: string): Promise<void>;
  /** Tells all processes of this database, soon and at most a few times a second, that there is news of that name. */
  tell(news: string): void;
  /**
   * Calls `wake` when any process has told such news, and whenever some may have been missed, until the returned
   * function is called. A hint that may be lost: whoever depends on it looks by itself as well.
   */
  hear(news: string, wake: () => void): () => void;
}
