/** The ledger in a SQLite file or a Postgres database: a door of its own, for servers. */
import { openPostgres, openSqlite } from '../store/index.ts';
import type { Checkpoint, Ledger } from './ledger.ts';
import { openBooks } from './sql/books.ts';
import { ledgerOver } from './sql/ledger-over.ts';
import { LEDGER_MIGRATIONS, POSTGRES_LEDGER_MIGRATIONS } from './sql/migrations.ts';
import { stateTablesSql } from './sql/schema.ts';
import { MONEY_MOVES, ORDER_MOVES, PAYMENT_MOVES, PURCHASE_MOVES, WORK_MOVES } from './states.ts';

/**
 * Opens the books of one process or one team in a SQLite file, made when missing; `:memory:` for books that
 * end with the process. Every resolved promise of the ledger is on disk. `now` is unix seconds. Throws
 * `StoreError` when the file is newer than this program, damaged, or not to be opened; calls reject with
 * `StoreError` when the disk is full or broken.
 */
export function openSqlLedger(options: {
  readonly path: string;
  readonly now: () => number;
  readonly checkpoint?: Checkpoint;
}): Ledger {
  const store = openSqlite({ path: options.path, migrations: LEDGER_MIGRATIONS });
  try {
    store.db.exec(stateTablesSql('sqlite'));
  } catch (error) {
    void store.close();
    throw error;
  }
  const books = openBooks(store, options.now, options.checkpoint ?? (() => undefined));
  return { ...ledgerOver(books), isShared: false, close: () => store.close() };
}

/**
 * Opens the books that several processes, on any number of machines, share in a Postgres database; its tables are made
 * when missing, and extended while older processes go on. `now` is unix seconds. The URL is a secret and shown nowhere.
 * Throws `StoreError` `invalid-database-url`, `database-unavailable`, `database-refused`, `clock-differs` or `database-too-new`; calls
 * reject with `StoreError` when the database stays away for longer than a restart takes.
 */
export async function openPostgresLedger(options: {
  readonly url: string;
  readonly now: () => number;
  readonly checkpoint?: Checkpoint;
}): Promise<Ledger> {
  const { url, now, checkpoint = () => undefined } = options;
  const store = await openPostgres({ url, name: 'ledger', migrations: POSTGRES_LEDGER_MIGRATIONS });
  try {
    await store.run(stateTablesSql('postgres'));
  } catch (error) {
    await store.close();
    throw error;
  }
  return { ...ledgerOver(openBooks(store, now, checkpoint)), isShared: true, close: () => store.close() };
}

const MOVES = [
  ...Object.keys(WORK_MOVES).map((state) => `sale.work.${state}`),
  ...Object.keys(MONEY_MOVES).flatMap((state) => (state === 'none' ? [] : [`sale.money.${state}`])),
  'sale.noted',
  'sale.renewed',
  ...Object.keys(PURCHASE_MOVES).map((state) => `purchase.${state}`),
  'purchase.noted',
  ...Object.keys(ORDER_MOVES).map((state) => `order.${state}`),
  'order.noted',
  ...Object.keys(PAYMENT_MOVES).map((state) => `payment.${state}`),
  'payment.called',
  'payment.noted',
  ...[
    'top-up-open',
    'top-up-lapsed',
    'credited',
    'withdrawal-begun',
    'withdrawal-paid',
    'withdrawal-returned',
  ].map((move) => `balance.${move}`),
  ...['asked', 'received', 'given-up'].map((state) => `prepaid.withdrawal-${state}`),
  ...['due', 'claimed', 'published', 'refused', 'expired'].map((state) => `outbox.${state}`),
];

/**
 * Every checkpoint that this ledger passes: `<move>:before-commit` when all of a move is written but not
 * committed, `<move>:after-commit` when it is on disk but the caller does not know yet. A transaction that
 * makes several moves passes the checkpoints of each.
 */
export const LEDGER_CHECKPOINTS: readonly string[] = MOVES.flatMap((move) => [
  `${move}:before-commit`,
  `${move}:after-commit`,
]);
