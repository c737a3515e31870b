import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { orThrow, type NostrEvent } from '../../src/protocol/index.ts';
import { fund, sats } from '../ecash/stage.ts';
import { openEcashMarket, wishFor, type EcashMarket } from './ecash-stage.ts';

let market: EcashMarket;
beforeAll(async () => {
  market = await openEcashMarket();
}, 60_000);
afterEach(() => market.sweep());
afterAll(() => market.close());

const LOCKED = { exchanges: ['ecash-htlc'] } as const;

const mintsOf = (event: NostrEvent | undefined) =>
  event?.tags.flatMap(([name, value]) => (name === 'mint' ? [value] : []));

describe('a job is paid in ecash', () => {
  test('at the mint of both where the customer has enough, as its request says', async () => {
    const [rich, poor] = [market.mint.url, market.proxy.url]; // two addresses of one mint count as two
    const payer = market.openPurse({ mintUrls: [rich, poor] });
    await fund(payer.wallet, 100);
    const payee = market.openPurse({ mintUrls: ['https://mint.example', poor, rich] });
    const seller = await market.sell(LOCKED, {}, payee);
    const customer = market.buyer(payer);
    const purchase = orThrow(await customer.buy(wishFor(seller)));
    orThrow(await purchase.result());
    const { request, offer } = (await customer.get(purchase.requestId)) ?? expect.fail('it is not booked');
    expect(mintsOf(request)).toEqual([rich, poor]);
    expect(mintsOf(offer?.event)).toEqual([poor, rich]);
    for await (const { kind, mintUrl } of payer.wallet.movements())
      expect([kind, mintUrl]).not.toEqual(['mint', poor]);
  });

  test('not where customer and provider trust no mint together, which is said with what is taken', async () => {
    const payer = market.openPurse({ mintUrls: [market.mint.url] });
    const seller = await market.sell({ ...LOCKED, worstSeconds: 1 });
    const purchase = orThrow(await market.buyer(payer).buy({ ...wishFor(seller), deadlineSeconds: 10 }));
    const ended = await purchase.result();
    expect(ended).toMatchObject({
      failure: { code: 'no-offer', data: { providerErrors: [{ code: 'no-common-exchange' }] } },
    });
    expect(JSON.stringify(ended)).toContain(market.proxy.url);
  });

  test('not before the customer has the ecash, or can buy it: that is said instead of an approval', async () => {
    const lightning = { ...market.stage.wallet(), canPayFor: (key: string) => !key.startsWith('job ') };
    const payer = market.openPurse({ lightning });
    const seller = await market.sell(LOCKED);
    const customer = market.buyer(payer);
    const purchase = orThrow(await customer.buy({ ...wishFor(seller), approval: 'ask' }));
    await vi.waitFor(() => expect(purchase.comparison().offers).toHaveLength(1), { timeout: 20_000 });
    const [{ id: offerId } = { id: '' }] = purchase.comparison().offers;
    const approve = () => customer.approve(purchase.requestId, { offerId, maxAmountMsat: sats(21) });
    expect(await approve()).toMatchObject({
      failure: { code: 'offer-not-takeable', data: { reason: 'ecash-too-little' } },
    });
    const wish = {
      key: 'job by hand',
      mints: payer.wallet.mintUrls,
      paymentHash: 'ab'.repeat(32),
      lockPubkey: payer.wallet.lockPubkey,
      refundAfter: 4_000_000_000,
      amountMsat: sats(21),
      feeLimitMsat: sats(2),
    };
    expect(await market.ecashOf(payer).lock(wish)).toMatchObject({ failure: { code: 'insufficient-ecash' } });
    await fund(payer.wallet, 100);
    orThrow(await approve());
    expect(orThrow(await purchase.result())).toMatchObject({ exchange: 'ecash-htlc' });
  });
});
