/** What SQLite stores, and what is bound to the parameters of a statement. */
export type SqliteValue = null | number | bigint | string | Uint8Array;

/** One prepared statement. */
export interface SqliteStatement {
  /** As many as it returns; empty for one that returns no rows. */
  columns(): readonly unknown[];
  all(...values: SqliteValue[]): Record<string, unknown>[];
  run(...values: SqliteValue[]): {
    readonly changes: number | bigint;
    readonly lastInsertRowid: number | bigint;
  };
  /** Integers are read as `bigint`, all of them. */
  setReadBigInts(enabled: boolean): void;
  /** Frees it, where nothing else does. */
  finalize?(): void;
}

/** One connection to a SQLite database whose every call ends before it returns; `DatabaseSync` of Node is one. */
export interface SqliteConnection {
  exec(sql: string): void;
  prepare(sql: string): SqliteStatement;
  readonly isTransaction: boolean;
}
