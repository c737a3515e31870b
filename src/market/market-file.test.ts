import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { orThrow } from '../protocol/index.ts';
import { findMarket, lockMarket } from './market-file.ts';

const MARKET = { relayUrl: 'ws://127.0.0.1:7777/', host: '127.0.0.1:7777' };

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'coinop-market-'));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

test('a market is found as long as it holds its lock', async () => {
  expect(await findMarket(dir)).toBeNull();
  const lock = orThrow(await lockMarket(dir));
  expect(await findMarket(dir)).toBeNull();
  await lock.publish(MARKET);
  expect(await findMarket(dir)).toEqual(MARKET);
  await lock.close();
  expect(await findMarket(dir)).toBeNull();
});

test('only one market has the directory, and looking for it never keeps it from starting', async () => {
  const first = orThrow(await lockMarket(dir));
  expect(await lockMarket(dir)).toMatchObject({ ok: false, failure: { code: 'market-running' } });
  await first.close();
  await findMarket(dir);
  await orThrow(await lockMarket(dir)).close();
});

test('what a crashed market left behind is neither found nor in the way', async () => {
  await writeFile(join(dir, 'market.json'), JSON.stringify(MARKET));
  expect(await findMarket(dir)).toBeNull();
  const lock = orThrow(await lockMarket(dir));
  expect(await findMarket(dir)).toBeNull();
  await lock.close();
});

test('a damaged file is no market', async () => {
  const lock = orThrow(await lockMarket(dir));
  await writeFile(join(dir, 'market.json'), '{');
  expect(await findMarket(dir)).toBeNull();
  await lock.close();
});
