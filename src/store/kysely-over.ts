import {
  Kysely,
  PostgresAdapter,
  PostgresIntrospector,
  PostgresQueryCompiler,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
  type CompiledQuery,
  type DatabaseConnection,
  type QueryResult,
  type SelectQueryNode,
} from 'kysely';
import type { Engine } from './contract.ts';

/**
 * A Kysely whose every query goes to `execute`, written in the words of that engine; transactions are the store's
 * business, not Kysely's.
 */
export function kyselyOver<Schema>(
  engine: Engine,
  execute: (query: CompiledQuery) => Promise<QueryResult<unknown>>,
): Kysely<Schema> {
  const connection: DatabaseConnection = {
    executeQuery: async <Row>(query: CompiledQuery) =>
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- drivers cannot check what the schema promises
      (await execute(query)) as QueryResult<Row>,
    streamQuery: () => {
      throw new Error('reads are not streamed: page with a limit');
    },
  };
  const words = engine === 'sqlite' ? SQLITE : POSTGRES;
  return new Kysely<Schema>({
    dialect: {
      ...words,
      createDriver: () => ({
        init: nothing,
        acquireConnection: () => Promise.resolve(connection),
        beginTransaction: refuseTransaction,
        commitTransaction: refuseTransaction,
        rollbackTransaction: refuseTransaction,
        releaseConnection: nothing,
        destroy: nothing,
      }),
    },
  });
}

/** One writer has the whole SQLite file to itself, so that locks of rows, which it has no words for, are left out. */
class LocklessSqliteCompiler extends SqliteQueryCompiler {
  protected override visitSelectQuery({ endModifiers: _, ...node }: SelectQueryNode): void {
    super.visitSelectQuery(node);
  }
}

const SQLITE = {
  createAdapter: () => new SqliteAdapter(),
  createIntrospector: (db: Kysely<unknown>) => new SqliteIntrospector(db),
  createQueryCompiler: () => new LocklessSqliteCompiler(),
};

const POSTGRES = {
  createAdapter: () => new PostgresAdapter(),
  createIntrospector: (db: Kysely<unknown>) => new PostgresIntrospector(db),
  createQueryCompiler: () => new PostgresQueryCompiler(),
};

const nothing = () => Promise.resolve();
const refuseTransaction = () => Promise.reject(new Error('use `transaction` of the store, not of Kysely'));
