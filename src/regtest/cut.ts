import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite';
import { openSqlite, StoreError, type SqliteStore } from '../store/index.ts';
import type { Checkpoint } from './checkpoint.ts';
import { BANK_MIGRATIONS } from './schema.ts';
import type { SqlRow } from './sql-row.ts';

/** A bank keeps its file locked for as long as it is open, so waiting long for another one is in vain. */
const LOCK_TIMEOUT_MS = 500;

/**
 * The bank's file as one consistent cut of its whole world. One write transaction is always open: every
 * node's channels, the chain and the payments change in it, and `commit` closes it at a moment when no node
 * has anything half done. A crash takes all nodes back to the same moment, which to LDK is only a lost
 * connection. Whoever outside is to hear of a change waits in `afterCommit`.
 *
 * This is why the bank steers the transaction of its store itself instead of sharing group commits.
 */
export class Cut {
  readonly #store: SqliteStore;
  readonly #committed: DatabaseSync;
  readonly #checkpoint: Checkpoint;
  readonly #statements = new Map<string, StatementSync>();
  readonly #committedStatements = new Map<string, StatementSync>();
  #changed = false;
  #waiting: (() => void)[] = [];

  /** Opens or makes the file. Throws when it is no bank, or when another process has the bank open. */
  constructor(file: string, checkpoint: Checkpoint) {
    this.#checkpoint = checkpoint;
    this.#store = openLocked(file);
    this.#committed = new DatabaseSync(file, { readOnly: true });
  }

  /** Changes rows in the open transaction; returns how many. */
  write(sql: string, ...values: SQLInputValue[]): number {
    this.#changed = true;
    return Number(prepared(this.#store.db, this.#statements, sql).run(...values).changes);
  }

  /** Rows as the open transaction has them. */
  rows(sql: string, ...values: SQLInputValue[]): SqlRow[] {
    return prepared(this.#store.db, this.#statements, sql).all(...values);
  }

  /** Rows as the last commit left them: what may be told outside. */
  committedRows(sql: string, ...values: SQLInputValue[]): SqlRow[] {
    return prepared(this.#committed, this.#committedStatements, sql).all(...values);
  }

  /** Calls back once everything written so far is on disk. */
  afterCommit(tell: () => void): void {
    this.#waiting.push(tell);
  }

  /** Whether somebody waits for a commit. */
  get isAwaited(): boolean {
    return this.#waiting.length > 0;
  }

  get isChanged(): boolean {
    return this.#changed;
  }

  /** Puts the open transaction on disk, opens the next one, and tells those who waited. */
  commit(): void {
    if (this.#changed) {
      this.#checkpoint('bank:before-commit');
      this.#store.db.exec('COMMIT');
      this.#checkpoint('bank:after-commit');
      this.#changed = false;
      this.#store.db.exec('BEGIN IMMEDIATE');
    }
    for (const tell of this.#waiting.splice(0)) {
      tell();
      this.#checkpoint('bank:acking');
    }
  }

  /** Leaves the file as the last commit left it. */
  async close(): Promise<void> {
    this.#store.db.exec('ROLLBACK');
    this.#committed.close();
    await this.#store.close();
  }
}

/** Each of the few queries is compiled once per connection. */
function prepared(db: DatabaseSync, known: Map<string, StatementSync>, sql: string): StatementSync {
  const compiled = known.get(sql) ?? db.prepare(sql);
  compiled.setReadBigInts(true);
  known.set(sql, compiled);
  return compiled;
}

function openLocked(file: string): SqliteStore {
  try {
    const store = openSqlite({ path: file, migrations: BANK_MIGRATIONS, busyTimeoutMs: LOCK_TIMEOUT_MS });
    store.db.exec('BEGIN IMMEDIATE');
    return store;
  } catch (error) {
    if (!(error instanceof StoreError) || error.code !== 'store-busy') throw error;
    throw new Error('another process has it open; close that one first', { cause: error });
  }
}
