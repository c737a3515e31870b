export type { Migration, SqliteStore } from './contract.ts';
export { openSqlite } from './sqlite.ts';
export { StoreError, type StoreErrorCode } from './store-error.ts';
