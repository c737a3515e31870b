import { chmodSync, closeSync, mkdirSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { Migration, SingleWriterStore } from './contract.ts';
import { GroupCommit, type AfterTurn } from './group-commit.ts';
import { migrate } from './migrate.ts';
import { queryRunner } from './query-runner.ts';
import { explainSqliteError, StoreError } from './store-error.ts';
import { committedReads, unitOfWork } from './unit-of-work.ts';

/**
 * A SQLite file opened for money: WAL, `synchronous=FULL`, one writer. Concurrent writes share one
 * commit (group commit): each runs in its own savepoint, so one that throws takes back only its own
 * changes, and every promise resolves only after the commit that contains its write is on disk.
 */
export interface SqliteStore extends SingleWriterStore {
  /**
   * For reads, and for writes inside `write`. While a `transaction` runs it shows what is not committed yet:
   * where both are used, read through `kysely`.
   */
  readonly db: DatabaseSync;
  /** Runs a synchronous write in the next group commit. Rejects with what it threw, or with a `StoreError`. */
  write<Value>(run: (db: DatabaseSync) => Value): Promise<Value>;
}

/** How long SQLite waits for another process's write before the batch is refused, in milliseconds. */
const BUSY_TIMEOUT_MS = 5_000;

/**
 * Opens (or makes, with its directory, readable only by the owner) a SQLite file for money: WAL,
 * `synchronous=FULL`, foreign keys on, the schema migrated. `:memory:` opens one that lives only as long as
 * the store. Throws `StoreError` `database-too-new`, `not-a-database`, `store-busy` or `store-broken`.
 */
export function openSqlite(options: {
  readonly path: string;
  readonly migrations: readonly Migration[];
  readonly busyTimeoutMs?: number;
}): SqliteStore {
  const db = openDatabase(options.path, options.busyTimeoutMs ?? BUSY_TIMEOUT_MS);
  try {
    migrate(db, options.migrations);
    return sqliteStore(db);
  } catch (error) {
    db.close();
    throw explainSqliteError(error);
  }
}

function openDatabase(path: string, timeout: number): DatabaseSync {
  if (path !== ':memory:') makePrivateFile(path);
  let db: DatabaseSync | null = null;
  try {
    db = new DatabaseSync(path, { timeout, enableForeignKeyConstraints: true });
    const mode = db.prepare('PRAGMA journal_mode = WAL').get()?.['journal_mode'];
    if (mode !== 'wal' && mode !== 'memory')
      throw new StoreError(
        'store-broken',
        'The file system cannot hold a write-ahead log; use a local disk.',
      );
    db.exec('PRAGMA synchronous = FULL');
    return db;
  } catch (error) {
    db?.close();
    throw explainSqliteError(error);
  }
}

/** Ledgers hold secrets: SQLite gives its `-wal` and `-shm` files the mode of the database file. */
function makePrivateFile(path: string): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  closeSync(openSync(path, 'a', 0o600));
  chmodSync(path, 0o600);
}

function sqliteStore(db: DatabaseSync): SqliteStore {
  const commits = new GroupCommit(db, afterTurn);
  const query = queryRunner(db);
  return {
    engine: 'sqlite',
    db,
    write: (run) =>
      commits.run(() => {
        const value = run(db);
        if (value instanceof Promise)
          throw new TypeError('`write` runs synchronous functions; use `transaction`');
        return value;
      }),
    transaction: (run) => commits.run(() => unitOfWork(query, run, afterTurn)),
    kysely: () => committedReads(commits, query),
    close: async () => {
      await commits.close();
      if (db.isOpen) db.close();
    },
  };
}

const afterTurn: AfterTurn = (call) => {
  const turnEnds = setImmediate(call);
  return () => clearImmediate(turnEnds);
};
