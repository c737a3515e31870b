import type { SqliteConnection, SqliteStatement } from './connection.ts';
import { explainSqliteError, StoreError } from './store-error.ts';

/** More writes than this wait for nothing but memory: the caller is told to slow down. */
const MAX_QUEUED = 20_000;
/** Bounds how long one commit keeps the event loop, and what one broken commit takes with it. */
const MAX_BATCH = 512;

/** Calls back once this turn of the event loop is over, unless the returned function was called before. */
export type AfterTurn = (call: () => void) => () => void;

/** Settles the promise of one write, once its batch is on disk. */
type Settle = () => void;

interface QueuedWrite {
  /** Does the write inside of its savepoint; gives a promise only where the write is asynchronous. */
  readonly run: () => Settle | Promise<Settle>;
  readonly reject: (error: unknown) => void;
}

/**
 * Lets concurrent writes share one `COMMIT`, and with it one fsync. What is queued during a turn of the
 * event loop is committed at the turn's end, so a lone write waits for nobody. Each write has a savepoint:
 * one that throws takes back only its own changes. Promises settle after the commit, because even a refusal
 * may rest on what an earlier write of the batch did.
 */
export class GroupCommit {
  readonly #db: SqliteConnection;
  readonly #afterTurn: AfterTurn;
  readonly #persist: (() => Promise<void>) | null;
  readonly #sql: Record<'begin' | 'commit' | 'savepoint' | 'release' | 'rollbackTo', SqliteStatement>;
  #queue: QueuedWrite[] = [];
  /** The batches under way; `null` when nothing is queued or running. */
  #draining: Promise<void> | null = null;
  #batch: PromiseWithResolvers<void> | null = null;
  #closed = false;

  /** `persist` brings a commit to the disk where `COMMIT` does not do so itself; when it rejects, nothing was written. */
  constructor(db: SqliteConnection, afterTurn: AfterTurn, persist: (() => Promise<void>) | null = null) {
    this.#db = db;
    this.#afterTurn = afterTurn;
    this.#persist = persist;
    this.#sql = {
      begin: db.prepare('BEGIN IMMEDIATE'),
      commit: db.prepare('COMMIT'),
      savepoint: db.prepare('SAVEPOINT one_write'),
      release: db.prepare('RELEASE one_write'),
      rollbackTo: db.prepare('ROLLBACK TO one_write'),
    };
  }

  /** Runs a write in the next batch and settles after its commit. Rejects with what it threw, or a `StoreError`. */
  run<Value>(run: () => Value | Promise<Value>): Promise<Value> {
    if (this.#closed) return Promise.reject(new StoreError('store-closed', 'The database is closed.'));
    if (this.#queue.length >= MAX_QUEUED)
      return Promise.reject(
        new StoreError('store-overloaded', `${MAX_QUEUED} writes are waiting for the disk; try again later.`),
      );
    return new Promise((resolve, reject) => {
      const settled = (value: Value) => () => resolve(value);
      this.#queue.push({
        reject,
        run: () => {
          const value = run();
          return value instanceof Promise ? value.then(settled) : settled(value);
        },
      });
      this.#draining ??= this.#drain();
    });
  }

  /** Resolves when the open transaction ends; `null` when none is open. */
  get openBatch(): Promise<void> | null {
    return this.#batch?.promise ?? null;
  }

  /** Refuses new writes and resolves when the queued ones are settled. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#draining;
  }

  async #drain(): Promise<void> {
    while (this.#queue.length > 0) {
      await new Promise<void>((resolve) => this.#afterTurn(resolve));
      await this.#commit(this.#queue.splice(0, MAX_BATCH));
    }
    this.#draining = null;
  }

  /** One transaction. Runs without giving way to anything when every write of the batch is synchronous. */
  async #commit(writes: readonly QueuedWrite[]): Promise<void> {
    const settlements: Settle[] = [];
    this.#batch = Promise.withResolvers<void>();
    try {
      this.#sql.begin.run();
      for (const write of writes) {
        const pending = this.#attempt(write);
        settlements.push(pending instanceof Promise ? await pending : pending);
      }
      this.#sql.commit.run();
      if (this.#persist !== null) await this.#persist();
    } catch (error) {
      const broken = asStoreError(error);
      settlements.splice(
        0,
        Infinity,
        ...writes.map(
          ({ reject }) =>
            () =>
              reject(broken),
        ),
      );
      if (this.#db.isTransaction) this.#db.exec('ROLLBACK');
    } finally {
      this.#batch.resolve();
      this.#batch = null;
    }
    for (const settle of settlements) settle();
  }

  /** Runs one write in its savepoint. Throws only when the whole transaction is lost. */
  #attempt(write: QueuedWrite): Settle | Promise<Settle> {
    this.#sql.savepoint.run();
    try {
      const settle = write.run();
      if (settle instanceof Promise)
        return settle.then(
          (later) => this.#keep(later),
          (error: unknown) => this.#takeBack(write, error),
        );
      return this.#keep(settle);
    } catch (error) {
      return this.#takeBack(write, error);
    }
  }

  #keep(settle: Settle): Settle {
    this.#sql.release.run();
    return settle;
  }

  #takeBack(write: QueuedWrite, error: unknown): Settle {
    // A full or failing disk may have rolled back the whole transaction, and with it every write before.
    if (!this.#db.isTransaction) throw error;
    this.#sql.rollbackTo.run();
    this.#sql.release.run();
    const reason = explainSqliteError(error);
    return () => write.reject(reason);
  }
}

/** What every write of a batch that was not committed is rejected with. */
function asStoreError(error: unknown): StoreError {
  const explained = explainSqliteError(error);
  return explained instanceof StoreError
    ? explained
    : new StoreError('store-broken', 'The commit failed; nothing of it was written.', { cause: error });
}
