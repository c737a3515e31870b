import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { memoryNwcConnections, type NwcConnections } from '../../src/money/index.ts';
import { openSqlNwcConnections } from '../../src/money/sql.ts';
import { msat } from '../../src/protocol/index.ts';
import { grantOf, nwcConnectionsContract, wishOf } from '../contracts/nwc-connections.ts';

let dir: string;
let files = 0;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'coinop-connections-'));
});
afterAll(() => rm(dir, { recursive: true, force: true }));
const freshPath = (): string => join(dir, `${(files += 1)}.sqlite`);

nwcConnectionsContract('connections in memory', async () => ({
  connections: memoryNwcConnections(),
  close: async () => undefined,
}));

nwcConnectionsContract('connections in SQLite', async () => {
  const connections = openSqlNwcConnections({ path: freshPath() });
  return { connections, close: () => connections.close() };
});

test('a file keeps connections and reservations, for its owner alone', async () => {
  const path = freshPath();
  const first = openSqlNwcConnections({ path });
  await first.add(grantOf(1));
  await first.payments.reserve(wishOf(grantOf(1).clientPubkey, 1), 1_700_000_000);
  await first.close();
  expect((await stat(path)).mode & 0o077).toBe(0);
  const second = openSqlNwcConnections({ path });
  expect(await second.list()).toEqual([grantOf(1)]);
  expect(await second.payments.spentSince(grantOf(1).clientPubkey, 0)).toBe(11_000n);
  await second.close();
});

test('what one process hands out and ends, another notices', async () => {
  const path = freshPath();
  const [serving, asking] = [openSqlNwcConnections({ path }), openSqlNwcConnections({ path })];
  const { signal } = new AbortController();
  let heard = 0;
  serving.watch(() => (heard += 1), signal);
  await asking.add(grantOf(1));
  await expect.poll(() => heard, { timeout: 20_000 }).toBe(1);
  await asking.revoke('agent 1', 1_700_000_001);
  expect(await serving.get(grantOf(1).clientPubkey)).toMatchObject({ revokedAt: 1_700_000_001 });
  await Promise.all([serving.close(), asking.close()]);
});

type Step =
  | { readonly kind: 'reserve'; readonly client: number; readonly hash: number; readonly amount: number }
  | { readonly kind: 'end'; readonly hash: number; readonly state: 'settled' | 'failed' | 'pending' }
  | { readonly kind: 'pass'; readonly seconds: number };

const steps = fc.array(
  fc.oneof<fc.Arbitrary<Step>[]>(
    fc.record({
      kind: fc.constant('reserve' as const),
      client: fc.integer({ min: 1, max: 2 }),
      hash: fc.integer({ min: 1, max: 6 }),
      amount: fc.integer({ min: 1, max: 60_000 }),
    }),
    fc.record({
      kind: fc.constant('end' as const),
      hash: fc.integer({ min: 1, max: 6 }),
      state: fc.constantFrom('settled' as const, 'failed' as const, 'pending' as const),
    }),
    fc.record({ kind: fc.constant('pass' as const), seconds: fc.integer({ min: 1, max: 60_000 }) }),
  ),
  { maxLength: 40 },
);

test('both drivers say the same, and no day is spent beyond its budget, whatever happens', async () => {
  const sqlite = openSqlNwcConnections({ path: ':memory:' });
  let run = 0;
  await fc.assert(
    fc.asyncProperty(steps, async (script) => {
      run += 1;
      const drivers = [memoryNwcConnections(), sqlite];
      const clients = [run * 1_000 + 1, run * 1_000 + 2].map((seed) =>
        grantOf(seed, { expiresAt: 9_999_999_999 }),
      );
      for (const driver of drivers) for (const grant of clients) await driver.add(grant);
      const told = await Promise.all(drivers.map((driver) => play(driver, clients.map(keyOf), script, run)));
      expect(told[0]).toEqual(told[1]);
      for (const { name } of clients) await sqlite.revoke(name, 1_700_000_000);
    }),
    { numRuns: 60 },
  );
  await sqlite.close();
});

const keyOf = ({ clientPubkey }: { readonly clientPubkey: string }): string => clientPubkey;

async function play(
  { payments }: NwcConnections,
  clients: readonly string[],
  script: readonly Step[],
  run: number,
): Promise<unknown[]> {
  const told: unknown[] = [];
  let now = 1_700_000_000;
  for (const step of script) {
    if (step.kind === 'pass') now += step.seconds;
    else if (step.kind === 'reserve') {
      const wish = wishOf(clients[step.client - 1] ?? '', run * 1_000 + step.hash, BigInt(step.amount));
      told.push(await payments.reserve(wish, now));
    } else {
      const known = await payments.find('outgoing', wishOf('', run * 1_000 + step.hash).paymentHash);
      const outcome = { state: step.state, settledAt: now, feePaidMsat: msat(1_000n) };
      if (known !== null) await payments.update({ ...known.record, ...outcome });
      told.push(known);
    }
    for (const client of clients) {
      const spent = await payments.spentSince(client, Math.floor(now / 86_400) * 86_400);
      expect(spent).toBeLessThanOrEqual(100_000n);
      told.push(spent, await payments.list({ clientPubkey: client, limit: 100 }));
    }
  }
  return told;
}
