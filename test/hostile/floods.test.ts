import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { parseJobFeedback, type NostrEvent } from '../../src/protocol/index.ts';
import { service, type JobHandler } from '../../src/provider/index.ts';
import { openBuyingStage, type BuyingStage } from '../customer/stage.ts';
import { openScriptedCustomer, type ScriptedCustomer } from '../provider/scripted-customer.ts';
import { openSeller, type Seller } from '../provider/stage.ts';
import { FLOODED_LIMITS, FLOODS, type Target } from './floods.ts';

const FREE_KIND = 5050;
const PRICED_KIND = 5750;
/** Jobs that the honest customer buys while the flood goes on. */
const JOBS_MEANWHILE = 2;

let stage: BuyingStage;
let seller: Seller;
let honest: ScriptedCustomer;
let target: Target;

const shout: JobHandler = ({ text }) => Promise.resolve(text.toUpperCase());

beforeAll(async () => {
  stage = await openBuyingStage();
}, 60_000);
afterAll(() => stage.close());
afterEach(async () => {
  honest.close();
  await seller.close();
  await stage.sweep();
});

async function openMarket(): Promise<void> {
  const sold = [
    service({ kind: FREE_KIND, handler: shout }),
    service({ kind: PRICED_KIND, handler: shout, priceSats: 10, exchanges: ['hold'] }),
  ];
  seller = await openSeller(stage, sold, { limits: FLOODED_LIMITS });
  honest = await openScriptedCustomer(stage);
  const providerPubkey = seller.provider.pubkey;
  target = {
    providerPubkey,
    relayUrl: stage.relayUrl,
    freeKind: FREE_KIND,
    pricedKind: PRICED_KIND,
    foreignJobId: (await buyHonestly(providerPubkey)).id,
    now: () => Math.floor(Date.now() / 1000),
  };
}

/** The honest customer asks for free work and gets it. */
async function buyHonestly(providerPubkey = target.providerPubkey): Promise<NostrEvent> {
  const asked = await honest.request(FREE_KIND, { targets: [providerPubkey] });
  expect((await honest.result(asked)).content).toBe('A RED FOX');
  return asked;
}

/** What the provider told others than the honest customer, by code. */
async function codesTold(): Promise<Set<string>> {
  const stored = await stage
    .openPool()
    .query([stage.relayUrl], [{ kinds: [7000], authors: [target.providerPubkey] }]);
  const codes = stored
    .filter(({ tags }) => !tags.some(([name, key]) => name === 'p' && key === honest.signer.pubkey))
    .flatMap((event) => {
      const read = parseJobFeedback(event);
      return read.ok && read.value.status === 'error' ? [read.value.error?.code ?? 'none'] : [];
    });
  return new Set(codes);
}

describe('the honest customer is served during a flood of', () => {
  test.each(FLOODS)(
    '$name',
    async ({ make, few, told, mostOpen }) => {
      await openMarket();
      const pool = stage.openPool();
      const events = await make(target, few);
      const flooding = Promise.all(events.map((event) => pool.publish(event, [stage.relayUrl])));
      for (let bought = 0; bought < JOBS_MEANWHILE; bought += 1) await buyHonestly();
      await flooding;
      await buyHonestly();
      const isTold = async () => expect(await codesTold()).toEqual(new Set(told));
      await vi.waitFor(isTold, { timeout: 20_000 });
      await seller.close();
      await isTold();
      const open = await seller.ledger.sales.countOpen(target.providerPubkey);
      expect(open.reduce((sum, { count }) => sum + count, 0)).toBeLessThanOrEqual(mostOpen);
      const troubles = seller.troubles.filter(({ code }) => code !== 'wallet-timeout'); // a busy machine, or the end
      expect(troubles).toEqual([]);
    },
    60_000,
  );
});
