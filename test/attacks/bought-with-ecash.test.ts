import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { orThrow } from '../../src/protocol/index.ts';
import { fund } from '../ecash/stage.ts';
import { openEcashMarket, wishFor, type EcashMarket } from '../exchange/ecash-stage.ts';

let market: EcashMarket;
beforeAll(async () => {
  market = await openEcashMarket();
}, 60_000);
afterEach(() => market.sweep());
afterAll(() => market.close());

test('a provider that redeems a nutzap and vanishes leaves its signed offer', async () => {
  const payer = market.openPurse();
  await fund(payer.wallet, 100);
  const seller = await market.sell({ exchanges: ['nutzap'], handler: () => new Promise(() => undefined) });
  const ledger = market.stage.openLedger();
  const customer = market.buyer(payer, { ledger });
  const { requestId } = orThrow(await customer.buy(wishFor(seller)));
  await seller.until(({ money }) => money === 'settled');
  await seller.close();
  market.stage.clock.aheadSeconds = 3600;
  await customer.close();
  const [later] = await market.buyer(payer, { ledger }).resume();
  expect(await later?.result()).toMatchObject({ ok: false, failure: { code: 'undelivered' } });
  expect(await ledger.purchases.get(requestId)).toMatchObject({
    state: 'undelivered',
    offer: { exchange: 'nutzap', event: { pubkey: seller.signer.pubkey } },
    result: null,
  });
});
