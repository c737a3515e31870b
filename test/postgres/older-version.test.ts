import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openPostgresLedger, openSqlLedger } from '../../src/ledger/sql.ts';
import type { Ledger, Sale } from '../../src/ledger/index.ts';
import { PROVIDER } from '../contracts/ledger-fixtures.ts';
import { startChild } from '../fixtures/child-program.ts';
import { startPostgres, type PostgresServer } from '../fixtures/postgres-server.ts';
import { now, sell, workOff, type Place } from './older-books.ts';

/** Sales that each program books for the other while both have the books open. */
const ROUNDS = 8;

let server: PostgresServer;
let dir: string;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'coinop-older-'));
  server = await startPostgres();
});
afterAll(async () => {
  await server.remove();
  await rm(dir, { recursive: true, force: true });
});

async function allSales({ sales }: Pick<Ledger, 'sales'>): Promise<Sale[]> {
  const all: Sale[] = [];
  for (;;) {
    const after = all.at(-1);
    const page = await sales.list({
      providerPubkey: PROVIDER,
      limit: 500,
      ...(after === undefined ? {} : { after }),
    });
    if (page.length === 0) return all;
    all.push(...page);
  }
}

/** The first schema that Postgres had: every step since then is made while the older program sells. */
const OLDER_SCHEMA = 8;

test.each(['postgres', 'sqlite'] as const)(
  'a program of an older version goes on selling on %s while a newer one extends and uses its books',
  async (engine) => {
    const at = engine === 'postgres' ? await server.newDatabase() : join(dir, 'older.sqlite');
    const place: Place = { engine, at };
    const older = startChild(
      new URL('older-process.ts', import.meta.url),
      [engine, at, `${OLDER_SCHEMA}`],
      {},
    );
    await older.ready;
    const newer =
      engine === 'postgres'
        ? await openPostgresLedger({ url: place.at, now })
        : openSqlLedger({ path: place.at, now });
    try {
      const before = (await allSales(newer)).length;
      expect(before).toBeGreaterThanOrEqual(5);
      let worked = 0;
      for (let round = 0; round < ROUNDS || worked < before + ROUNDS; round += 1) {
        if (round < ROUNDS) await sell(newer, 'for the older');
        worked += await workOff(newer, 'for the newer', 'newer');
      }
      expect(await older.stop()).toEqual([0, null]);
      while ((await workOff(newer, 'for the newer', 'newer')) > 0);
      const sold = await allSales(newer);
      expect(new Set(sold.map(({ work, money }) => `${work} ${money}`))).toEqual(
        new Set(['delivered settled']),
      );
      // What the newer one wrote into a column that the older one does not know is still there.
      const ofNewer = sold.filter(({ serviceId }) => serviceId === 'for the older');
      expect(ofNewer).toHaveLength(ROUNDS);
      expect(ofNewer.every(({ quote }) => quote?.isKeptOnceBegun === true)).toBe(true);
      expect(sold.length).toBeGreaterThanOrEqual(before + 2 * ROUNDS);
    } finally {
      await newer.close();
      await older.stop();
    }
  },
  60_000,
);
