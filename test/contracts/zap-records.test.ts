import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createMemoryZapRecords } from '../../src/zaps/index.ts';
import { openSqlZapRecords } from '../../src/zaps/sql.ts';
import { zapRecordsContract } from './zap-records.ts';

zapRecordsContract('in memory', async (maxUnfinished) => ({
  records: createMemoryZapRecords({ maxUnfinished }),
  remove: async () => undefined,
}));

zapRecordsContract('in a SQLite file', async (maxUnfinished) => {
  const dir = await mkdtemp(join(tmpdir(), 'coinop-zaps-'));
  const open = () => openSqlZapRecords({ path: join(dir, 'zaps.sqlite'), maxUnfinished });
  let records = open();
  return {
    records,
    reopen: async () => {
      await records.close();
      records = open();
      return records;
    },
    remove: async () => {
      await records.close();
      await rm(dir, { recursive: true });
    },
  };
});
