import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { generateSecretKey, secretKeySigner } from '../../src/keys/index.ts';
import type { Ledger } from '../../src/ledger/index.ts';
import {
  buildFeedback,
  parseJobFeedback,
  satsToMsat,
  success,
  type JobFeedback,
  type NostrEvent,
} from '../../src/protocol/index.ts';
import {
  fixedPrice,
  perUnit,
  service,
  undercut,
  type JobHandler,
  type Service,
} from '../../src/provider/index.ts';
import { openBuyingStage, type BuyingStage } from '../customer/stage.ts';
import { openScriptedCustomer, type ScriptedCustomer } from './scripted-customer.ts';
import { openSeller, type Seller } from './stage.ts';

let stage: BuyingStage;
let customer: ScriptedCustomer;
const sellers: Seller[] = [];
/** A kind for each test: requests of the others still stand on the relay. */
let kind = 5880;

beforeAll(async () => {
  stage = await openBuyingStage();
  customer = await openScriptedCustomer(stage);
}, 60_000);
afterEach(async () => {
  kind += 1;
  for (const seller of sellers.splice(0)) await seller.close();
});
afterAll(async () => {
  customer.close();
  await stage.close();
});

const shout: JobHandler = async ({ text }) => text.toUpperCase();

async function sell(told: Partial<Service>, more: Parameters<typeof openSeller>[2] = {}): Promise<Seller> {
  const seller = await openSeller(stage, [service({ kind, handler: shout, ...told })], more);
  sellers.push(seller);
  return seller;
}

const words = (sats: number) => perUnit({ unit: 'words', priceMsat: satsToMsat(sats) });
const text = (data: string, type = 'text') => ({ data, type, relay: null, marker: null });

/** The provider's offers for a request so far, oldest first. */
function offersFor(request: NostrEvent, provider: Seller): JobFeedback[] {
  return customer
    .answers(request)
    .filter(({ pubkey }) => pubkey === provider.signer.pubkey)
    .flatMap((event) => {
      const read = parseJobFeedback(event);
      return read.ok && read.value.status === 'payment-required' ? [read.value] : [];
    });
}

describe('a price per unit', () => {
  test('is that of the text, and bought for it', async () => {
    await sell({ pricing: words(3) });
    const request = await customer.request(kind, { bidMsat: satsToMsat(9) });
    const offer = await customer.feedback(request, 'payment-required');
    expect(offer.amount?.msat).toBe(satsToMsat(9)); // "a red fox"
    await customer.pay(offer.bolt11);
    expect((await customer.result(request)).content).toBe('A RED FOX');
  });

  test('is told to who bids less, and never quoted above the bid', async () => {
    const seller = await sell({ pricing: words(3) });
    const targets = [seller.signer.pubkey];
    const low = await customer.request(kind, { bidMsat: satsToMsat(8), targets });
    expect((await customer.feedback(low, 'error')).error).toEqual({
      code: 'bid-too-low',
      detail: 'The price is 9000 msat.',
    });
    expect(offersFor(low, seller)).toEqual([]);
  });

  test('is that of what lies behind a URL, where the service looks first; more than that is not done for it', async () => {
    let content = 'one two three';
    const seller = await sell(
      {
        pricing: perUnit({ unit: 'words', priceMsat: satsToMsat(3), measureUrls: true }),
        exchanges: ['postpay'],
      },
      {
        fetchInput: async () =>
          success({ contentType: 'text/plain', body: new TextEncoder().encode(content) }),
        trust: () => ({ workUnpaidUpToMsat: satsToMsat(50), deliverUnpaidUpToMsat: satsToMsat(50) }),
      },
    );
    const inputs = [text('https://a.example/text', 'url')];
    const honest = await customer.request(kind, { inputs });
    expect((await customer.result(honest)).amount?.msat).toBe(satsToMsat(9));
    await vi.waitFor(() => expect(seller.moves.some(({ work }) => work === 'delivered')).toBe(true), {
      timeout: 20_000,
    });
    const baiting = await customer.request(kind, { inputs, bidMsat: satsToMsat(9) });
    await seller.until(({ requestId, work }) => {
      if (requestId === baiting.id && work === 'accepted') content = 'word '.repeat(4);
      return requestId === baiting.id && work === 'failed';
    });
    expect((await customer.feedback(baiting, 'error')).error?.code).toBe('input-too-large');
  });
});

describe('a queue', () => {
  test('shows in the times of the quote, and is closed when it is full', async () => {
    const free = Promise.withResolvers<void>();
    const seller = await sell({
      concurrency: 1,
      queueLimit: 1,
      usualSeconds: 20,
      worstSeconds: 40,
      exchanges: ['free'],
      handler: () => free.promise.then(() => 'done'),
    });
    const first = await customer.request(kind);
    expect(await customer.feedback(first, 'processing')).toMatchObject({
      usualSeconds: 20,
      worstSeconds: 40,
    });
    await seller.until(({ work }) => work === 'working');
    const second = await customer.request(kind);
    expect(await customer.feedback(second, 'processing')).toMatchObject({
      usualSeconds: 40,
      worstSeconds: 60,
    });
    const third = await customer.request(kind);
    expect((await customer.feedback(third, 'error')).error?.code).toBe('over-capacity');
    free.resolve();
    expect((await customer.result(second)).content).toBe('done');
  });

  test('holds no place for jobs that another process of the same books was faster to book, and has ended', async () => {
    const books = stage.openLedger();
    let others = 3;
    const open: Ledger['sales']['open'] = async (sale) => {
      if (others-- <= 0) return books.sales.open(sale);
      const { answer: _, ...received } = sale;
      const opened = await books.sales.open(received);
      await books.sales.change(opened.sale, { work: 'refused' });
      return books.sales.open(sale);
    };
    const ledger: Ledger = { ...books, isShared: true, sales: { ...books.sales, open } };
    await sell({ concurrency: 1, queueLimit: 1, exchanges: ['free'] }, { ledger });
    for (let jobs = 0; jobs < 3; jobs++) await customer.request(kind);
    await vi.waitFor(() => expect(others).toBe(0), { timeout: 20_000 });
    const ours = await customer.request(kind, { inputs: [text('a fox')] });
    expect((await customer.result(ours)).content).toBe('A FOX');
  });
});

describe('undercutting', () => {
  /** Another provider, which only makes offers. */
  const rival = () => {
    const signer = secretKeySigner(generateSecretKey());
    const pool = stage.openPool();
    let createdAt = Math.floor(Date.now() / 1000);
    return async (request: NostrEvent, sats: number) => {
      createdAt += 1;
      const template = buildFeedback({
        request,
        status: 'payment-required',
        amountMsat: satsToMsat(sats),
        createdAt,
      });
      await pool.publish(await signer.sign(template), [stage.relayUrl]);
    };
  };
  const pricing = (requotes: number) =>
    undercut(fixedPrice(satsToMsat(100)), { floorMsat: satsToMsat(40), byMsat: satsToMsat(5), requotes });
  const amounts = (request: NostrEvent, seller: Seller) =>
    offersFor(request, seller).map(({ amount }) => Number((amount?.msat ?? 0n) / 1000n));

  test('replaces an unpaid offer, whose invoice nobody can pay any more, and stops at the floor', async () => {
    const seller = await sell({ pricing: pricing(2), exchanges: ['hold'] });
    const offer = rival();
    const request = await customer.request(kind);
    const first = await customer.feedback(request, 'payment-required');
    await offer(request, 60);
    await vi.waitFor(() => expect(amounts(request, seller)).toEqual([100, 55]), { timeout: 20_000 });
    await offer(request, 10);
    await vi.waitFor(() => expect(amounts(request, seller)).toEqual([100, 55, 40]), { timeout: 20_000 });
    const tooLate = await stage.wallet().pay({ bolt11: first.bolt11 ?? '', feeLimitMsat: satsToMsat(10) });
    expect(tooLate.ok).toBe(false);
    await customer.pay(offersFor(request, seller).at(-1)?.bolt11 ?? null);
    expect((await customer.result(request)).content).toBe('A RED FOX');
    const sale = await seller.until(({ work }) => work === 'closed');
    expect([sale.money, sale.quote?.amountMsat]).toEqual(['settled', satsToMsat(40)]);
  });

  test('follows rivals only as often as it says, and never its own other key', async () => {
    const offer = rival();
    const own = secretKeySigner(generateSecretKey());
    const seller = await sell({ pricing: pricing(1), exchanges: ['hold'] }, { ownPubkeys: [own.pubkey] });
    const request = await customer.request(kind);
    await customer.feedback(request, 'payment-required');
    const template = { request, status: 'payment-required', amountMsat: satsToMsat(50) } as const;
    const ours = buildFeedback({ ...template, createdAt: Math.floor(Date.now() / 1000) });
    await stage.openPool().publish(await own.sign(ours), [stage.relayUrl]);
    await offer(request, 90);
    await vi.waitFor(() => expect(amounts(request, seller)).toEqual([100, 85]), { timeout: 20_000 });
    await offer(request, 70);
    const next = await customer.request(kind);
    await vi.waitFor(() => expect(amounts(next, seller)).toEqual([100]), { timeout: 20_000 });
    expect(amounts(request, seller)).toEqual([100, 85]);
  });
});
