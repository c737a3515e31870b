import type { SQLOutputValue } from 'node:sqlite';

/** A row as SQLite gives it, its whole numbers as bigints. */
export type SqlRow = Readonly<Record<string, SQLOutputValue>>;

/** A TEXT column. Throws when it holds anything else. */
export function text(row: SqlRow, column: string): string {
  const value = row[column];
  if (typeof value !== 'string') throw new TypeError(`${column} is no text`);
  return value;
}

/** A TEXT column that may be NULL. */
export function optionalText(row: SqlRow, column: string): string | null {
  return row[column] === null ? null : text(row, column);
}

/** An INTEGER column in full. Throws when it holds anything else. */
export function bigInteger(row: SqlRow, column: string): bigint {
  const value = row[column];
  if (typeof value !== 'bigint') throw new TypeError(`${column} is no integer`);
  return value;
}

/** An INTEGER column of small numbers: times and heights. */
export function integer(row: SqlRow, column: string): number {
  return Number(bigInteger(row, column));
}

/** An INTEGER column of small numbers that may be NULL. */
export function optionalInteger(row: SqlRow, column: string): number | null {
  return row[column] === null ? null : integer(row, column);
}

/** A BLOB column. Throws when it holds anything else. */
export function bytes(row: SqlRow, column: string): Uint8Array {
  const value = row[column];
  if (!(value instanceof Uint8Array)) throw new TypeError(`${column} is no blob`);
  return value;
}

/** A TEXT column that holds one of the given words. Throws when it holds anything else. */
export function word<Word extends string>(row: SqlRow, column: string, words: readonly Word[]): Word {
  const value = text(row, column);
  const known = words.find((candidate) => candidate === value);
  if (known === undefined) throw new TypeError(`${column} holds an unknown word`);
  return known;
}
