import { createHTLCsecret, getEncodedToken, type Proof } from '@cashu/cashu-ts';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import type { SentEcash } from '../../src/ecash/index.ts';
import { wrapFor } from '../../src/keys/index.ts';
import {
  failure,
  isPreimageOf,
  orThrow,
  refundNotBefore,
  wrapJobMessage,
  type JobFeedback,
  type NostrEvent,
} from '../../src/protocol/index.ts';
import { untilState } from '../customer/stage.ts';
import { about } from '../ecash/lying-mint.ts';
import { balanceSat, codeOf, fund, sats, unixNow } from '../ecash/stage.ts';
import type { Seller } from '../provider/stage.ts';
import { openScriptedCustomer, type ScriptedCustomer } from '../provider/scripted-customer.ts';
import { openEcashMarket, wishFor, type EcashMarket, type Purse } from './ecash-stage.ts';

let market: EcashMarket;
beforeAll(async () => {
  market = await openEcashMarket();
}, 60_000);
afterEach(() => market.sweep());
afterAll(() => market.close());

const LOCKED = { exchanges: ['ecash-htlc'] } as const;

describe('a job is sold and bought by ecash-htlc', () => {
  test.each([
    ['in clear', {}, 100],
    ['encrypted', { encrypted: true }, 100],
    ['with ecash that is bought for it', {}, 0],
  ] as const)('%s', async (_how, how, balance) => {
    const payee = market.openPurse();
    const payer = market.openPurse();
    if (balance > 0) await fund(payer.wallet, balance);
    const seller = await market.sell(LOCKED, {}, payee);
    const purchase = orThrow(await market.buyer(payer).buy({ ...wishFor(seller), ...how }));
    expect(await purchase.result()).toMatchObject({
      ok: true,
      value: { content: 'A RED FOX', exchange: 'ecash-htlc', amountMsat: 21_000n, settlement: 'settled' },
    });
    const sale = await seller.until(({ work }) => work === 'closed');
    expect(sale).toMatchObject({ money: 'settled' });
    expect(await seller.ledger.sales.receipts(sale)).toMatchObject([
      { via: 'ecash', paymentHash: sale.quote?.paymentHash },
    ]);
    expect(await balanceSat(payee.wallet)).toBeGreaterThanOrEqual(21);
  });

  test('the preimage at the mint is the receipt, and the payment counts against the caps', async () => {
    const payer = market.openPurse();
    await fund(payer.wallet, 100);
    const seller = await market.sell(LOCKED);
    const ledger = market.stage.openLedger();
    const caps = { perJobMsat: sats(100), perDayMsat: sats(40) };
    const customer = market.buyer(payer, { ledger, caps });
    const first = orThrow(await customer.buy(wishFor(seller)));
    const receipt = orThrow(await first.result());
    const sale = await seller.until(({ money }) => money === 'settled');
    expect(isPreimageOf(receipt.preimage ?? '', sale.quote?.paymentHash ?? '')).toBe(true);
    const { todayMsat } = await ledger.spending.spent(payer.signer.pubkey);
    expect(todayMsat).toBe(21_000n + receipt.feePaidMsat);
    const second = orThrow(await customer.buy(wishFor(seller)));
    expect(await second.result()).toMatchObject({ ok: false, failure: { code: 'over-budget' } });
  });

  test('that takes longer than money may be held', async () => {
    const payer = market.openPurse();
    await fund(payer.wallet, 100);
    const seller = await market.sell({ worstSeconds: 2 * 86_400 });
    const wish = { ...wishFor(seller), deadlineSeconds: 3 * 86_400 };
    const purchase = orThrow(await market.buyer(payer).buy(wish));
    expect(await purchase.result()).toMatchObject({ ok: true, value: { exchange: 'ecash-htlc' } });
  });

  test('and redeemed at once where one page is customer and provider, on the same books', async () => {
    const ledger = market.stage.openLedger();
    const payer = market.openPurse();
    await fund(payer.wallet, 100);
    const seller = await market.sell(LOCKED, { ledger, limits: { sweepSeconds: 600 } });
    const customer = market.buyer(payer, { ledger });
    for (let job = 0; job < 3; job++) {
      const { requestId } = orThrow(await customer.buy(wishFor(seller)));
      await seller.until((sale) => sale.requestId === requestId && sale.money === 'settled'); // no sweep helps
    }
  });
});

test('ecash that cannot be given is told to whoever approved the offer, and not tried again by itself', async () => {
  const payer = market.openPurse();
  const seller = await market.sell(LOCKED);
  const refusals = [
    [failure('mint-refused', 'No.'), { by: 'mint', reason: 'mint-refused' }],
    [failure('payment-failed', 'No.', { reason: 'over-budget' }), { by: 'wallet', reason: 'over-budget' }],
  ] as const;
  let refused = 0;
  const ecash = market.ecashOf(payer);
  const lock: typeof ecash.lock = (...wish) => {
    const refusal = refusals[refused++];
    return refusal === undefined ? ecash.lock(...wish) : Promise.resolve(refusal[0]);
  };
  const customer = market.buyer(payer, { ecash: { ...ecash, lock } });
  const purchase = orThrow(await customer.buy({ ...wishFor(seller), approval: 'ask' }));
  const [offer] = await vi.waitFor(
    () => {
      const { offers } = purchase.comparison();
      expect(offers).toHaveLength(1);
      return offers;
    },
    { timeout: 20_000 },
  );
  const approval = { offerId: offer?.id ?? '', maxAmountMsat: sats(21) };
  for (const [times, [, data]] of refusals.entries()) {
    orThrow(await customer.approve(purchase.requestId, approval));
    await vi.waitFor(
      async () =>
        expect(await customer.get(purchase.requestId)).toMatchObject({
          state: 'requested',
          failure: { code: 'wallet-refused', data },
        }),
      { timeout: 20_000 },
    );
    expect(refused).toBe(times + 1);
  }
  orThrow(await customer.approve(purchase.requestId, approval));
  expect(await purchase.result()).toMatchObject({ ok: true, value: { exchange: 'ecash-htlc' } });
  expect(refused).toBe(3);
});

/** A customer whose offer stands, and who sends what a test wants. */
interface Deal {
  readonly seller: Seller;
  readonly payee: Purse;
  readonly payer: Purse;
  readonly customer: ScriptedCustomer;
  readonly request: NostrEvent;
  readonly offer: JobFeedback;
}

async function openDeal(handler?: () => Promise<string>): Promise<Deal> {
  const payee = market.openPurse();
  const payer = market.openPurse();
  await fund(payer.wallet, 100);
  const seller = await market.sell({ ...LOCKED, ...(handler ? { handler } : {}) }, {}, payee);
  const customer = await openScriptedCustomer(market.stage);
  const { kind } = wishFor(seller);
  const request = await customer.request(kind, { exchanges: ['ecash-htlc'] });
  return {
    seller,
    payee,
    payer,
    customer,
    request,
    offer: await customer.feedback(request, 'payment-required'),
  };
}

const lockOf = ({ ecash, validUntil, worstSeconds }: JobFeedback, { wallet }: Purse) => ({
  kind: 'htlc' as const,
  paymentHash: ecash.htlc?.paymentHash ?? '',
  pubkey: ecash.htlc?.lockPubkey ?? '',
  refundPubkey: wallet.lockPubkey,
  refundAfter: refundNotBefore({ validUntil: validUntil ?? 0, worstSeconds: worstSeconds ?? 0 }),
});

let sends = 0;
async function locked(
  { payer, offer }: Deal,
  change: Partial<ReturnType<typeof lockOf>> = {},
  amount = 21,
): Promise<SentEcash> {
  const lock = { ...lockOf(offer, payer), ...change };
  const [mintUrl = ''] = payer.wallet.mintUrls;
  return orThrow(
    await payer.wallet.send({ key: `send ${++sends}`, mintUrl, amountMsat: sats(amount), lock }),
  );
}

async function send({ customer, seller, request }: Deal, token: string, author = customer): Promise<void> {
  const createdAt = unixNow();
  const draft = { type: 'token', token, requestId: request.id, text: '', createdAt } as const;
  const wrap = await wrapJobMessage(draft, wrapFor(seller.signer.pubkey, author.signer, createdAt));
  await market.stage.openPool().publish(orThrow(wrap), [market.stage.relayUrl]);
}

/** The same pieces with other secrets, which no mint has signed. */
function relocked({ mintUrl, proofs }: SentEcash, secretOf: () => string): string {
  const changed = proofs.map(({ dleq, ...proof }) => ({
    ...proof,
    secret: secretOf(),
    ...(dleq === null ? {} : { dleq }),
  }));
  return getEncodedToken({ mint: mintUrl, unit: 'sat', proofs: changed as unknown as Proof[] });
}

const OTHER = '79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798';

describe('ecash that is not what was offered ends the job unpaid:', () => {
  test.each<[string, string, (deal: Deal) => Promise<string>]>([
    [
      'locked to another hash',
      'wrong-lock',
      async (deal) => (await locked(deal, { paymentHash: OTHER })).token,
    ],
    [
      'locked to the hash of another job',
      'wrong-lock',
      async (deal) => {
        const other = await deal.customer.request(deal.request.kind, { exchanges: ['ecash-htlc'] });
        const { ecash } = await deal.customer.feedback(other, 'payment-required');
        return (await locked(deal, { paymentHash: ecash.htlc?.paymentHash ?? '' })).token;
      },
    ],
    ['locked to another key', 'wrong-lock', async (deal) => (await locked(deal, { pubkey: OTHER })).token],
    [
      'that its owner can take back too early',
      'wrong-lock',
      async (deal) =>
        (await locked(deal, { refundAfter: lockOf(deal.offer, deal.payer).refundAfter - 1 })).token,
    ],
    [
      'with a further condition',
      'wrong-lock',
      async (deal) => {
        const { paymentHash, pubkey, refundPubkey, refundAfter } = lockOf(deal.offer, deal.payer);
        const tags = [
          ['pubkeys', `02${pubkey}`, `02${OTHER}`],
          ['locktime', String(refundAfter)],
          ['refund', `02${refundPubkey}`],
        ];
        return relocked(await locked(deal), () => createHTLCsecret(paymentHash, tags));
      },
    ],
    ['for less than the price', 'too-little', async (deal) => (await locked(deal, {}, 20)).token],
    [
      'that was spent',
      'already-spent',
      async (deal) => {
        const { token } = await locked(deal);
        const sale = await deal.seller.until(({ money }) => money === 'quoted');
        const { preimage, paymentHash } = sale.quote ?? {};
        const lock = { kind: 'htlc', paymentHash: paymentHash ?? '', refundNotBefore: 0 } as const;
        const wish = { key: 'before', ecash: token, lock, minAmountMsat: sats(1) };
        orThrow(await deal.payee.wallet.redeem({ ...wish, preimage: preimage ?? '' }));
        return token;
      },
    ],
    [
      'of another mint',
      'untrusted-mint',
      async (deal) => {
        const elsewhere = market.openPurse({ mintUrls: [market.mint.url] });
        await fund(elsewhere.wallet, 50);
        return (await locked({ ...deal, payer: elsewhere })).token;
      },
    ],
    ['that is no token', 'malformed-token', async () => 'cashuBnonsense'],
  ])('%s: %s', async (_what, reason, make) => {
    const deal = await openDeal();
    await send(deal, await make(deal));
    const error = await deal.customer.feedback(deal.request, 'error');
    expect(error.error?.code).toBe('ecash-refused');
    const sale = await deal.seller.until(
      ({ requestId, money }) => requestId === deal.request.id && money === 'lapsed',
    );
    expect(sale).toMatchObject({ work: 'failed', failure: { data: { reason } } });
    expect(deal.seller.moves.some(({ money }) => money === 'locked')).toBe(false);
  });

  test('and what a stranger sends for it changes nothing', async () => {
    const deal = await openDeal();
    const stranger = await openScriptedCustomer(market.stage);
    const { token } = await locked(deal);
    await send(deal, 'cashuBnonsense', stranger);
    await send(deal, token);
    expect((await deal.customer.result(deal.request)).content).toBe('A RED FOX');
    await deal.seller.until(({ money }) => money === 'settled');
  });
});

describe('locked ecash', () => {
  test('is money only when it was swapped: a mint that is silent then is asked until it answers', async () => {
    const deal = await openDeal();
    const { token } = await locked(deal);
    market.proxy.lie(about('POST /v1/swap', async () => 'break'));
    await send(deal, token);
    await deal.customer.result(deal.request);
    await deal.seller.until(({ money }) => money === 'settling');
    expect(await balanceSat(deal.payee.wallet)).toBe(0);
    expect(deal.seller.moves.some(({ money }) => money === 'settled')).toBe(false);
    market.proxy.lie();
    await deal.seller.until(({ money }) => money === 'settled');
    expect(await balanceSat(deal.payee.wallet)).toBeGreaterThanOrEqual(21);
  });

  test('of which the mint says nothing is worked for, and nothing is published on a guess', async () => {
    const working = Promise.withResolvers<void>();
    const done = Promise.withResolvers<string>();
    const deal = await openDeal(() => {
      working.resolve();
      return done.promise;
    });
    await send(deal, (await locked(deal)).token);
    await working.promise;
    const asked = Promise.withResolvers<void>();
    market.proxy.lie(
      about('POST /v1/checkstate', async () => {
        asked.resolve();
        return 'break';
      }),
    );
    done.resolve('the secret work');
    await asked.promise;
    expect(deal.seller.moves.some(({ work }) => work === 'ready')).toBe(false);
    market.proxy.lie();
    expect((await deal.customer.result(deal.request)).content).toBe('the secret work');
  });

  test('cannot be taken back before its time, nor by whoever learns the preimage', async () => {
    const never = Promise.withResolvers<string>();
    const deal = await openDeal(() => never.promise);
    const { token } = await locked(deal);
    await send(deal, token);
    const sale = await deal.seller.until(({ money }) => money === 'locked');
    expect(codeOf(await deal.payer.wallet.refund({ key: `send ${sends}` }))).toBe('refund-too-early');
    const thief = market.openPurse();
    const lock = { kind: 'htlc', paymentHash: sale.quote?.paymentHash ?? '', refundNotBefore: 0 } as const;
    const preimage = sale.quote?.preimage ?? '';
    const wish = { key: 'theft', ecash: token, lock, minAmountMsat: sats(1), preimage };
    expect(codeOf(await thief.wallet.redeem(wish))).toBe('wrong-lock');
    never.resolve('done');
    await deal.seller.until(({ money }) => money === 'settled');
  });

  test('that is redeemed without delivery leaves the customer the proof', async () => {
    const never = Promise.withResolvers<string>();
    const payee = market.openPurse();
    const payer = market.openPurse();
    await fund(payer.wallet, 100);
    const seller = await market.sell({ ...LOCKED, handler: () => never.promise }, {}, payee);
    const ledger = market.stage.openLedger();
    const customer = market.buyer(payer, { ledger });
    const purchase = orThrow(await customer.buy(wishFor(seller)));
    const { token, quote } = await seller.until(({ money }) => money === 'locked');
    const lock = { kind: 'htlc', paymentHash: quote?.paymentHash ?? '', refundNotBefore: 0 } as const;
    const preimage = quote?.preimage ?? '';
    const theft = { key: 'theft', ecash: token ?? '', lock, minAmountMsat: sats(1), preimage };
    orThrow(await payee.wallet.redeem(theft));
    expect(await untilState(customer, purchase.requestId, 'paid')).toMatchObject({ preimage });
    market.stage.clock.aheadSeconds = 100;
    await customer.close();
    const [later] = await market.buyer(payer, { ledger }).resume();
    expect(await later?.result()).toMatchObject({ ok: false, failure: { code: 'undelivered' } });
    const kept = await ledger.purchases.get(purchase.requestId);
    expect(kept).toMatchObject({
      state: 'undelivered',
      preimage,
      offer: { providerPubkey: seller.signer.pubkey },
    });
    never.resolve('too late');
  });

  test('of a job that fails is taken back by itself, and counts as not spent', async () => {
    const { clock } = market.stage;
    clock.aheadSeconds = -3000; // the mint, which has the true time, sees the end of the lock already
    const now = () => unixNow() + clock.aheadSeconds;
    const payer = market.openPurse({ now });
    await fund(payer.wallet, 100);
    const handler = () => Promise.reject(new Error('out of paper'));
    const seller = await market.sell({ ...LOCKED, handler }, { now: () => unixNow() - 3000 });
    const ledger = market.stage.openLedger();
    const customer = market.buyer(payer, { ledger });
    const purchase = orThrow(await customer.buy({ ...wishFor(seller), deadlineSeconds: 3600 }));
    expect(await purchase.result()).toMatchObject({
      failure: { code: 'provider-failed', data: { refunded: false, errorCode: 'handler-failed' } },
    });
    await seller.until(({ money }) => money === 'released');
    await customer.close();
    const before = await balanceSat(payer.wallet);

    clock.aheadSeconds = 0;
    const next = market.buyer(payer, { ledger });
    await next.resume();
    await untilState(next, purchase.requestId, 'refunded');
    expect(await balanceSat(payer.wallet)).toBeGreaterThanOrEqual(before + 20);
    expect((await ledger.spending.spent(payer.signer.pubkey)).todayMsat).toBe(0n);
  });
});
