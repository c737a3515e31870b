import { chmodSync, closeSync, mkdirSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { Kysely } from 'kysely';
import type { Migration, SqliteStore } from './contract.ts';
import { GroupCommit } from './group-commit.ts';
import { queryRunner, type RunQuery } from './kysely-node-sqlite.ts';
import { kyselyOver } from './kysely-over.ts';
import { migrate } from './migrate.ts';
import { explainSqliteError, StoreError } from './store-error.ts';

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
  const commits = new GroupCommit(db);
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
    transaction: (run) => commits.run(() => unitOfWork(query, run)),
    kysely: () => committedReads(commits, query),
    close: async () => {
      await commits.close();
      if (db.isOpen) db.close();
    },
  };
}

/** A Kysely for reads: it waits while a batch is open, because the connection would show what may yet be undone. */
function committedReads<Schema>(commits: GroupCommit, query: RunQuery): Kysely<Schema> {
  return kyselyOver('sqlite', async (compiled) => {
    if (compiled.query.kind !== 'SelectQueryNode')
      throw new Error('only selects run outside of `write` and `transaction`');
    while (commits.openBatch !== null) await commits.openBatch;
    return query(compiled);
  });
}

/**
 * Runs one asynchronous unit of work inside the open batch. Its queries take microtasks only, so a turn of
 * the event loop that ends before the work does shows that something foreign is awaited: that would hold up
 * every other write, and is refused. Its Kysely is dead afterwards.
 */
async function unitOfWork<Schema, Value>(
  query: RunQuery,
  run: (trx: Kysely<Schema>) => Promise<Value>,
): Promise<Value> {
  let over = false;
  const trx = kyselyOver<Schema>('sqlite', (compiled) =>
    over ? Promise.reject(new Error('the transaction is over')) : Promise.resolve(query(compiled)),
  );
  const tooLong = Promise.withResolvers<never>();
  const turnEnds = setImmediate(() =>
    tooLong.reject(new Error('a transaction may await only its own queries')),
  );
  try {
    return await Promise.race([run(trx), tooLong.promise]);
  } finally {
    over = true;
    clearImmediate(turnEnds);
  }
}
