import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { SUPPORTED_EXCHANGES, type PurchaseUpdate } from '../../src/customer/index.ts';
import { orThrow, satsToMsat } from '../../src/protocol/index.ts';
import { service, type JobHandler } from '../../src/provider/index.ts';
import { openBuyingStage, type BuyingStage } from '../customer/stage.ts';
import { openSeller, type Seller } from '../provider/stage.ts';

let stage: BuyingStage;
const sellers: Seller[] = [];

beforeAll(async () => {
  stage = await openBuyingStage();
}, 60_000);
afterEach(async () => {
  for (const seller of sellers.splice(0)) await seller.close();
  await stage.sweep();
});
afterAll(() => stage.close());

const SECRET = 'the quick red fox jumps over the lazy dog';
const shout: JobHandler = async ({ text }) => text.toUpperCase();

/** Everything that anybody can read on the relay about a job. */
async function publicWords(requestId: string): Promise<string> {
  const events = await stage
    .openPool()
    .query([stage.relayUrl], [{ ids: [requestId] }, { '#e': [requestId] }]);
  return JSON.stringify(events);
}

async function balances(): Promise<{ customer: bigint; provider: bigint }> {
  return {
    customer: orThrow(await stage.wallet().balance()).spendableMsat,
    provider: orThrow(await stage.bank.wallet('alice').balance()).spendableMsat,
  };
}

/** A kind for each test: requests of the others still stand on the relay. */
let kind = 5850;

describe.each([
  ['in clear', false],
  ['encrypted', true],
] as const)('a job %s', (_how, encrypted) => {
  test.each(SUPPORTED_EXCHANGES.filter((mode) => !['zap', 'ecash-htlc', 'nutzap', 'balance'].includes(mode)))(
    'is sold and bought by %s',
    async (exchange) => {
      kind += 1;
      const priceSats = exchange === 'free' ? 0 : 10;
      const seller = await openSeller(
        stage,
        [service({ kind, priceSats, exchanges: [exchange], handler: shout })],
        {
          trust: () => ({
            workUnpaidUpToMsat: satsToMsat(10),
            deliverUnpaidUpToMsat: satsToMsat(10),
          }),
        },
      );
      sellers.push(seller);
      const before = await balances();
      const purchase = orThrow(
        await stage.openCustomer().buy({
          kind,
          inputs: [SECRET],
          maxAmountMsat: satsToMsat(10),
          targets: [seller.provider.pubkey],
          ...(encrypted ? { encrypted } : {}),
        }),
      );
      const updates: PurchaseUpdate[] = [];
      const following = (async () => {
        for await (const update of purchase.events()) updates.push(update);
      })();

      expect(await purchase.result()).toMatchObject({
        ok: true,
        value: {
          content: SECRET.toUpperCase(),
          providerPubkey: seller.provider.pubkey,
          exchange,
          amountMsat: satsToMsat(priceSats),
          settlement: exchange === 'free' ? 'none' : 'settled',
        },
      });
      await seller.until(({ work }) => work === 'closed');
      await following;

      const paid = satsToMsat(priceSats);
      expect(await balances()).toEqual({
        customer: before.customer - paid,
        provider: before.provider + paid,
      });
      const words = await publicWords(purchase.requestId);
      expect(words.includes(SECRET)).toBe(!encrypted);
      expect(words.includes(SECRET.toUpperCase())).toBe(!encrypted && exchange !== 'reveal');
      const samples = updates.flatMap((update) => (update.type === 'partial' ? [update.content] : []));
      expect(samples).toEqual(exchange === 'sample' ? [SECRET.toUpperCase().slice(0, 9)] : []);
    },
  );
});
