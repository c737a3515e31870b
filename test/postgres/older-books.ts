import { randomBytes } from 'node:crypto';
import { ColumnNode, UpdateQueryNode, type Kysely, type KyselyPlugin, type RootOperationNode } from 'kysely';
import type { Sale, SalesLedger } from '../../src/ledger/index.ts';
import { openBooks } from '../../src/ledger/sql/books.ts';
import { ledgerOver } from '../../src/ledger/sql/ledger-over.ts';
import { LEDGER_MIGRATIONS, POSTGRES_LEDGER_MIGRATIONS } from '../../src/ledger/sql/migrations.ts';
import { stateTablesSql } from '../../src/ledger/sql/schema.ts';
import type { Store } from '../../src/store/contract.ts';
import { openPostgres, openSqlite } from '../../src/store/index.ts';
import { PROVIDER, someEvent, someQuote, valueOf } from '../contracts/ledger-fixtures.ts';

/** Where books are: a Postgres database by its URL, or a SQLite file by its path. */
export interface Place {
  readonly engine: 'postgres' | 'sqlite';
  readonly at: string;
}

/** The clock of all programs that share these books, unix seconds. */
export const now = (): number => Math.floor(Date.now() / 1000);

/** The sales of books, and how to close them. */
export interface SalesBooks {
  readonly sales: SalesLedger;
  close(): Promise<void>;
}

/** The books as a program has them that knows the steps of the schema up to that one: it makes and uses no later one. */
export async function openOlderBooks({ engine, at }: Place, version: number): Promise<SalesBooks> {
  const known = salesColumns(version);
  const plugin = knowing(
    known,
    [...salesColumns(LEDGER_MIGRATIONS.length)].filter((name) => !known.has(name)),
  );
  const older = <Kept extends Store>(store: Kept): Kept => ({
    ...store,
    kysely: <Schema>() => store.kysely<Schema>().withPlugin(plugin),
    transaction: <Schema, Value>(run: (trx: Kysely<Schema>) => Promise<Value>) =>
      store.transaction<Schema, Value>((trx) => run(trx.withPlugin(plugin))),
  });
  const open = (store: Parameters<typeof openBooks>[0]): SalesBooks => ({
    sales: ledgerOver(openBooks(store, now, () => undefined)).sales,
    close: () => store.close(),
  });
  if (engine === 'sqlite') {
    const store = openSqlite({ path: at, migrations: LEDGER_MIGRATIONS.slice(0, version) });
    store.db.exec(stateTablesSql(engine));
    return open(older(store));
  }
  const migrations = POSTGRES_LEDGER_MIGRATIONS.filter((step) => step.version <= version);
  const store = await openPostgres({ url: at, name: 'ledger', migrations });
  await store.run(stateTablesSql(engine));
  return open(older(store));
}

/** The columns of sales after that step, which are the same on both engines. */
function salesColumns(version: number): ReadonlySet<string> {
  const store = openSqlite({ path: ':memory:', migrations: LEDGER_MIGRATIONS.slice(0, version) });
  const rows = store.db.prepare("SELECT name FROM pragma_table_xinfo('sales')").all();
  void store.close();
  return new Set(rows.map(({ name }) => String(name)));
}

/** Writes no other columns of sales than the known ones, and reads the others as empty. */
function knowing(known: ReadonlySet<string>, unknown: readonly string[]): KyselyPlugin {
  const empty = Object.fromEntries(unknown.map((name) => [name, null]));
  return {
    transformQuery: ({ node }): RootOperationNode => {
      if (!UpdateQueryNode.is(node) || node.updates === undefined) return node;
      const updates = node.updates.filter(
        ({ column }) => !ColumnNode.is(column) || known.has(column.column.name),
      );
      return { ...node, updates };
    },
    transformResult: ({ result }) => {
      const rows = result.rows.map((row) =>
        'lease_fence' in row && 'work' in row ? { ...row, ...empty } : row,
      );
      return Promise.resolve({ ...result, rows });
    },
  };
}

/** Books a sale whose money is held, for a worker of that service. */
export async function sell({ sales }: SalesBooks, serviceId: string): Promise<Sale> {
  const fresh = (): string => randomBytes(32).toString('hex');
  const { sale } = await sales.open({
    providerPubkey: PROVIDER,
    serviceId,
    request: someEvent({ id: fresh() }),
  });
  const offer = { ...someQuote(), validUntil: now() + 300, paymentHash: fresh(), isKeptOnceBegun: true };
  const quoted = await sales.change(sale, {
    work: 'accepted',
    money: 'quoted',
    exchange: 'hold',
    quote: offer,
  });
  return valueOf(await sales.change(valueOf(quoted), { money: 'locked', lockedAt: now() }));
}

/** Does and delivers what waits for a worker of that service; returns how much it was. */
export async function workOff({ sales }: SalesBooks, serviceId: string, owner: string): Promise<number> {
  const lease = { serviceIds: [serviceId], owner, leaseSeconds: 60, limit: 10 };
  const claimed = await sales.claimWork({ providerPubkey: PROVIDER, ...lease });
  for (const working of claimed) {
    const ready = valueOf(await sales.change(working, { work: 'ready', result: someEvent({ kind: 6050 }) }));
    const delivered = valueOf(await sales.change(ready, { work: 'delivered', money: 'settling' }));
    valueOf(await sales.change(delivered, { money: 'settled' }));
  }
  return claimed.length;
}
