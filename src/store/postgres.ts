import type { Kysely } from 'kysely';
import type { ClientConfig } from 'pg';
import type { Migration, PostgresStore } from './contract.ts';
import { kyselyOver } from './kysely-over.ts';
import {
  CONNECTION_LIMITS,
  lendConnections,
  FIRST_PATIENCE_MS,
  PATIENCE_MS,
  WITHOUT_HURRY,
  type Connections,
  type LentConnection,
} from './postgres-connections.ts';
import { isUnavailable, lostToAnother } from './postgres-error.ts';
import { migratePostgres } from './postgres-migrate.ts';
import { spreadNews } from './postgres-news.ts';
import { StoreError } from './store-error.ts';

/** A transaction that lost against another is run again after at most this; chance keeps the two apart. */
const LONGEST_PAUSE_MS = 50;

/** Types of whole numbers, by their number in Postgres: `int8`, `int2`, `int4`. */
const WHOLE_NUMBERS: ReadonlySet<number> = new Set([20, 21, 23]);

/**
 * Opens a Postgres database by its URL (`postgres://user:password@host/database?sslmode=verify-full`) and brings the
 * tables of `name` to the last of the steps. Connects at once, and again whenever the server comes back. No error
 * shows the URL. Throws `StoreError` `invalid-database-url`, `database-unavailable`, `database-refused`,
 * `database-too-new`, `clock-differs` or `store-busy`. Whatever is committed is on the server's disk, and nothing is
 * while the clocks differ.
 */
export async function openPostgres(options: {
  readonly url: string;
  readonly name: string;
  readonly migrations: readonly Migration[];
}): Promise<PostgresStore> {
  const { Client, Pool, types } = await import('pg').then(({ default: pg }) => pg); // only who shares books loads it
  const config: ClientConfig = {
    ...CONNECTION_LIMITS,
    connectionString: checkUrl(options.url),
    types: {
      getTypeParser: (id, format) =>
        WHOLE_NUMBERS.has(id) ? (value: string) => BigInt(value) : types.getTypeParser(id, format),
    },
  };
  const migrating = lendConnections((max) => new Pool({ ...config, ...WITHOUT_HURRY, max }));
  try {
    await migrating.borrow(performance.now() + FIRST_PATIENCE_MS, (connection) =>
      migratePostgres(connection, options.name, options.migrations),
    );
  } finally {
    await migrating.close();
  }
  const connections = lendConnections((max) => new Pool({ ...config, max }));
  const news = spreadNews({
    openClient: () => new Client(config),
    notify: (sql, parameters) =>
      connections.borrow(performance.now(), async (lent) => void (await lent.query({ sql, parameters }))),
  });
  return {
    engine: 'postgres',
    transaction: (run) =>
      untilItPasses((giveUpAt, onCommit) =>
        connections.borrow(giveUpAt, (lent) => transact(lent, run, onCommit)),
      ),
    kysely: () => committedReads(connections),
    run: (sql) => untilItPasses((giveUpAt) => connections.borrow(giveUpAt, (lent) => lent.script(sql))),
    tell: (name) => news.tell(name),
    hear: (name, wake) => news.hear(name, wake),
    close: async () => {
      const closed = connections.close(); // from now on nothing is begun
      await news.close();
      await closed;
    },
  };
}

/** The library's own words for a URL that it cannot read show it, password and all. */
function checkUrl(url: string): string {
  if (URL.canParse(url) && /^postgres(ql)?:$/.test(new URL(url).protocol)) return url;
  throw new StoreError(
    'invalid-database-url',
    'The database URL is none of the form postgres://user:password@host:5432/database; % and @ in passwords are written as %25 and %40.',
  );
}

/** Everything before the commit may be done again; what broke within it may have been written, and is told. */
async function untilItPasses<Value>(
  attempt: (giveUpAt: number, onCommit: () => void) => Promise<Value>,
): Promise<Value> {
  const giveUpAt = performance.now() + PATIENCE_MS;
  for (;;) {
    let isCommitting = false;
    try {
      return await attempt(giveUpAt, () => (isCommitting = true));
    } catch (error) {
      if (isCommitting && isUnavailable(error))
        throw new StoreError(
          'database-unavailable',
          'The database went away while a change was being written: it is there or not, so read again.',
        );
      const mayPass = lostToAnother(error) || isUnavailable(error);
      if (!mayPass || performance.now() > giveUpAt) throw error;
      await new Promise((resolve) => setTimeout(resolve, Math.random() * LONGEST_PAUSE_MS));
    }
  }
}

/** One transaction on one connection. Its Kysely is dead afterwards. */
async function transact<Schema, Value>(
  lent: LentConnection,
  run: (trx: Kysely<Schema>) => Promise<Value>,
  onCommit: () => void,
): Promise<Value> {
  let over = false;
  const trx = kyselyOver<Schema>('postgres', (query) =>
    over ? Promise.reject(new Error('the transaction is over')) : lent.query(query),
  );
  let value: Value;
  try {
    await lent.begin();
    value = await run(trx);
  } catch (error) {
    over = true;
    await lent.query({ sql: 'ROLLBACK', parameters: [] }).catch(() => undefined); // the server does it where we cannot
    throw error;
  }
  over = true;
  onCommit();
  await lent.query({ sql: 'COMMIT', parameters: [] });
  return value;
}

/** A Kysely for reads, each on a connection of its own; one whose connection breaks is made again. */
function committedReads<Schema>(connections: Connections): Kysely<Schema> {
  return kyselyOver('postgres', (compiled) => {
    if (compiled.query.kind !== 'SelectQueryNode')
      return Promise.reject(new Error('only selects run outside of `transaction`'));
    return untilItPasses((giveUpAt) => connections.borrow(giveUpAt, (lent) => lent.query(compiled)));
  });
}
