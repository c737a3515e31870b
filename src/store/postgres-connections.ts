import type { ClientConfig, Pool, PoolClient } from 'pg';
import type { CompiledQuery, QueryResult } from 'kysely';
import { beginTransaction } from './postgres-begin.ts';
import { explainPostgresError, isUnavailable } from './postgres-error.ts';
import { StoreError } from './store-error.ts';

/** Connections of one process to its database. */
const MAX_CONNECTIONS = 10;
/** More than this wait for nothing but memory: the caller is told to slow down. */
const MAX_WAITING = 20_000;
/** How long a server that is restarted, or moved to another machine, is waited for: what is booked meanwhile is not lost. */
export const PATIENCE_MS = 60_000;
/** One that is not there at the start may never be: whoever starts us is told soon. */
export const FIRST_PATIENCE_MS = 5_000;
const FIRST_PAUSE_MS = 50;
const LONGEST_PAUSE_MS = 1_000;

/** What every connection asks of its server; a process that is paused keeps no lock for long. */
export const CONNECTION_LIMITS = {
  application_name: 'coinop',
  connectionTimeoutMillis: 5_000,
  keepAlive: true,
  lock_timeout: 15_000,
  statement_timeout: 20_000,
  query_timeout: 30_000,
  idle_in_transaction_session_timeout: 10_000,
} as const satisfies ClientConfig;

/** For steps of the schema: on large tables they take their time, and other processes that start wait for them. */
export const WITHOUT_HURRY = {
  lock_timeout: 120_000,
  statement_timeout: 0,
  query_timeout: 0,
} as const satisfies ClientConfig;

/** One connection while it is lent: queries in order. */
export interface LentConnection {
  /** Begins a transaction; see `beginTransaction`. */
  begin(): Promise<void>;
  query(query: Pick<CompiledQuery, 'sql' | 'parameters'>): Promise<QueryResult<unknown>>;
  /** Runs statements that are separated by semicolons, all or none of them unless they say otherwise. */
  script(sql: string): Promise<void>;
}

/**
 * Connections to one Postgres, a bounded number, lent one use at a time in the order of asking. While no server answers,
 * borrowing waits for one, until `giveUpAt` of `performance.now()`.
 */
export interface Connections {
  /** Lends a connection until `use` is settled; one that breaks meanwhile is not lent again. */
  borrow<Value>(giveUpAt: number, use: (connection: LentConnection) => Promise<Value>): Promise<Value>;
  /** Refuses new borrowers and closes when the last one is done. */
  close(): Promise<void>;
}

/** Lends the connections of a pool that has room for `MAX_CONNECTIONS`. */
export function lendConnections(openPool: (max: number) => Pool): Connections {
  const pool = openPool(MAX_CONNECTIONS);
  pool.on('error', () => undefined); // an idle connection broke: the next borrower gets another
  const waiting: (() => void)[] = [];
  let lent = 0;
  let closing: Promise<void> | null = null;
  const idle = Promise.withResolvers<void>();

  const takeTurn = async (): Promise<void> => {
    if (closing !== null) throw new StoreError('store-closed', 'The database is closed.');
    if (lent < MAX_CONNECTIONS) {
      lent += 1;
      return;
    }
    if (waiting.length >= MAX_WAITING)
      throw new StoreError('store-overloaded', `${MAX_WAITING} wait for the database; try again later.`);
    await new Promise<void>((resolve) => waiting.push(resolve));
  };
  const giveTurn = (): void => {
    const next = waiting.shift();
    if (next !== undefined) return next();
    lent -= 1;
    if (closing !== null && lent === 0) idle.resolve();
  };

  return {
    async borrow(giveUpAt, use) {
      await takeTurn();
      try {
        const client = await connected(pool, giveUpAt);
        let broken = false;
        const onError = () => (broken = true);
        client.on('error', onError);
        const watched = async <Result>(running: Promise<Result>): Promise<Result> => {
          try {
            return await running;
          } catch (error) {
            const explained = explainPostgresError(error);
            if (isUnavailable(explained)) broken = true;
            throw explained;
          }
        };
        try {
          return await use({
            begin: () => watched(beginTransaction(client)),
            query: (query) => watched(runQuery(client, query)),
            script: (sql) => watched(client.query(sql).then(() => undefined)),
          });
        } finally {
          client.off('error', onError);
          client.release(broken);
        }
      } finally {
        giveTurn();
      }
    },
    close() {
      closing ??= (async () => {
        if (lent > 0) await idle.promise;
        await pool.end();
      })();
      return closing;
    },
  };
}

async function connected(pool: Pool, giveUpAt: number): Promise<PoolClient> {
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)) {
    try {
      return await pool.connect();
    } catch (error) {
      const explained = explainPostgresError(error);
      if (!isUnavailable(explained) || performance.now() + pauseMs > giveUpAt) throw explained;
      await new Promise((resolve) => setTimeout(resolve, pauseMs));
    }
  }
}

/**
 * Runs one query. Not as a named statement: a schema that grows while we run would break those ("cached plan must not
 * change result type").
 */
async function runQuery(
  client: PoolClient,
  { sql, parameters }: Pick<CompiledQuery, 'sql' | 'parameters'>,
): Promise<QueryResult<unknown>> {
  const { rows, rowCount, command } = await client.query<Record<string, unknown>>(
    sql,
    parameters.map(storable),
  );
  if (sql === 'COMMIT' && command !== 'COMMIT')
    throw new Error('a statement of the transaction had failed, and the transaction went on');
  return rowCount === null || command === 'SELECT' ? { rows } : { rows, numAffectedRows: BigInt(rowCount) };
}

/** Postgres' text has no U+0000, which strangers may send: it is kept, and looked for, as the sign for what cannot be shown. */
function storable(value: unknown): unknown {
  return typeof value === 'string' && value.includes('\0') ? value.replaceAll('\0', '\uFFFD') : value;
}
