import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import type { Customer, SupportedExchange } from '../../src/customer/index.ts';
import { generateSecretKey, secretKeySigner } from '../../src/keys/index.ts';
import { buildReview, orThrow, satsToMsat, success, type NostrEvent } from '../../src/protocol/index.ts';
import { service } from '../../src/provider/index.ts';
import { faultyWallet } from '../customer/faulty-wallet.ts';
import type { ScriptedInvoice, ScriptedProvider } from '../customer/scripted-provider.ts';
import { buy, openBuyingStage, untilState, WISH, type BuyingStage } from '../customer/stage.ts';
import { openSeller } from '../provider/stage.ts';

let stage: BuyingStage;
beforeAll(async () => {
  stage = await openBuyingStage();
}, 60_000);
afterEach(() => stage.sweep());
afterAll(() => stage.close());

const PRICE = satsToMsat(21);
const PREIMAGE = /^[0-9a-f]{64}$/;

/** Lets the deadline pass, and an event make the customer look. */
async function passDeadline(seller: ScriptedProvider, request: NostrEvent): Promise<void> {
  stage.clock.aheadSeconds = 3600;
  await seller.say(request, { status: 'processing', info: 'any minute now' });
}

describe('a provider that takes the money and vanishes', () => {
  /** Asks for the money of each mode in which it moves before the result is there; resolves to what was paid. */
  const TAKES: Partial<
    Record<SupportedExchange, (seller: ScriptedProvider, request: NostrEvent) => Promise<ScriptedInvoice>>
  > = {
    prepay: (seller, request) => seller.ask(request, 21),
    sample: async (seller, request) => {
      await seller.promise(request, 21, 'sample');
      return seller.ask(request, 21, { exchange: 'sample', content: 'a fo' });
    },
    hold: async (seller, request) => {
      const quote = await seller.quote(request, 21);
      await seller.untilHeld(quote);
      await seller.settle(quote);
      return quote;
    },
  };

  test.each(Object.entries(TAKES))('%s: its signed offer and the preimage stay', async (exchange, take) => {
    const seller = await stage.openProvider('alice');
    const customer = stage.openCustomer();
    const purchase = await buy(customer);
    const request = await seller.nextRequest();
    const { bolt11 } = await take(seller, request);
    await untilState(customer, request.id, 'paid');
    await passDeadline(seller, request);
    expect(await purchase.result()).toMatchObject({ ok: false, failure: { code: 'undelivered' } });
    await expectEvidence(customer, request, { exchange, bolt11 });
  });

  test('zap: its signed offer and the preimage stay', async () => {
    const priced = service({
      kind: WISH.kind,
      handler: async ({ text }) => text,
      priceSats: 21,
      exchanges: ['zap'],
    });
    const seller = await openSeller(stage, [priced], { lud16: 'alice@pay.example' });
    const made = orThrow(
      await stage.bank.wallet('alice').makeInvoice({ amountMsat: PRICE, expirySeconds: 300 }),
    );
    const zapped = { bolt11: made.bolt11 ?? '', paymentHash: made.paymentHash };
    const customer = stage.openCustomer({ zapInvoices: async () => success(zapped) });
    const purchase = await buy(customer);
    await untilState(customer, purchase.requestId, 'paid');
    await seller.close();
    const witness = await stage.openProvider('bob');
    const { request } = (await customer.get(purchase.requestId)) ?? expect.unreachable('it is booked');
    await passDeadline(witness, request);
    expect(await purchase.result()).toMatchObject({ ok: false, failure: { code: 'undelivered' } });
    await expectEvidence(customer, request, { exchange: 'zap', bolt11: zapped.bolt11 });
  });

  async function expectEvidence(
    customer: Customer,
    { id }: NostrEvent,
    paid: { readonly exchange: string; readonly bolt11: string | undefined },
  ): Promise<void> {
    const purchase = await customer.get(id);
    expect(purchase).toMatchObject({
      state: 'undelivered',
      offer: { ...paid, amountMsat: PRICE, event: { sig: expect.any(String) } },
      preimage: expect.stringMatching(PREIMAGE),
      result: null,
    });
  }
});

test('a hold that is taken only after the deadline, without a result, is undelivered and proved', async () => {
  const seller = await stage.openProvider('alice');
  const customer = stage.openCustomer();
  const purchase = await buy(customer);
  const request = await seller.nextRequest();
  const quote = await seller.quote(request, 21);
  await seller.untilHeld(quote);
  await untilState(customer, request.id, 'locked');
  await passDeadline(seller, request);
  expect(await purchase.result()).toMatchObject({
    ok: false,
    failure: { code: 'undelivered', data: { state: 'locked' } },
  });
  await seller.settle(quote);
  expect(await untilState(customer, request.id, 'undelivered')).toMatchObject({
    preimage: quote.preimage,
    offer: { event: { id: quote.event.id } },
    result: null,
  });
});

test('a preimage that somebody publishes while the money is held settles nothing', async () => {
  const seller = await stage.openProvider('alice');
  const customer = stage.openCustomer();
  const purchase = await buy(customer);
  const request = await seller.nextRequest();
  const quote = await seller.quote(request, 21);
  await seller.untilHeld(quote);
  await untilState(customer, request.id, 'locked');
  const thief = secretKeySigner(generateSecretKey());
  const proof = { bolt11: quote.bolt11, preimage: quote.preimage };
  const createdAt = Math.floor(Date.now() / 1000);
  const leak = buildReview({ reviewed: quote.event, rating: 1, payment: proof, createdAt });
  await stage.openPool().publish(await thief.sign(leak), [stage.relayUrl]);
  await seller.say(request, { status: 'success', info: quote.preimage });
  await seller.say(request, { status: 'error', error: { code: 'model-broken', detail: 'no' } });
  expect(await customer.get(request.id)).toMatchObject({ state: 'locked', preimage: null });
  await seller.giveBack(quote);
  expect(await purchase.result()).toMatchObject({ ok: false, failure: { data: { refunded: true } } });
  expect(await customer.get(request.id)).toMatchObject({ state: 'refunded', preimage: null });
});

test('a wallet that says paid and never shows the preimage has proved nothing', async () => {
  const seller = await stage.openProvider('alice');
  const real = stage.wallet();
  const wrong = { preimage: '00'.repeat(32) };
  const wallet = faultyWallet(real, {
    pay: async (payment) => {
      const { feePaidMsat } = orThrow(await real.pay(payment));
      return success({ ...wrong, feePaidMsat });
    },
    lookup: async (payment, call) => {
      const found = await real.lookup(payment, call);
      return found.ok && found.value ? success({ ...found.value, ...wrong }) : found;
    },
    subscribe: () => undefined,
  });
  const ledger = stage.openLedger();
  const customer = stage.openCustomer({ wallet, ledger });
  const purchase = await buy(customer);
  const request = await seller.nextRequest();
  const ask = await seller.ask(request, 21);
  await seller.untilPaid(ask);
  await vi.waitFor(
    async () => expect(await ledger.purchases.payment(ask.paymentHash)).toMatchObject({ state: 'in-flight' }),
    { timeout: 20_000 },
  );
  await passDeadline(seller, request);
  expect(await purchase.result()).toMatchObject({ ok: false });
  const { state, preimage } = (await customer.get(request.id)) ?? expect.unreachable('it is booked');
  expect(['locked', 'unreconciled']).toContain(state); // by whether a look or the answer came last
  expect(preimage).toBeNull();
  expect((await ledger.spending.spent(customer.pubkey)).todayMsat).toBe(26_000n); // amount and fee limit stay reserved
  expect(wallet.payCalls).toEqual([ask.bolt11]);
});
