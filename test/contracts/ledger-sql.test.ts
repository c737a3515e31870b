import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openSqlLedger } from '../../src/ledger/sql.ts';
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
