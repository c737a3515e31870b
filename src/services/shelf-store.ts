import { failure, success, type Outcome } from '../protocol/index.ts';
import { openSqlite, StoreError, type Migration, type SqliteStore } from '../store/index.ts';

/**
 * Opens what a service of the shelf keeps between starts, in a SQLite file of its own. Fails with the code of the
 * `StoreError` when the file cannot be used.
 */
export function openShelfStore(path: string, migrations: readonly Migration[]): Outcome<SqliteStore> {
  try {
    return success(openSqlite({ path, migrations }));
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    return failure(error.code, `What the service keeps in ${path} cannot be opened. ${error.message}`);
  }
}
