import type { AddressInfo } from 'node:net';
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';
import { WebSocketServer } from 'ws';
import {
  buildZapReceipt,
  buildZapRequest,
  msat,
  orThrow,
  parseZapRequest,
  satsToMsat,
  type ExchangeMode,
  type Msat,
  type NostrEvent,
} from '../../src/protocol/index.ts';
import { service, type JobHandler, type ProviderOptions } from '../../src/provider/index.ts';
import type { RelayPool } from '../../src/relays/index.ts';
import { faultyWallet } from '../customer/faulty-wallet.ts';
import { openBuyingStage, type BuyingStage } from '../customer/stage.ts';
import { openScriptedCustomer, type ScriptedCustomer } from '../provider/scripted-customer.ts';
import { openSeller, type Seller } from '../provider/stage.ts';
import { claim, openDebtor, PAID_MSAT, refundInvoice } from '../refunds/stage.ts';

let stage: BuyingStage;
let customer: ScriptedCustomer;
const sellers: Seller[] = [];
/** A kind for each test: requests of the others still stand on the relay. */
let kind = 5940;

beforeAll(async () => {
  stage = await openBuyingStage();
}, 60_000);
afterEach(async () => {
  kind += 1;
  customer?.close();
  for (const seller of sellers.splice(0)) await seller.close();
  await stage.sweep();
});
afterAll(() => stage.close());

const nowSeconds = (): number => Math.floor(Date.now() / 1000);

/** Sells for 10 sat by one mode. */
async function sell(
  exchange: ExchangeMode,
  handler: JobHandler,
  told: Partial<ProviderOptions> = {},
): Promise<Seller> {
  customer = await openScriptedCustomer(stage);
  const offered = service({ kind, handler, priceSats: 10, exchanges: [exchange] });
  const seller = await openSeller(stage, [offered], { lud16: 'alice@pay.example', ...told });
  sellers.push(seller);
  return seller;
}

/** Pays an invoice of the provider's wallet for a zap of that event, and tells of it. */
async function zap(seller: Seller, zapped: NostrEvent, amountMsat: Msat): Promise<void> {
  const template = buildZapRequest({
    recipientPubkey: seller.provider.pubkey,
    zapped,
    amountMsat,
    relays: [stage.relayUrl],
    createdAt: nowSeconds(),
  });
  const zapRequest = await customer.signer.sign(template);
  const description = JSON.stringify(zapRequest);
  const made = await stage.bank.wallet('alice').makeInvoice({
    amountMsat,
    descriptionHash: bytesToHex(sha256(utf8ToBytes(description))),
    expirySeconds: 60,
  });
  const bolt11 = orThrow(made).bolt11 ?? '';
  await customer.pay(bolt11);
  const receipt = {
    bolt11,
    description,
    zapRequest: orThrow(parseZapRequest(zapRequest)),
    paidAt: nowSeconds(),
  };
  await customer.publish(buildZapReceipt(receipt));
}

/** The money that is booked as received for the request. */
async function receivedFor(seller: Seller, { id }: NostrEvent): Promise<bigint> {
  const sale = await seller.ledger.sales.get(seller.provider.pubkey, id);
  const receipts = sale === null ? [] : await seller.ledger.sales.receipts(sale);
  return receipts.reduce((sum, { amountMsat }) => sum + amountMsat, 0n);
}

const WORK = 'the whole of the work, '.repeat(100);

const streaming: JobHandler = async function* ({ signal }) {
  yield { type: 'partial', content: WORK };
  await new Promise((_resolve, reject) => signal.addEventListener('abort', reject));
  return WORK;
};

test('a customer that cancels a hold after the work was streamed has not read all of it', async () => {
  const seller = await sell('hold', streaming);
  const request = await customer.request(kind, { exchanges: ['hold'] });
  const { bolt11 } = await customer.feedback(request, 'payment-required');
  const paying = stage.wallet().pay({ bolt11: bolt11 ?? '', feeLimitMsat: satsToMsat(10) });
  const partial = await customer.feedback(request, 'partial');
  await customer.cancel(request);
  await seller.until(({ work, money }) => work === 'cancelled' && money === 'released');
  expect((await paying).ok).toBe(false);
  expect(partial.content.length).toBeLessThanOrEqual(1000);
});

test('a customer that cancels trusted work midway is remembered as one that did not pay', async () => {
  const limit = satsToMsat(10);
  const seller = await sell('postpay', streaming, {
    trust: () => ({ workUnpaidUpToMsat: limit, deliverUnpaidUpToMsat: limit }),
  });
  const request = await customer.request(kind);
  await customer.feedback(request, 'partial');
  await customer.cancel(request);
  await seller.until(({ work }) => work === 'cancelled');
  const record = await seller.ledger.sales.recordOf(seller.provider.pubkey, customer.signer.pubkey);
  expect(record.unpaidSales).toBe(1);
});

test('a zap during the work does not make finished work be thrown away', async () => {
  let runs = 0;
  const begun = Promise.withResolvers<void>();
  const finish = Promise.withResolvers<void>();
  const slow: JobHandler = async ({ text }) => {
    runs += 1;
    begun.resolve();
    await finish.promise;
    return text.toUpperCase();
  };
  const seller = await sell('prepay', slow, { limits: { leaseSeconds: 9 } });
  const request = await customer.request(kind, { exchanges: ['prepay'] });
  await customer.pay((await customer.feedback(request, 'payment-required')).bolt11);
  await begun.promise;
  await zap(seller, request, msat(1_000n)); // anybody can
  await vi.waitFor(async () => expect(await receivedFor(seller, request)).toBe(11_000n), 20_000);
  finish.resolve();
  expect((await customer.result(request)).content).toBe('A RED FOX');
  expect(runs).toBe(1);
});

test('a zap that reaches a job sold by a hold goes back when the job comes to nothing', async () => {
  const seller = await sell('hold', async ({ text }) => text);
  const request = await customer.request(kind, { exchanges: ['hold'] });
  const offer = await customer.feedback(request, 'payment-required');
  await zap(seller, offer.event, msat(10_000n));
  await vi.waitFor(async () => expect(await receivedFor(seller, request)).toBe(10_000n), 20_000);
  await customer.cancel(request);
  const sale = await seller.until(({ work, money }) => work === 'cancelled' && money !== 'quoted');
  expect(sale.money).toBe('refund-due');
});

test('a refund costs a hundredth of what was received at most, however little that is', async () => {
  const wallet = stage.bank.wallet('alice');
  const limits: bigint[] = [];
  const watched = faultyWallet(wallet, {
    pay: (payment, call) => {
      limits.push(payment.feeLimitMsat);
      return wallet.pay(payment, call);
    },
  });
  const debtor = openDebtor(stage, { wallet: watched });
  const debt = await debtor.owe();
  await debtor.settle(debt);
  await claim(debtor, debt, await refundInvoice(stage.wallet()));
  expect(limits).toEqual([PAID_MSAT / 100n]);
});

test('a sat that a stranger zaps to a failed job does not keep its customer from its refund', async () => {
  const debtor = openDebtor(stage);
  const debt = await debtor.owe();
  const receipt = {
    paymentHash: bytesToHex(sha256(utf8ToBytes(debt.request.id))),
    via: 'zap',
    amountMsat: msat(1_000n),
    receivedAt: nowSeconds(),
  } as const;
  orThrow(await debtor.context.ledger.sales.change(await debtor.sale(debt), { receipts: [receipt] }));
  await debtor.settle(debt);
  // What the customer's engine claims is what it paid, whatever the provider says that it owes.
  const taken = await claim(debtor, debt, await refundInvoice(stage.wallet(), { amountMsat: PAID_MSAT }));
  expect(taken).toMatchObject({ ok: true });
});

test('a zap that was paid while the provider was down for two hours is on its books', async () => {
  const ledger = stage.openLedger();
  const first = await sell('zap', async ({ text }) => text, { ledger });
  const request = await customer.request(kind);
  const offer = await customer.feedback(request, 'payment-required');
  await first.close();
  await zap(first, offer.event, msat(10_000n));
  const offered = service({ kind, handler: async ({ text }) => text, priceSats: 10, exchanges: ['zap'] });
  const again = await openSeller(stage, [offered], {
    ledger,
    signer: first.signer,
    lud16: 'alice@pay.example',
    now: () => nowSeconds() + 7200,
  });
  sellers.push(again);
  await vi.waitFor(async () => expect(await receivedFor(again, request)).toBe(10_000n), 20_000);
});

test('an advance goes back when one relay refuses the result and the other is gone', async () => {
  const real = stage.openPool();
  const isResult = ({ kind: published }: NostrEvent) => published === kind + 1000;
  const relays: RelayPool = {
    subscribe: (options) => real.subscribe(options),
    query: (...args) => real.query(...args),
    status: () => real.status(),
    close: () => real.close(),
    publish: async (event, urls, options) =>
      isResult(event)
        ? urls.map((relay) => ({
            relay,
            outcome: relay === stage.relayUrl ? 'refused' : 'unreachable',
            message: '',
          }))
        : real.publish(event, [stage.relayUrl], options),
  };
  const seller = await sell('prepay', async ({ text }) => text, {
    relays,
    relayUrls: [stage.relayUrl, 'wss://gone.example/'],
    now: () => nowSeconds() + stage.clock.aheadSeconds,
  });
  const request = await customer.request(kind, { exchanges: ['prepay'] });
  await customer.pay((await customer.feedback(request, 'payment-required')).bolt11);
  await seller.until(({ work }) => work === 'ready');
  stage.clock.aheadSeconds = 2 * 86_400;
  await vi.waitFor(() => expect(seller.moves.at(-1)?.money).toBe('refund-due'), 20_000);
});

test('a relay of ours that takes events and never says so does not hold up the others', async () => {
  const silent = new WebSocketServer({ port: 0 });
  try {
    await new Promise((resolve) => silent.once('listening', resolve));
    const { port } = silent.address() as AddressInfo;
    customer = await openScriptedCustomer(stage);
    const offered = service({ kind, handler: async ({ text }) => text });
    sellers.push(
      await openSeller(stage, [offered], { relayUrls: [stage.relayUrl, `ws://127.0.0.1:${port}/`] }),
    );
    const requests = await Promise.all(Array.from({ length: 60 }, () => customer.request(kind)));
    const answered = () =>
      requests.filter((request) => customer.answers(request).some(({ kind: said }) => said === kind + 1000));
    await vi.waitFor(() => expect(answered().length).toBe(60), 20_000);
  } finally {
    for (const client of silent.clients) client.terminate();
    silent.close();
  }
}, 60_000);

test('a result that a relay took right before a crash is paid, however long the provider was down', async () => {
  const ledger = stage.openLedger();
  const real = stage.openPool();
  const isPublic = Promise.withResolvers<void>();
  const dying: RelayPool = {
    subscribe: (options) => real.subscribe(options),
    query: (...args) => real.query(...args),
    status: () => real.status(),
    close: () => real.close(),
    publish: async (event, urls, options) => {
      const said = await real.publish(event, urls, options);
      if (event.kind !== kind + 1000) return said;
      isPublic.resolve(); // the relay has it, and we die before its OK is booked
      return new Promise((resolve) => {
        const die = () => resolve(urls.map((relay) => ({ relay, outcome: 'unreachable', message: 'died' })));
        options?.signal?.addEventListener('abort', die);
      });
    },
  };
  const first = await sell('hold', async ({ text }) => text.toUpperCase(), { ledger, relays: dying });
  const request = await customer.request(kind, { exchanges: ['hold'] });
  const { bolt11 } = await customer.feedback(request, 'payment-required');
  const paying = stage.wallet().pay({ bolt11: bolt11 ?? '', feeLimitMsat: satsToMsat(10) });
  await isPublic.promise;
  expect((await customer.result(request)).content).toBe('A RED FOX');
  await first.close();
  stage.clock.aheadSeconds = 1000; // no more than a quarter of an hour: the money is still held
  try {
    const again = await openSeller(
      stage,
      [service({ kind, handler: async ({ text }) => text, priceSats: 10, exchanges: ['hold'] })],
      { ledger, signer: first.signer, now: () => nowSeconds() + stage.clock.aheadSeconds },
    );
    sellers.push(again);
    const ended = await again.until(({ money }) => money === 'settled' || money === 'released');
    expect(ended.money).toBe('settled');
    expect((await paying).ok).toBe(true);
  } finally {
    stage.clock.aheadSeconds = 0;
  }
});
