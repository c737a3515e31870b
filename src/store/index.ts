export type { Engine, Migration, PostgresStore } from './contract.ts';
export { openPostgres } from './postgres.ts';
export { openSqlite, type SqliteStore } from './sqlite.ts';
export { StoreError, type StoreErrorCode } from './store-error.ts';
