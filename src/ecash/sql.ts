/** The books of an ecash wallet in a SQLite file: a door of its own, for servers. */
import { openSqlite } from '../store/index.ts';
import { ECASH_MIGRATIONS } from './sql/schema.ts';
import { sqlEcashStore } from './sql/sql-store.ts';
import type { EcashStore } from './store.ts';

/**
 * Opens the books in a file, made (readable only by its owner) when missing; `:memory:` for books that end with the
 * process. The file is as good as the money in it. Throws `StoreError` when it is newer than this program, damaged,
 * or not to be opened; calls reject with `StoreError` when the disk is full or broken.
 */
export function openSqlEcashStore(options: { readonly path: string }): EcashStore {
  return sqlEcashStore(openSqlite({ path: options.path, migrations: ECASH_MIGRATIONS }));
}
