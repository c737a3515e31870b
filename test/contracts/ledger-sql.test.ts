import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll } from 'vitest';
import { openPostgresLedger, openSqlLedger } from '../../src/ledger/sql.ts';
import { startPostgres, type PostgresServer } from '../fixtures/postgres-server.ts';
import { ledgerContract } from './ledger.ts';

ledgerContract('SQLite in a file', (options) => {
  const directory = mkdtempSync(join(tmpdir(), 'coinop-ledger-'));
  const open = () => openSqlLedger({ path: join(directory, 'ledger.db'), ...options });
  let ledger = open();
  return Promise.resolve({
    ledger,
    reopen: async () => {
      await ledger.close();
      ledger = open();
      return ledger;
    },
    remove: async () => {
      await ledger.close();
      rmSync(directory, { recursive: true });
    },
  });
});

ledgerContract('SQLite in memory', (options) => {
  const ledger = openSqlLedger({ path: ':memory:', ...options });
  return Promise.resolve({ ledger, remove: () => ledger.close() });
});

/** Empties the tables that tests fill; those of the states belong to the schema. */
const EMPTY = [
  'sale_receipts',
  'sales',
  'idempotency_keys',
  'payments',
  'purchases',
  'orders',
  'outbox',
  'duties',
  'balances',
  'balance_top_ups',
  'balance_withdrawals',
  'prepaid_withdrawals',
]
  .map((table) => `DELETE FROM ${table};`)
  .join(' ');

let server: PostgresServer;
let url: string;
beforeAll(async () => {
  server = await startPostgres();
  url = await server.newDatabase();
});
afterAll(() => server.remove());

ledgerContract('Postgres', async (options) => {
  let ledger = await openPostgresLedger({ url, ...options });
  return {
    ledger,
    reopen: async () => {
      await ledger.close();
      ledger = await openPostgresLedger({ url, ...options });
      return ledger;
    },
    remove: async () => {
      await ledger.close();
      await server.run(url, EMPTY);
    },
  };
});
