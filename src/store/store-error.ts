/**
 * Why a store refused: `database-too-new`: written by a newer version of the program; `not-a-database`: the
 * file is something else or damaged; `disk-full`: nothing was written, free some space; `store-broken`: the
 * disk failed, nothing of this write is there; `store-busy`: another process kept the write lock too long;
 * `store-overloaded`: too many writes are waiting; `store-closed`: `close` was called before. Of a server:
 * `database-unavailable`: it cannot be reached, or went away; `database-refused`: it does not let us in, or not do
 * that; `invalid-database-url`: where it is cannot be read; `clock-differs`: its clock and ours are seconds apart. Of a browser: `store-taken-over`: another tab has opened the
 * books since, and this one writes nothing more.
 */
export type StoreErrorCode =
  | 'database-too-new'
  | 'not-a-database'
  | 'disk-full'
  | 'store-broken'
  | 'store-busy'
  | 'store-overloaded'
  | 'store-closed'
  | 'database-unavailable'
  | 'database-refused'
  | 'invalid-database-url'
  | 'clock-differs'
  | 'store-taken-over';

/**
 * Broken or refused storage. Nothing of the write that it rejects is in the database; only when a server goes away in
 * the moment of a commit nobody can say, and the message says that.
 */
export class StoreError extends Error {
  override readonly name = 'StoreError';
  readonly code: StoreErrorCode;

  constructor(code: StoreErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** SQLite's primary result codes (https://www.sqlite.org/rescode.html) that speak of the store, not of the query. */
const STORE_FAILURES = new Map<number, readonly [StoreErrorCode, string]>([
  [5, ['store-busy', 'Another process holds the write lock of the database; try again.']],
  [6, ['store-busy', 'Another process holds a lock in the database; try again.']],
  [7, ['store-broken', 'SQLite ran out of memory; nothing was written.']],
  [8, ['store-broken', 'The database is read-only; check the permissions of the file and its directory.']],
  [10, ['store-broken', 'Reading or writing the database failed; nothing was written. Check the disk.']],
  [11, ['not-a-database', 'The database file is damaged; restore it from a backup.']],
  [13, ['disk-full', 'The disk is full; nothing was written. Free some space.']],
  [14, ['store-broken', 'The database file cannot be opened; check the path and its permissions.']],
  [26, ['not-a-database', 'The file is not a SQLite database; check the path.']],
]);

/** The `StoreError` behind an error of SQLite when it is the store that failed, or else the error itself. */
export function explainSqliteError(error: unknown): unknown {
  if (!(error instanceof Error) || !('errcode' in error) || typeof error.errcode !== 'number') return error;
  const known = STORE_FAILURES.get(error.errcode & 0xff);
  return known === undefined ? error : new StoreError(known[0], known[1], { cause: error });
}
