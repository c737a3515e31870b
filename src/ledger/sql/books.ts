import type { Kysely } from 'kysely';
import type { SqliteStore } from '../../store/index.ts';
import type { Checkpoint } from '../ledger.ts';
import type { LedgerSchema } from './schema.ts';

/** One transaction of the ledger under way. */
export interface Entry {
  readonly trx: Kysely<LedgerSchema>;
  /** Names the move for the crash harness: `<move>:before-commit` and `<move>:after-commit` are passed. */
  readonly moved: (move: string) => void;
}

/** What the three parts of the SQL ledger share: reads, durable transactions, the clock and the bell of the outbox. */
export interface Books {
  /** Reads what is committed. */
  readonly read: Kysely<LedgerSchema>;
  /**
   * Runs a durable transaction; resolves when it is on disk. Only queries may be awaited inside. Where it will
   * `enqueue` events the bell rings at once as well, so that a waiting pump claims them in the same commit.
   */
  commit<Value>(
    run: (entry: Entry) => Promise<Value>,
    options?: { readonly enqueues: boolean },
  ): Promise<Value>;
  /** Unix seconds. */
  readonly now: () => number;
  /** Rung when the outbox may have something due. */
  readonly bell: Bell;
}

/** Wakes those who wait in this process. */
export interface Bell {
  ring(): void;
  /** Calls `wake` at every ring until the returned function is called. */
  listen(wake: () => void): () => void;
}

/** Opens the books over a store. */
export function openBooks(store: SqliteStore, now: () => number, checkpoint: Checkpoint): Books {
  const listeners = new Set<() => void>();
  const bell: Bell = {
    ring: () => {
      for (const wake of listeners) wake();
    },
    listen: (wake) => {
      listeners.add(wake);
      return () => listeners.delete(wake);
    },
  };
  const commit = async <Value>(
    run: (entry: Entry) => Promise<Value>,
    options?: { readonly enqueues: boolean },
  ): Promise<Value> => {
    const moves: string[] = [];
    const writing = store.transaction<LedgerSchema, Value>(async (trx) => {
      const written = await run({ trx, moved: (move) => moves.push(move) });
      for (const move of moves) checkpoint(`${move}:before-commit`);
      return written;
    });
    if (options?.enqueues) bell.ring();
    const value = await writing;
    for (const move of moves) checkpoint(`${move}:after-commit`);
    if (moves.includes('outbox.due')) bell.ring();
    return value;
  };
  return { read: store.kysely<LedgerSchema>(), commit, now, bell };
}
