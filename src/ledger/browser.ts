/** The ledger in a browser: a door of its own, for workers. */
import { failure, success, type Outcome } from '../protocol/index.ts';
import { CopyRefused, openBrowserSqlite } from '../store/browser.ts';
import type { Checkpoint, Ledger } from './ledger.ts';
import { askedAnew } from './browser/asked-anew.ts';
import { readCopy, writeCopy } from './browser/copy-text.ts';
import { ownRows } from './browser/own-rows.ts';
import { openBooks } from './sql/books.ts';
import { ledgerOver } from './sql/ledger-over.ts';
import { LEDGER_MIGRATIONS } from './sql/migrations.ts';
import { STATE_TABLES, stateTablesSql } from './sql/schema.ts';

export { readCopy, writeCopy } from './browser/copy-text.ts';

/** Books in a browser, which can leave it as text. */
export interface BrowserLedger extends Ledger {
  /**
   * All rows of these keys as JSON, every whole number as `{"$big":"…"}`. It shows what they bought and sold, with proofs of
   * payment.
   */
  exportText(pubkeys: readonly string[]): Promise<string>;
  /**
   * Reads exported books into these while they are empty: all or nothing. A copy and its original must never both be
   * used; what was not being paid yet when it was made waits for an approval of its own. Fails with `books-in-use`, or `unreadable-books`.
   */
  importText(text: string): Promise<Outcome<void, 'books-in-use' | 'unreadable-books'>>;
}

/**
 * Opens the books of that name in this origin's IndexedDB, made when missing: the same books as in a SQLite file.
 * Every resolved promise of the ledger is on disk. Whoever had them open before writes nothing any more: its calls
 * reject with `StoreError` `store-taken-over`. `now` is unix seconds. Throws `StoreError` as `openBrowserSqlite` does.
 */
export async function openBrowserLedger(options: {
  readonly name: string;
  readonly now: () => number;
  readonly checkpoint?: Checkpoint;
}): Promise<BrowserLedger> {
  const store = await openBrowserSqlite({
    name: options.name,
    migrations: LEDGER_MIGRATIONS,
    schema: stateTablesSql('sqlite'),
  });
  const books = openBooks(store, options.now, options.checkpoint ?? (() => undefined));
  return {
    ...ledgerOver(books),
    isShared: false,
    exportText: async (pubkeys) => writeCopy(ownRows(await store.copy(STATE_TABLES), pubkeys)),
    async importText(text) {
      const copy = readCopy(text);
      if (copy === null) return UNREADABLE;
      try {
        await store.fill(askedAnew(copy), STATE_TABLES);
        return success(undefined);
      } catch (error) {
        if (!(error instanceof Error)) throw error;
        if (error instanceof CopyRefused && error.code === 'not-empty')
          return failure('books-in-use', 'Books are only read into a browser that has none.');
        if (error instanceof CopyRefused || error.name === 'SqliteError') return UNREADABLE;
        throw error;
      }
    },
    close: () => store.close(),
  };
}

const UNREADABLE = failure(
  'unreadable-books',
  'These are no exported books of this version, or they are damaged.',
);
