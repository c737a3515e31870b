import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { normalizeRelayUrl, orThrow, parseJobFeedback, verifyEvent } from '../../src/protocol/index.ts';
import { service, startProvider, type JobHandler } from '../../src/provider/index.ts';
import type { PublishReceipt, RelayPool } from '../../src/relays/index.ts';
import { startRelayServer, type RelayServer } from '../../src/relay-server/index.ts';
import { buy } from '../customer/stage.ts';
import { newSigner, openShelfStage, type ShelfStage } from '../services/shelf-stage.ts';
import { openRelayStage } from '../fixtures/relay-stage.ts';

const KIND = 5050;
const JOBS = 8;

let stage: ShelfStage;
let own: Awaited<ReturnType<typeof openRelayStage>>;
let slow: RelayServer;
beforeAll(async () => {
  stage = await openShelfStage();
  own = await openRelayStage(); // pools of its own
  const verify = (event: Parameters<typeof verifyEvent>[0]) => Promise.resolve(verifyEvent(event));
  const limits = { eventsPerSecond: 1, eventBurst: 6 };
  slow = orThrow(await startRelayServer({ databasePath: ':memory:', verify, limits }));
});
afterAll(async () => {
  await own.close();
  await slow.close();
  await stage.close();
});

/** The pool, and what the relay said to each partial result or note that was sent to it. */
function watched(
  pool: RelayPool,
  relay: string,
): { readonly pool: RelayPool; readonly told: PublishReceipt[] } {
  const told: PublishReceipt[] = [];
  const publish: RelayPool['publish'] = async (event, ...rest) => {
    const receipts = await pool.publish(event, ...rest);
    const said = parseJobFeedback(event);
    if (said.ok && said.value.status === 'partial')
      told.push(...receipts.filter((receipt) => receipt.relay === relay));
    return receipts;
  };
  return {
    told,
    pool: {
      publish,
      subscribe: (options) => pool.subscribe(options),
      query: (...args) => pool.query(...args),
      status: () => pool.status(),
      close: () => pool.close(),
    },
  };
}

test('a relay that limits us gets what it takes of partial results, the other one all, and every job its result', async () => {
  const slowUrl = normalizeRelayUrl(slow.url) ?? '';
  const { pool, told } = watched(own.openPool(), slowUrl);
  const done = new AbortController();
  const handler: JobHandler = async function* ({ signal }) {
    for (let part = 0; !done.signal.aborted && !signal.aborted; part++) {
      yield { type: 'partial', content: `part ${part}` };
      await pause(50);
    }
    return 'the whole';
  };
  const provider = orThrow(
    await startProvider({
      signer: newSigner(),
      ledger: stage.openLedger(),
      wallet: null,
      relays: pool,
      relayUrls: [stage.relayUrl, slow.url],
      services: [
        { ...service({ kind: KIND, priceSats: 0, handler }), concurrency: JOBS, exchanges: ['free'] },
      ],
    }),
  );
  try {
    const customers = Array.from({ length: JOBS }, () => stage.openCustomer());
    const purchases = await Promise.all(customers.map((customer) => buy(customer, { kind: KIND })));
    const isLimited = ({ outcome, message }: PublishReceipt) =>
      outcome === 'retry' && message.startsWith('rate-limited');
    await vi.waitFor(
      () => {
        const since = told.slice(told.findIndex(isLimited));
        expect(told.some(isLimited)).toBe(true);
        expect(since.filter(({ outcome }) => outcome === 'accepted').length).toBeGreaterThanOrEqual(3);
      },
      { timeout: 60_000, interval: 50 },
    );
    // Eight that go on all the same would be refused seven times for each time that one is taken.
    const refused = told.filter(isLimited).length;
    const taken = told.filter(({ outcome }) => outcome === 'accepted').length;
    expect(refused).toBeLessThanOrEqual(2 * taken + 6); // those that were on their way already
    done.abort();
    for (const purchase of purchases)
      expect(await purchase.result()).toMatchObject({ ok: true, value: { content: 'the whole' } });
  } finally {
    done.abort();
    await provider.close({ graceMs: 0 });
  }
}, 90_000);
