import { sql, type Kysely } from 'kysely';
import type { PostgresStore, SingleWriterStore } from '../../store/contract.ts';
import type { Checkpoint } from '../ledger.ts';
import type { LedgerSchema } from './schema.ts';

/** One transaction of the ledger under way. */
export interface Entry {
  readonly trx: Kysely<LedgerSchema>;
  /** Names the move for the crash harness: `<move>:before-commit` and `<move>:after-commit` are passed. */
  readonly moved: (move: string) => void;
  /**
   * Makes transactions that name the same text run one after another, from here to their commit: for decisions that
   * rest on several rows, or on a row not being there. SQLite runs all of them so.
   */
  readonly inTurn: (name: string) => Promise<void>;
}

/** What the three parts of the SQL ledger share: reads, durable transactions, the clock and the bell of the outbox. */
export interface Books {
  /** Reads what is committed. */
  readonly read: Kysely<LedgerSchema>;
  /**
   * Runs a durable transaction; resolves when it is on disk. Only queries may be awaited inside, and it may run more
   * than once before it is committed. Where it will `enqueue` events the bell rings at once as well, so that a waiting
   * pump claims them in the same commit.
   */
  commit<Value>(
    run: (entry: Entry) => Promise<Value>,
    options?: { readonly enqueues: boolean },
  ): Promise<Value>;
  /** Unix seconds. */
  readonly now: () => number;
  /** Rung when the outbox may have something due. */
  readonly bell: Bell;
  /** Rung when another process has brought sales to where a worker may claim them. */
  readonly workBell: Pick<Bell, 'listen'>;
}

/** Wakes those who wait: in this process, and where books are shared in all of them. */
export interface Bell {
  ring(): void;
  /** Calls `wake` at every ring until the returned function is called. */
  listen(wake: () => void): () => void;
}

/** Opens the books over a store. */
export function openBooks(
  store: SingleWriterStore | PostgresStore,
  now: () => number,
  checkpoint: Checkpoint,
): Books {
  const shared = store.engine === 'postgres' ? store : null;
  const bell = makeBell();
  const workBell = makeBell();
  shared?.hear(OUTBOX_NEWS, () => bell.ring());
  shared?.hear(WORK_NEWS, () => workBell.ring());
  const inTurn = async (trx: Kysely<LedgerSchema>, name: string) => {
    if (shared !== null)
      await sql`SELECT pg_advisory_xact_lock(hashtextextended(${name}, ${TURNS}))`.execute(trx);
  };
  const commit = async <Value>(
    run: (entry: Entry) => Promise<Value>,
    options?: { readonly enqueues: boolean },
  ): Promise<Value> => {
    let moves: string[] = [];
    const writing = store.transaction<LedgerSchema, Value>(async (trx) => {
      moves = [];
      const moved = (move: string) => moves.push(move);
      const written = await run({ trx, moved, inTurn: (name) => inTurn(trx, name) });
      for (const move of moves) checkpoint(`${move}:before-commit`);
      return written;
    });
    if (options?.enqueues && shared === null) bell.ring();
    const value = await writing;
    for (const move of moves) checkpoint(`${move}:after-commit`);
    if (moves.includes('outbox.due')) {
      bell.ring();
      shared?.tell(OUTBOX_NEWS);
    }
    if (moves.some((move) => BRINGS_WORK.has(move))) shared?.tell(WORK_NEWS);
    return value;
  };
  return { read: store.kysely<LedgerSchema>(), commit, now, bell, workBell };
}

const OUTBOX_NEWS = 'ledger-outbox';
const WORK_NEWS = 'ledger-work';

/** Moves after which there may be work to claim. */
const BRINGS_WORK: ReadonlySet<string> = new Set([
  'sale.work.accepted',
  'sale.money.locked',
  'sale.money.settled',
]);

/** Keeps our locks apart from those that others may take in the same database by a hash of something else. */
const TURNS = 4_207_849n;

function makeBell(): Bell {
  const listeners = new Set<() => void>();
  return {
    ring: () => {
      for (const wake of listeners) wake();
    },
    listen: (wake) => {
      listeners.add(wake);
      return () => listeners.delete(wake);
    },
  };
}
