import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { unixNow } from '../../src/clock/index.ts';
import { findSale, wholeSale } from '../../src/operations/index.ts';
import {
  buildZapReceipt,
  buildZapRequest,
  failure,
  msat,
  orThrow,
  parseZapRequest,
  satsToMsat,
  type ExchangeMode,
  type NostrEvent,
} from '../../src/protocol/index.ts';
import { refundSale, service, type ProviderOptions } from '../../src/provider/index.ts';
import { faultyWallet } from '../customer/faulty-wallet.ts';
import { openBuyingStage, type BuyingStage } from '../customer/stage.ts';
import { openScriptedCustomer, type ScriptedCustomer } from './scripted-customer.ts';
import { openSeller, type Seller } from './stage.ts';

let stage: BuyingStage;
let customer: ScriptedCustomer;
const sellers: Seller[] = [];
/** A kind for each test: requests of the others still stand on the relay. */
let kind = 5080;

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

async function sell(exchange: ExchangeMode, told: Partial<ProviderOptions> = {}): Promise<Seller> {
  customer = await openScriptedCustomer(stage);
  const offered = service({
    kind,
    handler: async ({ text }) => text.toUpperCase(),
    priceSats: 10,
    exchanges: [exchange],
  });
  const limit = satsToMsat(1000);
  const seller = await openSeller(stage, [offered], {
    lud16: 'alice@pay.example',
    trust: () => ({ workUnpaidUpToMsat: limit, deliverUnpaidUpToMsat: limit }),
    ...told,
  });
  sellers.push(seller);
  return seller;
}

const now = () => Math.floor(Date.now() / 1000);

/** What a pay server does: an invoice of the provider's wallet for exactly this zap request. */
async function zapInvoice(seller: Seller, target: NostrEvent, sats: number) {
  const template = buildZapRequest({
    recipientPubkey: seller.provider.pubkey,
    zapped: target,
    amountMsat: satsToMsat(sats),
    relays: [stage.relayUrl],
    createdAt: now(),
  });
  const zapRequest = await customer.signer.sign(template);
  const description = JSON.stringify(zapRequest);
  const made = await stage.bank.wallet('alice').makeInvoice({
    amountMsat: satsToMsat(sats),
    descriptionHash: bytesToHex(sha256(utf8ToBytes(description))),
    expirySeconds: 60,
  });
  return { zapRequest, description, bolt11: orThrow(made).bolt11 ?? '' };
}

/** Publishes a receipt, signed by whoever the scripted customer is: nobody has to believe it. */
function sayPaid(zap: { zapRequest: NostrEvent; description: string; bolt11: string }) {
  const zapRequest = orThrow(parseZapRequest(zap.zapRequest));
  return customer.publish(buildZapReceipt({ ...zap, zapRequest, paidAt: now() }));
}

async function zapFor(seller: Seller, target: NostrEvent, sats: number): Promise<void> {
  const zap = await zapInvoice(seller, target, sats);
  await customer.pay(zap.bolt11);
  await sayPaid(zap);
}

/** The provider has looked at everything that was published before this. */
async function untilHeard(seller: Seller): Promise<void> {
  const request = await customer.request(kind);
  const offer = await customer.feedback(request, 'payment-required');
  await zapFor(seller, offer.event, 10);
  await customer.result(request);
}

describe('a job sold for a zap', () => {
  test('is worked on when the zap of its offer is in our wallet', async () => {
    const seller = await sell('zap');
    const request = await customer.request(kind);
    const offer = await customer.feedback(request, 'payment-required');
    expect(offer).toMatchObject({ exchange: 'zap', amount: { msat: 10_000n }, bolt11: null });
    await zapFor(seller, offer.event, 10);
    expect((await customer.result(request)).content).toBe('A RED FOX');
    const sale = await seller.until(({ work }) => work === 'closed');
    expect(sale.money).toBe('settled');
    expect(await seller.ledger.sales.receipts(sale)).toMatchObject([{ via: 'zap', amountMsat: 10_000n }]);
  });

  test('may be zapped in parts, and by a zap of the request itself', async () => {
    const seller = await sell('zap');
    const request = await customer.request(kind);
    const offer = await customer.feedback(request, 'payment-required');
    await zapFor(seller, offer.event, 4);
    await zapFor(seller, request, 6);
    await customer.result(request);
    const sale = await seller.until(({ money }) => money === 'settled');
    expect(await seller.ledger.sales.receipts(sale)).toHaveLength(2);
  });

  test('lapses when nobody zaps', async () => {
    let ahead = 0;
    const seller = await sell('zap', { now: () => now() + ahead });
    const request = await customer.request(kind);
    await customer.feedback(request, 'payment-required');
    ahead = 400;
    expect(await seller.until(({ money }) => money === 'lapsed')).toMatchObject({ work: 'expired' });
  });

  test('waits for a wallet that does not answer at first', async () => {
    const wallet = stage.bank.wallet('alice');
    let silences = 1;
    const shy = faultyWallet(wallet, {
      lookup: (payment, call) =>
        silences-- > 0
          ? Promise.resolve(failure('wallet-timeout', 'no answer in time'))
          : wallet.lookup(payment, call),
    });
    const seller = await sell('zap', { wallet: shy });
    const request = await customer.request(kind);
    const offer = await customer.feedback(request, 'payment-required');
    await zapFor(seller, offer.event, 10);
    await customer.result(request);
    expect(seller.troubles).toMatchObject([{ code: 'wallet-timeout' }]);
  });
});

describe('a zap also pays', () => {
  test('a result that names its price, as the first draft has it', async () => {
    const seller = await sell('postpay');
    const request = await customer.request(kind);
    await customer.result(request);
    await seller.until(({ work, money }) => work === 'delivered' && money === 'quoted');
    await zapFor(seller, request, 10);
    await seller.until(({ work, money }) => work === 'closed' && money === 'settled');
  });

  test('what an invoice was offered for; paid both ways, the surplus stays on the books', async () => {
    const seller = await sell('prepay');
    const request = await customer.request(kind);
    const offer = await customer.feedback(request, 'payment-required');
    const zap = await zapInvoice(seller, offer.event, 10);
    await Promise.all([customer.pay(offer.bolt11), customer.pay(zap.bolt11)]);
    await sayPaid(zap);
    await customer.result(request);
    await seller.until(({ work }) => work === 'closed');
    await expect
      .poll(
        async () => {
          const sale = await seller.ledger.sales.get(seller.provider.pubkey, request.id);
          const receipts = sale === null ? [] : await seller.ledger.sales.receipts(sale);
          return receipts.map(({ via }) => via).toSorted();
        },
        { timeout: 10_000 },
      )
      .toEqual(['invoice', 'zap']);
    const operator = { ...seller, relayUrls: [stage.relayUrl], now: unixNow };
    const found = orThrow(await findSale([operator], request.id));
    const { owedMsat } = await wholeSale(seller.ledger, found.sale);
    expect(owedMsat).toBe(10_000n);
    orThrow(await refundSale(operator, { requestId: request.id, amountMsat: msat(owedMsat) }));
    const told = await seller.until(({ money, refund }) => money === 'refund-due' && refund?.via === 'claim');
    expect([told.refund?.amountMsat, told.goodwill?.amountMsat]).toEqual([10_000n, 0n]);
    expect(
      seller.moves.filter(({ work, requestId }) => work === 'working' && requestId === request.id),
    ).toHaveLength(1);
  });
});

describe('a job that was paid by a zap', () => {
  test('and then by its invoice has both on the books', async () => {
    const seller = await sell('prepay');
    const request = await customer.request(kind);
    const offer = await customer.feedback(request, 'payment-required');
    await zapFor(seller, offer.event, 10);
    await customer.result(request);
    const sale = await seller.until(({ work }) => work === 'closed');
    await customer.pay(offer.bolt11);
    await expect
      .poll(async () => (await seller.ledger.sales.receipts(sale)).map(({ via }) => via).toSorted(), {
        timeout: 10_000,
      })
      .toEqual(['invoice', 'zap']);
  });

  test('while the work went on needs no other payment, and is worked on once', async () => {
    let ahead = 0;
    let runs = 0;
    const finish = Promise.withResolvers<void>();
    const slow = service({
      kind,
      handler: async ({ text }) => finish.promise.then(() => `${++runs} ${text}`),
      priceSats: 10,
      exchanges: ['postpay'],
    });
    const seller = await sell('postpay', { services: [slow], now: () => now() + ahead });
    const request = await customer.request(kind);
    const promise = await customer.feedback(request, 'processing');
    await zapFor(seller, promise.event, 10);
    await expect
      .poll(
        async () => {
          const sale = await seller.ledger.sales.get(seller.provider.pubkey, request.id);
          return sale && (await seller.ledger.sales.receipts(sale)).length;
        },
        { timeout: 10_000 },
      )
      .toBe(1);
    finish.resolve();
    await seller.until(({ work }) => work === 'delivered');
    ahead = 400;
    expect(await seller.until(({ work }) => work === 'closed')).toMatchObject({ money: 'settled' });
    expect((await customer.result(request)).content).toBe('1 a red fox');
  }, 60_000);
});

describe('a receipt buys nothing', () => {
  const unpaid = async (seller: Seller, request: NostrEvent) => {
    await untilHeard(seller);
    const sale = await seller.ledger.sales.get(seller.provider.pubkey, request.id);
    expect(sale).toMatchObject({ work: 'accepted', money: 'quoted' });
    return sale === null ? [] : seller.ledger.sales.receipts(sale);
  };
  const offered = async () => {
    const request = await customer.request(kind);
    return { request, offer: await customer.feedback(request, 'payment-required') };
  };

  test('when nothing was paid', async () => {
    const seller = await sell('zap');
    const { request, offer } = await offered();
    await sayPaid(await zapInvoice(seller, offer.event, 10));
    expect(await unpaid(seller, request)).toEqual([]);
  });

  test('when its invoice is not ours', async () => {
    const seller = await sell('zap');
    const { request, offer } = await offered();
    const zap = await zapInvoice(seller, offer.event, 10);
    const foreign = await stage.bank.wallet('bob').makeInvoice({
      amountMsat: satsToMsat(10),
      descriptionHash: bytesToHex(sha256(utf8ToBytes(zap.description))),
      expirySeconds: 60,
    });
    const bolt11 = orThrow(foreign).bolt11 ?? '';
    await customer.pay(bolt11);
    await sayPaid({ ...zap, bolt11 });
    expect(await unpaid(seller, request)).toEqual([]);
  });

  test('for another job: the invoice commits to the zap request', async () => {
    const seller = await sell('zap');
    const [one, other] = [await offered(), await offered()];
    const paid = await zapInvoice(seller, one.offer.event, 10);
    await customer.pay(paid.bolt11);
    const forOther = await zapInvoice(seller, other.offer.event, 10);
    await sayPaid({ ...forOther, bolt11: paid.bolt11 });
    expect(await unpaid(seller, other.request)).toEqual([]);
  });

  test('when it points to the invoice of an offer, which pays only its own job', async () => {
    const seller = await sell('prepay');
    const [one, other] = [await offered(), await offered()];
    await customer.pay(one.offer.bolt11);
    const zap = await zapInvoice(seller, other.offer.event, 10);
    await sayPaid({ ...zap, bolt11: one.offer.bolt11 ?? '' });
    await customer.result(one.request);
    const sale = await seller.ledger.sales.get(seller.provider.pubkey, other.request.id);
    expect(sale).toMatchObject({ work: 'accepted', money: 'quoted' });
  });

  test('when the zap was too small', async () => {
    const seller = await sell('zap');
    const { request, offer } = await offered();
    await zapFor(seller, offer.event, 9);
    const receipts = await unpaid(seller, request);
    expect(receipts).toMatchObject([{ amountMsat: 9_000n }]);
  });

  test('a second time', async () => {
    const seller = await sell('zap');
    const { request, offer } = await offered();
    const zap = await zapInvoice(seller, offer.event, 5);
    await customer.pay(zap.bolt11);
    await sayPaid(zap);
    await customer.publish({
      ...buildZapReceipt({ ...zap, zapRequest: orThrow(parseZapRequest(zap.zapRequest)), paidAt: now() }),
      content: 'again',
    });
    expect(await unpaid(seller, request)).toMatchObject([{ amountMsat: msat(5_000n) }]);
  });
});
