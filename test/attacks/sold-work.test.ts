import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { journalOfSale, type Sale } from '../../src/ledger/index.ts';
import type { Wallet } from '../../src/money/index.ts';
import {
  buildFeedback,
  buildResult,
  buildReview,
  failure,
  msat,
  orThrow,
  parseInvoice,
  satsToMsat,
  success,
  type ExchangeMode,
  type Msat,
  type NostrEvent,
} from '../../src/protocol/index.ts';
import { service, type JobHandler, type ProviderOptions } from '../../src/provider/index.ts';
import type { PublishReceipt, RelayPool } from '../../src/relays/index.ts';
import { faultyWallet } from '../customer/faulty-wallet.ts';
import { openBuyingStage, type BuyingStage } from '../customer/stage.ts';
import { openScriptedCustomer, type ScriptedCustomer } from '../provider/scripted-customer.ts';
import { openSeller, type Seller } from '../provider/stage.ts';

let stage: BuyingStage;
let customer: ScriptedCustomer;
const sellers: Seller[] = [];
/** A kind for each test: requests of the others still stand on the relay. */
let kind = 5920;

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

const nowSeconds = (): number => Math.floor(Date.now() / 1000);
const shout: JobHandler = async ({ text }) => text.toUpperCase();
const FEE_LIMIT = satsToMsat(10);

/** Sells for 10 sat by one mode. */
async function sell(
  exchange: ExchangeMode,
  told: Partial<ProviderOptions> = {},
  handler: JobHandler = shout,
): Promise<Seller> {
  customer = await openScriptedCustomer(stage);
  const seller = await openSeller(
    stage,
    [service({ kind, handler, priceSats: 10, exchanges: [exchange] })],
    told,
  );
  sellers.push(seller);
  return seller;
}

/** Asks for the service, ready to pay by any mode, and takes the offer. */
async function ask() {
  const request = await customer.request(kind, { exchanges: ['hold', 'prepay'] });
  return { request, offer: await customer.feedback(request, 'payment-required') };
}

const pay = (bolt11: string | null, role = 'customer') =>
  stage.bank.wallet(role).pay({ bolt11: bolt11 ?? '', feeLimitMsat: FEE_LIMIT });

/** The provider's wallet when payers send another amount than they were asked for. */
function receiving(amountMsat: Msat): Wallet {
  const wallet = stage.bank.wallet('alice');
  return faultyWallet(wallet, {
    lookup: async (payment, call) => {
      const found = await wallet.lookup(payment, call);
      return found.ok && found.value ? success({ ...found.value, amountMsat }) : found;
    },
  });
}

async function owedTo(seller: Seller, sale: Sale): Promise<bigint> {
  const entries = journalOfSale(sale, await seller.ledger.sales.receipts(sale));
  return entries
    .flatMap(({ postings }) => postings)
    .filter(({ account }) => account === 'owed-to-customers')
    .reduce((sum, { amountMsat }) => sum - amountMsat, 0n);
}

describe('a customer that pays too little', () => {
  test('by a hold gets it back, and no work', async () => {
    let runs = 0;
    const seller = await sell('hold', { wallet: receiving(msat(9_999n)) }, async () => String(++runs));
    const { offer } = await ask();
    const paying = pay(offer.bolt11);
    const sale = await seller.until(({ money }) => money === 'lapsed');
    expect(sale).toMatchObject({ work: 'failed', failure: { code: 'underpaid' } });
    expect(await paying).toMatchObject({ ok: false });
    expect(runs).toBe(0);
  });

  test('in advance gets no work, and is owed what it paid once the offer has ended', async () => {
    let ahead = 0;
    let runs = 0;
    const told = { wallet: receiving(msat(9_999n)), now: () => nowSeconds() + ahead };
    const seller = await sell('prepay', told, async () => String(++runs));
    const { request, offer } = await ask();
    orThrow(await pay(offer.bolt11));
    ahead = 400;
    const sale = await seller.until(({ money, refund }) => money === 'refund-due' && refund !== null);
    expect(sale).toMatchObject({ requestId: request.id, work: 'expired', refund: { amountMsat: 9_999n } });
    expect(await seller.ledger.sales.receipts(sale)).toMatchObject([{ amountMsat: 9_999n }]);
    expect(runs).toBe(0);
  });
});

describe('a customer that pays too much', () => {
  test.each(['hold', 'prepay'] as const)(
    'by %s: the books have all of it, and owe the rest',
    async (exchange) => {
      const seller = await sell(exchange, { wallet: receiving(msat(15_000n)) });
      const { offer } = await ask();
      orThrow(await pay(offer.bolt11));
      const sale = await seller.until(({ work }) => work === 'closed');
      expect(await seller.ledger.sales.receipts(sale)).toMatchObject([{ amountMsat: 15_000n }]);
      expect(await owedTo(seller, sale)).toBe(5_000n);
    },
  );

  test('for work that fails gets all of it back', async () => {
    const broken = () => Promise.reject(new Error('no'));
    const seller = await sell('prepay', { wallet: receiving(msat(15_000n)) }, broken);
    const { offer } = await ask();
    orThrow(await pay(offer.bolt11));
    const sale = await seller.until(({ money, refund }) => money === 'refund-due' && refund !== null);
    expect(sale.refund?.amountMsat).toBe(15_000n);
  });
});

test('an invoice that was paid cannot be paid again, from whatever wallet', async () => {
  const seller = await sell('prepay');
  const { request, offer } = await ask();
  orThrow(await pay(offer.bolt11));
  await customer.result(request);
  expect(await pay(offer.bolt11, 'bob')).toMatchObject({ ok: false });
  const sale = await seller.until(({ work }) => work === 'closed');
  expect(await seller.ledger.sales.receipts(sale)).toHaveLength(1);
});

describe('a customer that cancels', () => {
  test('before it pays a hold cannot pay it any more', async () => {
    const seller = await sell('hold');
    const { request, offer } = await ask();
    await customer.cancel(request);
    await seller.until(({ work, money }) => work === 'cancelled' && money === 'lapsed');
    expect(await pay(offer.bolt11)).toMatchObject({ ok: false });
  });

  test('when it has the result pays all the same', async () => {
    const wallet = stage.bank.wallet('alice');
    const cancelled = Promise.withResolvers<void>();
    let refusals = 1;
    const seller = await sell('hold', {
      wallet: faultyWallet(wallet, {
        settleHold: async (hold, call) => {
          await cancelled.promise;
          return refusals-- > 0
            ? failure('wallet-timeout', 'no answer in time')
            : wallet.settleHold(hold, call);
        },
      }),
    });
    const { request, offer } = await ask();
    const paying = pay(offer.bolt11);
    expect((await customer.result(request)).content).toBe('A RED FOX');
    await customer.cancel(request);
    cancelled.resolve();
    expect(await seller.until(({ work }) => work === 'closed')).toMatchObject({ money: 'settled' });
    expect(await paying).toMatchObject({ ok: true });
  });
});

test('a customer that answers and reviews in the name of its provider has paid nothing', async () => {
  const seller = await sell('prepay');
  const { request, offer } = await ask();
  const { paymentHash } = orThrow(parseInvoice(offer.bolt11 ?? ''));
  const createdAt = nowSeconds();
  const result = await customer.publish(buildResult({ request, content: 'mine', createdAt }));
  await customer.publish(buildFeedback({ request, status: 'processing', exchange: 'prepay', createdAt }));
  await customer.publish(buildFeedback({ request, status: 'success', createdAt }));
  await customer.publish(
    buildReview({
      reviewed: result,
      rating: 1,
      payment: { bolt11: offer.bolt11 ?? '', preimage: paymentHash },
      createdAt,
    }),
  );
  const honest = await ask();
  orThrow(await pay(honest.offer.bolt11));
  await customer.result(honest.request);
  const sale = await seller.ledger.sales.get(seller.provider.pubkey, request.id);
  expect(sale).toMatchObject({ work: 'accepted', money: 'quoted' });
  expect(sale && (await seller.ledger.sales.receipts(sale))).toEqual([]);
});

describe('a customer that names only a relay of its own', () => {
  const THEIRS = 'wss://silent.example/';

  /** Their relay never answers; ours does what the test says with results. */
  function pool(ours: PublishReceipt['outcome'] | null) {
    const real = stage.openPool();
    const asked: NostrEvent[] = [];
    const relays: RelayPool = {
      subscribe: (options) => real.subscribe(options),
      query: (...args) => real.query(...args),
      status: () => real.status(),
      close: () => real.close(),
      publish: async (event, urls, options) => {
        const said = (outcome: PublishReceipt['outcome']) =>
          urls.map((relay) => ({ relay, outcome, message: '' }));
        if (urls.some((url) => url.startsWith('wss://silent.example'))) {
          asked.push(event);
          return said('unreachable');
        }
        return ours !== null && event.kind === kind + 1000 ? said(ours) : real.publish(event, urls, options);
      },
    };
    return { relays, asked: () => asked.filter((event) => event.kind === kind + 1000) };
  }

  async function buyThere(seller: Seller) {
    const request = await customer.request(kind, { exchanges: ['hold'], relays: [THEIRS] });
    const { bolt11 } = await customer.feedback(request, 'payment-required');
    const paying = pay(bolt11);
    const sale = await seller.until(({ work }) => ['closed', 'failed'].includes(work));
    return { sale, paid: await paying };
  }

  test('pays for what stands on a relay of its provider', async () => {
    const { relays, asked } = pool(null);
    const seller = await sell('hold', { relays });
    const { sale, paid } = await buyThere(seller);
    expect(sale).toMatchObject({ work: 'closed', money: 'settled' });
    expect(paid).toMatchObject({ ok: true });
    await vi.waitFor(() => expect(asked().length).toBeGreaterThan(0), { timeout: 20_000 });
  });

  test('gets nothing while no relay of its provider has the result, and keeps its money', async () => {
    const { relays, asked } = pool('refused');
    const seller = await sell('hold', { relays });
    const { sale, paid } = await buyThere(seller);
    expect(sale).toMatchObject({ work: 'failed', failure: { code: 'undeliverable' } });
    expect(paid).toMatchObject({ ok: false });
    expect(asked()).toEqual([]);
  });
});
