import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { memoryEcashStore } from '../../src/ecash/index.ts';
import { openSqlEcashStore } from '../../src/ecash/sql.ts';
import { ecashStoreContract } from './ecash-store.ts';

ecashStoreContract('in memory', () => {
  const store = memoryEcashStore();
  return Promise.resolve({ store, remove: () => store.close() });
});

ecashStoreContract('SQLite in a file', () => {
  const directory = mkdtempSync(join(tmpdir(), 'coinop-ecash-'));
  const open = () => openSqlEcashStore({ path: join(directory, 'ecash.db') });
  let store = open();
  return Promise.resolve({
    store,
    reopen: async () => {
      await store.close();
      store = open();
      return store;
    },
    remove: async () => {
      await store.close();
      rmSync(directory, { recursive: true });
    },
  });
});
