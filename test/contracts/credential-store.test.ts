import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createMemoryCredentialStore } from '../../src/l402/index.ts';
import { openSqlCredentialStore } from '../../src/l402/sql.ts';
import { credentialStoreContract } from './credential-store.ts';

credentialStoreContract('in memory', async (maxCredentials) => ({
  store: createMemoryCredentialStore({ maxCredentials }),
  remove: async () => undefined,
}));

credentialStoreContract('in a SQLite file', async (maxCredentials) => {
  const dir = await mkdtemp(join(tmpdir(), 'coinop-l402-'));
  const open = () => openSqlCredentialStore({ path: join(dir, 'l402.sqlite'), maxCredentials });
  let store = open();
  return {
    store,
    reopen: async () => {
      await store.close();
      store = open();
      return store;
    },
    remove: async () => {
      await store.close();
      await rm(dir, { recursive: true });
    },
  };
});
