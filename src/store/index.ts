export type { Engine, Migration, PostgresStore, SqliteStore } from './contract.ts';
export { openPostgres } from './postgres.ts';
export { openSqlite } from './sqlite.ts';
export { StoreError, type StoreErrorCode } from './store-error.ts';
