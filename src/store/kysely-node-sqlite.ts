import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite';
import {
  Kysely,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
  type CompiledQuery,
  type DatabaseConnection,
  type QueryResult,
} from 'kysely';

/** Prepared statements kept per database; past that the oldest is prepared anew when it is needed again. */
const MAX_STATEMENTS = 256;

/** Runs one compiled query at once. */
export type RunQuery = (query: CompiledQuery) => QueryResult<unknown>;

/**
 * Runs Kysely's queries on `node:sqlite`. Integers are read as `bigint`, all of them: amounts keep every
 * digit, and the same code reads Postgres' `bigint` columns.
 */
export function queryRunner(db: DatabaseSync): RunQuery {
  const statements = new Map<string, { readonly statement: StatementSync; readonly returnsRows: boolean }>();
  const prepare = (sql: string) => {
    const known = statements.get(sql);
    if (known !== undefined) return known;
    const statement = db.prepare(sql);
    statement.setReadBigInts(true);
    const prepared = { statement, returnsRows: statement.columns().length > 0 };
    const [oldest] = statements.keys();
    if (oldest !== undefined && statements.size >= MAX_STATEMENTS) statements.delete(oldest);
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

function isStorable(value: unknown): value is SQLInputValue {
  return (
    value === null || ['string', 'number', 'bigint'].includes(typeof value) || value instanceof Uint8Array
  );
}

/** A Kysely whose every query goes to `execute`; transactions are the store's business, not Kysely's. */
export function kyselyOver<Schema>(
  execute: (query: CompiledQuery) => Promise<QueryResult<unknown>>,
): Kysely<Schema> {
  const connection: DatabaseConnection = {
    executeQuery: async <Row>(query: CompiledQuery) =>
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- drivers cannot check what the schema promises
      (await execute(query)) as QueryResult<Row>,
    streamQuery: () => {
      throw new Error('node:sqlite reads are not streamed: page with a limit');
    },
  };
  return new Kysely<Schema>({
    dialect: {
      createAdapter: () => new SqliteAdapter(),
      createDriver: () => ({
        init: nothing,
        acquireConnection: () => Promise.resolve(connection),
        beginTransaction: refuseTransaction,
        commitTransaction: refuseTransaction,
        rollbackTransaction: refuseTransaction,
        releaseConnection: nothing,
        destroy: nothing,
      }),
      createIntrospector: (db) => new SqliteIntrospector(db),
      createQueryCompiler: () => new SqliteQueryCompiler(),
    },
  });
}

const nothing = () => Promise.resolve();
const refuseTransaction = () => Promise.reject(new Error('use `transaction` of the store, not of Kysely'));
