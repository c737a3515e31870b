import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bytesToHex } from '@noble/hashes/utils.js';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { unixNow } from '../../src/clock/index.ts';
import { generateSecretKey, secretKeySigner, type Signer } from '../../src/keys/index.ts';
import { openSqlLedger } from '../../src/ledger/sql.ts';
import { buildResult, type NostrEvent } from '../../src/protocol/index.ts';
import { startChild } from '../fixtures/child-program.ts';
import { ORDER_POINTS } from './points.ts';
import { openRelayStage, type RelayStage } from '../fixtures/relay-stage.ts';

const PROGRAM = new URL('./orders-process.ts', import.meta.url);
const SELLERS = [1, 2].map(() => secretKeySigner(generateSecretKey()));

const closing = new AbortController();
let relays: RelayStage;
let dir: string;
beforeAll(async () => {
  relays = await openRelayStage();
  await openSellers();
});
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'coinop-orders-'));
});
afterEach(() => rm(dir, { recursive: true }));
afterAll(() => {
  closing.abort();
  return relays.close();
});

/** Two providers that give everybody who asks them the same result for nothing. */
async function openSellers(): Promise<void> {
  const pool = relays.openPool();
  const deliver = async (seller: Signer, request: NostrEvent): Promise<void> => {
    const result = await seller.sign(buildResult({ request, content: 'a fox', createdAt: unixNow() }));
    await pool.publish(result, [relays.relay.url]);
  };
  await pool.subscribe({
    relays: [relays.relay.url],
    filters: [{ kinds: [5050], limit: 0 }],
    onEvent: (request) => {
      const targets = request.tags.flatMap(([name, key]) => (name === 'p' && key ? [key] : []));
      for (const seller of SELLERS)
        if (targets.length === 0 || targets.includes(seller.pubkey)) void deliver(seller, request);
    },
    signal: closing.signal,
  });
}

test.each(ORDER_POINTS)(
  'kill -9 at %s: the order ends once, with a result of each provider',
  { timeout: 120_000 },
  async (at) => {
    const key = generateSecretKey();
    const path = join(dir, 'ledger.db');
    const live = (crashAt: string) =>
      startChild(PROGRAM, [path, relays.relay.url], {
        CUSTOMER_KEY: bytesToHex(key),
        COINOP_CRASH_AT: crashAt,
      });
    const first = live(at);
    first.ready.catch(() => undefined);
    expect(await first.ended).toEqual([null, 'SIGKILL']);
    const second = live('');
    await second.ready;
    expect(await second.stop()).toEqual([0, null]);

    const ledger = openSqlLedger({ path, now: unixNow });
    try {
      const purchases = await ledger.purchases.listRecent({ limit: 100 });
      const ended = purchases.filter(({ state }) => state === 'received');
      expect(new Set(ended.map(({ result }) => result?.pubkey))).toEqual(
        new Set(SELLERS.map(({ pubkey }) => pubkey)),
      );
      expect(ended).toHaveLength(2);
      expect(new Set(purchases.map(({ orderId }) => orderId)).size).toBe(1);
      expect(await ledger.orders.listOpen(secretKeySigner(key).pubkey)).toEqual([]);
    } finally {
      await ledger.close();
    }
  },
);
