export type { Migration, SqliteStore } from './contract.ts';
