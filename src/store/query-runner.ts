import type { CompiledQuery, QueryResult } from 'kysely';
import type { SqliteConnection, SqliteStatement, SqliteValue } from './connection.ts';

/** Prepared statements kept per database; past that the oldest is prepared anew when it is needed again. */
const MAX_STATEMENTS = 256;

/** Runs one compiled query at once. */
export type RunQuery = (query: CompiledQuery) => QueryResult<unknown>;

/**
 * Runs Kysely's queries on a SQLite connection. Integers are read as `bigint`, all of them: amounts keep every
 * digit, and the same code reads Postgres' `bigint` columns.
 */
export function queryRunner(db: SqliteConnection): RunQuery {
  const statements = new Map<
    string,
    { readonly statement: SqliteStatement; readonly returnsRows: boolean }
  >();
  const prepare = (sql: string) => {
    const known = statements.get(sql);
    if (known !== undefined) return known;
    const statement = db.prepare(sql);
    statement.setReadBigInts(true);
    const prepared = { statement, returnsRows: statement.columns().length > 0 };
    const [oldest] = statements;
    if (oldest !== undefined && statements.size >= MAX_STATEMENTS) {
      statements.delete(oldest[0]);
      oldest[1].statement.finalize?.();
    }
    statements.set(sql, prepared);
    return prepared;
  };
  return ({ sql, parameters }) => {
    const { statement, returnsRows } = prepare(sql);
    const values = parameters.filter(isStorable);
    if (values.length < parameters.length)
      throw new TypeError('SQLite stores text, numbers, bytes and null only');
    if (returnsRows) return { rows: statement.all(...values) };
    const { changes, lastInsertRowid } = statement.run(...values);
    return { rows: [], numAffectedRows: BigInt(changes), insertId: BigInt(lastInsertRowid) };
  };
}

function isStorable(value: unknown): value is SqliteValue {
  return (
    value === null || ['string', 'number', 'bigint'].includes(typeof value) || value instanceof Uint8Array
  );
}
