import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { makeNutzap } from '../../src/ecash/index.ts';
import {
  buildNutzap,
  NUTZAP_INFO_KIND,
  NUTZAP_REDEMPTION_KIND,
  orThrow,
  parseAnnouncement,
  parseNutzap,
  parseNutzapInfo,
  type JobFeedback,
  type NostrEvent,
  type NutzapDraft,
} from '../../src/protocol/index.ts';
import { untilState } from '../customer/stage.ts';
import { about } from '../ecash/lying-mint.ts';
import { balanceSat, fund, sats, unixNow } from '../ecash/stage.ts';
import { openScriptedCustomer } from '../provider/scripted-customer.ts';
import type { Seller } from '../provider/stage.ts';
import { openEcashMarket, wishFor, type EcashMarket, type Purse } from './ecash-stage.ts';

let market: EcashMarket;
beforeAll(async () => {
  market = await openEcashMarket();
}, 60_000);
afterEach(() => market.sweep());
afterAll(() => market.close());

const ZAPPED = { exchanges: ['nutzap'] } as const;

/** What somebody has published of a kind. */
function said(kind: number, pubkey: string): Promise<NostrEvent[]> {
  return market.stage
    .openPool()
    .query([market.stage.relayUrl], [{ kinds: [kind], authors: [pubkey] }])
    .then((events) => [...events]);
}

describe('a job is sold and bought by a nutzap', () => {
  test.each([
    ['in clear', {}, 100],
    ['encrypted', { encrypted: true }, 100],
    ['with ecash that is bought for it', {}, 0],
  ] as const)('%s', async (_how, how, balance) => {
    const payee = market.openPurse();
    const payer = market.openPurse();
    if (balance > 0) await fund(payer.wallet, balance);
    const seller = await market.sell(ZAPPED, {}, payee);
    const purchase = orThrow(await market.buyer(payer).buy({ ...wishFor(seller), ...how }));
    expect(await purchase.result()).toMatchObject({
      ok: true,
      value: { content: 'A RED FOX', exchange: 'nutzap', amountMsat: 21_000n, settlement: 'settled' },
    });
    const sale = await seller.until(({ work }) => work === 'closed');
    expect(sale).toMatchObject({ money: 'settled' });
    expect(await seller.ledger.sales.receipts(sale)).toMatchObject([{ via: 'nutzap' }]);
    expect(await balanceSat(payee.wallet)).toBeGreaterThanOrEqual(21);
    await expect.poll(() => said(NUTZAP_REDEMPTION_KIND, seller.signer.pubkey)).toHaveLength(1);
    const [announced] = await said(31990, seller.signer.pubkey);
    expect(announced && orThrow(parseAnnouncement(announced))).toMatchObject({ acceptsNutzaps: true });
  });

  test('and passed over where its provider does not say how it takes them', async () => {
    const payer = market.openPurse();
    await fund(payer.wallet, 50);
    const provider = await market.stage.openProvider('alice');
    const ledger = market.stage.openLedger();
    const wish = { kind: 5050, inputs: ['a red fox'], maxAmountMsat: sats(21), deadlineSeconds: 3 };
    const purchase = orThrow(await market.buyer(payer, { ledger }).buy(wish));
    const request = await provider.nextRequest();
    const ecash = { mints: [market.proxy.url], htlc: null };
    await provider.say(request, {
      status: 'payment-required',
      exchange: 'nutzap',
      amountMsat: sats(21),
      ecash,
    });
    expect(await purchase.result()).toMatchObject({ ok: false, failure: { code: 'offers-failed' } });
    expect(await balanceSat(payer.wallet)).toBe(50);
    expect((await ledger.spending.spent(payer.signer.pubkey)).todayMsat).toBe(0n);
  });
});

/** An offer that waits for its nutzap, and somebody who makes some. */
async function openDeal() {
  const payee = market.openPurse();
  const payer = market.openPurse();
  await fund(payer.wallet, 200);
  const seller = await market.sell(ZAPPED, {}, payee);
  const customer = await openScriptedCustomer(market.stage);
  const request = await customer.request(wishFor(seller).kind, { exchanges: ['nutzap'] });
  const offer = await customer.feedback(request, 'payment-required');
  const [info] = await said(NUTZAP_INFO_KIND, seller.signer.pubkey);
  if (info === undefined) throw new Error('The provider said nothing of nutzaps.');
  return { payee, payer, seller, customer, request, offer, info };
}
type Deal = Awaited<ReturnType<typeof openDeal>>;

let zaps = 0;
async function zap(
  { payer, info }: Deal,
  zapped: { readonly id: string; readonly kind: number },
  amount = 21,
): Promise<NostrEvent> {
  const wish = { info: orThrow(parseNutzapInfo(info)), amountMsat: sats(amount), zapped };
  return orThrow(await makeNutzap(payer, { ...wish, key: `zap ${++zaps}`, createdAt: unixNow() }));
}

const publish = (event: NostrEvent) => market.stage.openPool().publish(event, [market.stage.relayUrl]);

const offerOf = ({ event }: JobFeedback) => ({ id: event.id, kind: event.kind });

async function untilLooked(seller: Seller, code: string): Promise<void> {
  await expect
    .poll(() => seller.troubles.map((trouble) => trouble.code), { timeout: 10_000 })
    .toContain(code);
}

describe('of the nutzaps that a provider hears', () => {
  test('one for the request pays as well, and two halves pay together', async () => {
    const deal = await openDeal();
    await publish(await zap(deal, deal.request, 10));
    const half = await deal.seller.until(({ version }) => version > 2);
    expect(half).toMatchObject({ work: 'accepted', money: 'quoted' });
    await publish(await zap(deal, offerOf(deal.offer), 11));
    expect((await deal.customer.result(deal.request)).content).toBe('A RED FOX');
  });

  test.each<[string, (draft: NutzapDraft) => Partial<NutzapDraft>]>([
    [
      'of pieces that no mint signed',
      ({ proofs }) => ({ proofs: proofs.map((p) => ({ ...p, amount: p.amount * 2n })) }),
    ],
    ['for another job', () => ({ zapped: { id: 'cd'.repeat(32), kind: 7000 } })],
    ['for somebody else', () => ({ recipientPubkey: 'ef'.repeat(32) })],
  ])('one %s pays nothing, and the honest one after it does', async (_what, change) => {
    const deal = await openDeal();
    const honest = await zap(deal, offerOf(deal.offer));
    const { recipientPubkey, mint, proofs } = orThrow(parseNutzap(honest));
    const zapped = offerOf(deal.offer);
    const draft = { recipientPubkey, mint, unit: 'sat', proofs, zapped, createdAt: unixNow() };
    await publish(await deal.payer.signer.sign(buildNutzap({ ...draft, ...change(draft) })));
    await publish(honest);
    const sale = await deal.seller.until(({ money }) => money === 'settled');
    expect(await deal.seller.ledger.sales.receipts(sale)).toMatchObject([{ paymentHash: honest.id }]);
  });

  test('one whose ecash paid already pays nothing more', async () => {
    const deal = await openDeal();
    const first = await zap(deal, offerOf(deal.offer));
    const { recipientPubkey, mint, proofs } = orThrow(parseNutzap(first));
    await publish(first);
    await deal.seller.until(({ money }) => money === 'settled');
    const second = await deal.customer.request(deal.request.kind, { exchanges: ['nutzap'] });
    const zapped = offerOf(await deal.customer.feedback(second, 'payment-required'));
    const again = { recipientPubkey, mint, unit: 'sat', proofs, zapped, createdAt: unixNow() };
    await publish(await deal.payer.signer.sign(buildNutzap(again)));
    const other = await zap(deal, zapped);
    await publish(other);
    const sale = await deal.seller.until(
      ({ requestId, money }) => requestId === second.id && money === 'settled',
    );
    expect(await deal.seller.ledger.sales.receipts(sale)).toMatchObject([{ paymentHash: other.id }]);
  });

  test('one whose mint is silent is redeemed when it answers', { timeout: 30_000 }, async () => {
    const deal = await openDeal();
    const event = await zap(deal, offerOf(deal.offer));
    market.proxy.lie(about('POST /v1/swap', async () => 'break'));
    await publish(event);
    await untilLooked(deal.seller, 'mint-unreachable');
    expect(deal.seller.moves.some(({ money }) => money === 'settled')).toBe(false);
    market.proxy.lie();
    expect((await deal.customer.result(deal.request)).content).toBe('A RED FOX');
  });
});

describe('a refund', () => {
  /** Says how that key takes nutzaps. */
  async function announce(purse: Purse): Promise<void> {
    expect(await market.ecashOf(purse).announce()).toBe(true);
  }

  test('goes to the kind 10019 of the customer, whose purchase is refunded then', async () => {
    const payee = market.openPurse();
    const payer = market.openPurse();
    await fund(payee.wallet, 100);
    await fund(payer.wallet, 100);
    await announce(payer);
    const handler = () => Promise.reject(new Error('out of paper'));
    const seller = await market.sell({ ...ZAPPED, handler }, {}, payee);
    const customer = market.buyer(payer);
    const purchase = orThrow(await customer.buy(wishFor(seller)));
    const sale = await seller.until(({ money }) => money === 'refunded');
    expect(sale.refund?.via).toBe('ecash');
    await untilState(customer, purchase.requestId, 'refunded');
    expect(await purchase.result()).toMatchObject({
      failure: { code: 'provider-failed', data: { refunded: true, errorCode: 'handler-failed' } },
    });
    expect(await balanceSat(payer.wallet)).toBeGreaterThanOrEqual(97);
  });

  test('goes by Lightning where the provider has too little ecash', async () => {
    const payee = market.openPurse();
    const payer = market.openPurse();
    await fund(payer.wallet, 100);
    await announce(payer);
    const handler = () => Promise.reject(new Error('out of paper'));
    const seller = await market.sell({ ...ZAPPED, handler }, {}, payee);
    const customer = market.buyer(payer);
    const purchase = orThrow(await customer.buy(wishFor(seller)));
    const sale = await seller.until(({ money }) => money === 'refunded');
    expect(sale.refund?.via).toBe('claim');
    expect(seller.troubles.map(({ code }) => code)).toContain('insufficient-ecash');
    await untilState(customer, purchase.requestId, 'refunded');
  });
});
