import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { CustomerRecord } from '../../src/ledger/index.ts';
import {
  KEPT_ONCE_BEGUN,
  msat,
  openReveal,
  orThrow,
  parseInvoice,
  satsToMsat,
  success,
} from '../../src/protocol/index.ts';
import { service, type JobHandler, type ProviderOptions, type Service } from '../../src/provider/index.ts';
import { faultyWallet } from '../customer/faulty-wallet.ts';
import { openBuyingStage, type BuyingStage } from '../customer/stage.ts';
import { openScriptedCustomer, type ScriptedCustomer } from './scripted-customer.ts';
import { openSeller, workOf, type Seller } from './stage.ts';

let stage: BuyingStage;
let customer: ScriptedCustomer;
const sellers: Seller[] = [];
/** A kind for each test: requests of the others still stand on the relay. */
let kind = 5060;

beforeAll(async () => {
  stage = await openBuyingStage();
}, 60_000);
afterEach(async () => {
  kind += 1;
  customer.close();
  for (const seller of sellers.splice(0)) await seller.close();
  await stage.sweep();
});
afterAll(() => stage.close());

const shout: JobHandler = async ({ text }) => text.toUpperCase();
const trusting = (sats: number) => () => ({
  workUnpaidUpToMsat: satsToMsat(sats),
  deliverUnpaidUpToMsat: satsToMsat(sats),
});

async function sell(
  exchange: NonNullable<Service['exchanges']>[number],
  handler: JobHandler = shout,
  { conditions = [], ...told }: Partial<ProviderOptions> & Pick<Service, 'conditions'> = {},
): Promise<Seller> {
  customer = await openScriptedCustomer(stage);
  const offered = service({ kind, handler, priceSats: 10, exchanges: [exchange], conditions });
  const seller = await openSeller(stage, [offered], { trust: trusting(10), ...told });
  sellers.push(seller);
  return seller;
}

async function balance(role: string): Promise<bigint> {
  return orThrow(await stage.bank.wallet(role).balance()).spendableMsat;
}

describe('prepay', () => {
  test('the money is ours before the work begins, and booked once', async () => {
    const seller = await sell('prepay');
    const before = await balance('alice');
    const request = await customer.request(kind);
    const offer = await customer.feedback(request, 'payment-required');
    expect(offer).toMatchObject({ exchange: 'prepay', amount: { msat: 10_000n } });
    await customer.pay(offer.bolt11);
    expect((await customer.result(request)).content).toBe('A RED FOX');
    const sale = await seller.until(({ work }) => work === 'closed');
    expect(workOf(seller, request.id)).toEqual([
      'received',
      'accepted',
      'working',
      'ready',
      'delivered',
      'closed',
    ]);
    expect(sale.money).toBe('settled');
    expect(await seller.ledger.sales.receipts(sale)).toMatchObject([{ via: 'invoice', amountMsat: 10_000n }]);
    expect(await balance('alice')).toBe(before + 10_000n);
  });

  test('work that fails after the payment owes the money back', async () => {
    const seller = await sell('prepay', () => Promise.reject(new Error('no')));
    const request = await customer.request(kind);
    await customer.pay((await customer.feedback(request, 'payment-required')).bolt11);
    const sale = await seller.until(({ money }) => money === 'refund-due');
    expect(sale).toMatchObject({ work: 'failed', failure: { code: 'handler-failed' } });
    expect((await customer.feedback(request, 'error')).error?.code).toBe('handler-failed');
  });

  test('a payment that comes after the cancellation owes the money back', async () => {
    const seller = await sell('prepay');
    const request = await customer.request(kind);
    const offer = await customer.feedback(request, 'payment-required');
    await customer.cancel(request);
    await seller.until(({ work }) => work === 'cancelled');
    await customer.pay(offer.bolt11);
    expect(await seller.until(({ money }) => money === 'refund-due')).toMatchObject({ work: 'cancelled' });
  });

  test.each([false, true])(
    'a customer that cancels midway: the terms keep its payment: %s',
    async (keeps) => {
      const started = Promise.withResolvers<void>();
      const seller = await sell(
        'prepay',
        ({ signal }) => {
          started.resolve();
          return new Promise((_resolve, reject) => {
            signal.addEventListener('abort', () => reject(new Error('stopped')));
          });
        },
        { conditions: keeps ? [KEPT_ONCE_BEGUN] : [] },
      );
      const request = await customer.request(kind);
      const offer = await customer.feedback(request, 'payment-required');
      expect(offer.conditions).toEqual(keeps ? [{ code: 'cancellation', detail: 'kept-once-begun' }] : []);
      await customer.pay(offer.bolt11);
      await started.promise;
      await customer.cancel(request);
      const sale = await seller.until(({ work }) => work === 'cancelled');
      expect(sale.money).toBe(keeps ? 'settled' : 'refund-due');
    },
  );

  test('a payment that shows only after its offer lapsed owes the money back', async () => {
    const wallet = stage.bank.wallet('alice');
    let isBlind = true;
    let ahead = 0;
    const late = faultyWallet(wallet, {
      lookup: async (payment, call) => {
        const found = await wallet.lookup(payment, call);
        return isBlind && found.ok && found.value ? success({ ...found.value, state: 'pending' }) : found;
      },
      subscribe: (listener, signal) => wallet.subscribe((notice) => !isBlind && listener(notice), signal),
    });
    const seller = await sell('prepay', shout, {
      wallet: late,
      now: () => Math.floor(Date.now() / 1000) + ahead,
    });
    const request = await customer.request(kind);
    const offer = await customer.feedback(request, 'payment-required');
    ahead = 400;
    const lapsed = await seller.until(({ money }) => money === 'lapsed');
    expect(lapsed).toMatchObject({ work: 'expired', failure: { code: 'offer-lapsed' } });
    isBlind = false;
    await customer.pay(offer.bolt11);
    expect(await seller.until(({ money }) => money === 'refund-due')).toMatchObject({ work: 'expired' });
  });

  test('a paid job goes on after a restart, and its invoice is not asked for again', async () => {
    const seller = await sell('prepay');
    const request = await customer.request(kind);
    const offer = await customer.feedback(request, 'payment-required');
    await seller.close();
    await customer.pay(offer.bolt11);
    const again = await openSeller(
      stage,
      [service({ kind, handler: shout, priceSats: 10, exchanges: ['prepay'] })],
      { ledger: seller.ledger, signer: seller.signer },
    );
    sellers.push(again);
    expect((await customer.result(request)).content).toBe('A RED FOX');
    const offers = customer
      .answers(request)
      .filter(({ tags }) => tags.some(([, status]) => status === 'payment-required'));
    expect(offers).toHaveLength(1);
  });
});

describe('postpay', () => {
  test('a trusted customer gets the result with the invoice for it', async () => {
    const seller = await sell('postpay');
    const request = await customer.request(kind, { exchanges: ['postpay'] });
    expect(await customer.feedback(request, 'processing')).toMatchObject({
      exchange: 'postpay',
      amount: { msat: 10_000n },
      bolt11: null,
    });
    const result = await customer.result(request);
    expect(result).toMatchObject({ content: 'A RED FOX', amount: { msat: 10_000n } });
    await seller.until(({ work, money }) => work === 'delivered' && money === 'quoted');
    await customer.pay(result.bolt11);
    await seller.until(({ work, money }) => work === 'closed' && money === 'settled');
  });

  test('who does not pay is not trusted again', async () => {
    let ahead = 0;
    const trust = (record: CustomerRecord) => trusting(record.unpaidSales > 0 ? 0 : 10)();
    const seller = await sell('postpay', shout, { trust, now: () => Math.floor(Date.now() / 1000) + ahead });
    const request = await customer.request(kind);
    await customer.result(request);
    ahead = 400;
    const closed = await seller.until(({ work }) => work === 'closed');
    expect(closed).toMatchObject({ money: 'lapsed', failure: { code: 'offer-lapsed' } });
    const next = await customer.request(kind, {
      targets: [seller.provider.pubkey],
      createdAt: Math.floor(Date.now() / 1000) + ahead,
    });
    expect((await customer.feedback(next, 'error')).error?.code).toBe('no-common-exchange');
  });

  test('requests at once are not all weighed against the same trust', async () => {
    const release = Promise.withResolvers<void>();
    const seller = await sell('postpay', async ({ text }) => {
      await release.promise;
      return text;
    });
    const targets = [seller.provider.pubkey];
    const requests = await Promise.all(
      Array.from({ length: 5 }, (_, index) => customer.request(kind, { targets, content: `${index}` })),
    );
    const answered = await Promise.all(
      requests.map((request) =>
        Promise.race([customer.feedback(request, 'processing'), customer.feedback(request, 'error')]),
      ),
    );
    expect(answered.map(({ status }) => status).toSorted()).toEqual([
      ...Array.from({ length: 4 }, () => 'error'),
      'processing',
    ]);
    release.resolve();
  });
});

describe('sample', () => {
  test('a part is shown, and the whole comes for the payment', async () => {
    const seller = await sell('sample');
    const request = await customer.request(kind);
    const offer = await customer.feedback(request, 'payment-required');
    expect(offer).toMatchObject({ exchange: 'sample', content: 'A ', amount: { msat: 10_000n } });
    expect(customer.answers(request).some(({ content }) => content.includes('FOX'))).toBe(false);
    await customer.pay(offer.bolt11);
    expect((await customer.result(request)).content).toBe('A RED FOX');
    await seller.until(({ work, money }) => work === 'closed' && money === 'settled');
  });

  test('nobody pays: the result is never published', async () => {
    let ahead = 0;
    const seller = await sell('sample', shout, { now: () => Math.floor(Date.now() / 1000) + ahead });
    const request = await customer.request(kind);
    await customer.feedback(request, 'payment-required');
    ahead = 400;
    const sale = await seller.until(({ money }) => money === 'lapsed');
    expect(sale.work).toBe('expired');
    expect(customer.answers(request).some(({ content }) => content.includes('FOX'))).toBe(false);
  });

  test('what streams out before the payment is capped', async () => {
    await sell(
      'sample',
      async function* () {
        yield { type: 'partial', content: 'x'.repeat(5000) };
        return 'y'.repeat(100);
      },
      { limits: { unpaidPartialChars: 30 } },
    );
    const request = await customer.request(kind);
    expect((await customer.feedback(request, 'partial')).content).toBe('x'.repeat(30));
  });
});

describe('reveal', () => {
  test('paying is receiving the key', async () => {
    const seller = await sell('reveal');
    const request = await customer.request(kind, { exchanges: ['reveal'] });
    const result = await customer.result(request);
    expect(result.content).not.toContain('FOX');
    expect(orThrow(parseInvoice(result.bolt11 ?? '')).paymentHash).toBe(result.reveal?.paymentHash);
    const preimage = await customer.pay(result.bolt11);
    const opened = await openReveal({
      content: result.content,
      preimage,
      peerPubkey: result.providerPubkey,
      ciphers: customer.signer,
    });
    expect(orThrow(opened)).toBe('A RED FOX');
    await seller.until(({ work, money }) => work === 'closed' && money === 'settled');
  });

  test('nobody pays: the invoice becomes unpayable, the result stays shut', async () => {
    let ahead = 0;
    const seller = await sell('reveal', shout, { now: () => Math.floor(Date.now() / 1000) + ahead });
    const request = await customer.request(kind, { exchanges: ['reveal'] });
    const result = await customer.result(request);
    await seller.until(({ work }) => work === 'delivered');
    ahead = 400;
    await seller.until(({ work, money }) => work === 'closed' && money === 'lapsed');
    const paid = await stage.wallet().pay({ bolt11: result.bolt11 ?? '', feeLimitMsat: msat(10_000n) });
    expect(paid.ok).toBe(false);
  });
});

describe('what is asked besides money', () => {
  test('is said where the work begins at once, too', async () => {
    const conditions = [{ code: 'subscription', detail: 'https://example.com/join' }];
    await sell('postpay', shout, { conditions });
    const request = await customer.request(kind);
    expect((await customer.feedback(request, 'processing')).conditions).toEqual(conditions);
  });

  test('of a payment that goes back by itself nothing is kept, and nothing is said of it', async () => {
    await sell('hold', shout, { conditions: [KEPT_ONCE_BEGUN] });
    const request = await customer.request(kind);
    expect((await customer.feedback(request, 'payment-required')).conditions).toEqual([]);
  });
});
