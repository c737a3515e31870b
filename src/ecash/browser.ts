/** The books of an ecash wallet in a browser: a door of its own, for workers. */
import { openBrowserSqlite, type TableCopy } from '../store/browser.ts';
import { ECASH_MIGRATIONS } from './sql/schema.ts';
import { sqlEcashStore } from './sql/sql-store.ts';
import type { EcashStore } from './store.ts';

/** The books of an ecash wallet in a browser, which can leave it as rows. Both hold secrets: whoever has them has the ecash. */
export interface BrowserEcashStore extends EcashStore {
  copy(): Promise<TableCopy>;
  /** Reads a copy into these books while they are empty: all or nothing. Rejects with `CopyRefused`, or what SQLite refuses. */
  fill(copy: TableCopy): Promise<void>;
}

/**
 * Opens the books of that name in this origin's IndexedDB, made when missing; every resolved promise is on disk.
 * Whoever had them open before writes nothing any more. Throws `StoreError` as `openBrowserSqlite` does.
 */
export async function openBrowserEcashStore(options: { readonly name: string }): Promise<BrowserEcashStore> {
  const store = await openBrowserSqlite({ name: options.name, migrations: ECASH_MIGRATIONS });
  return {
    ...sqlEcashStore(store),
    copy: () => store.copy([]),
    fill: (copy) => store.fill(copy, []),
  };
}
