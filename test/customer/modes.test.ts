import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { SUPPORTED_EXCHANGES, type PurchaseHandle, type PurchaseUpdate } from '../../src/customer/index.ts';
import { parseJobRequest, satsToMsat } from '../../src/protocol/index.ts';
import { buy, openBuyingStage, untilState, type BuyingStage } from './stage.ts';

let stage: BuyingStage;
beforeAll(async () => {
  stage = await openBuyingStage();
});
afterEach(() => stage.sweep());
afterAll(() => stage.close());

async function drain(purchase: PurchaseHandle): Promise<PurchaseUpdate[]> {
  const updates: PurchaseUpdate[] = [];
  for await (const update of purchase.events()) updates.push(update);
  return updates;
}

/** The states that a purchase went through, each once in a row; a payment may be seen in flight or not. */
function statesOf(updates: readonly PurchaseUpdate[]): string[] {
  return updates
    .flatMap((update) => (update.type === 'state' && update.state !== 'locked' ? [update.state] : []))
    .filter((state, index, all) => state !== all[index - 1]);
}

/** These customers know no pay servers and no mints. */
const LIGHTNING = SUPPORTED_EXCHANGES.filter(
  (mode) => !['zap', 'nutzap', 'ecash-htlc', 'balance'].includes(mode),
);

const PAID_FOR = ['requested', 'offered', 'approved', 'paying', 'paid', 'received'];

test('a request lists every mode that can be finished, unless the wish narrows them', async () => {
  const seller = await stage.openProvider('alice');
  const customer = stage.openCustomer();
  await buy(customer);
  expect(parseJobRequest(await seller.nextRequest())).toMatchObject({
    value: { exchanges: LIGHTNING },
  });
  await buy(customer, { exchanges: ['prepay', 'free'] });
  expect(parseJobRequest(await seller.nextRequest())).toMatchObject({
    value: { exchanges: ['prepay', 'free'] },
  });
});

test('what another provider is to build on is not asked for locked', async () => {
  const seller = await stage.openProvider('alice');
  const customer = stage.openCustomer();
  await buy(customer, { forChaining: true });
  expect(parseJobRequest(await seller.nextRequest())).toMatchObject({
    value: { exchanges: LIGHTNING.filter((mode) => mode !== 'reveal') },
  });
  const locked = { kind: 5050, inputs: [], maxAmountMsat: satsToMsat(1), exchanges: ['reveal'] } as const;
  expect(await customer.buy({ ...locked, forChaining: true })).toMatchObject({
    ok: false,
    failure: { code: 'invalid-wish', data: { field: 'exchanges' } },
  });
});

test('without a wallet only free work is asked for, and nothing else may be', async () => {
  const seller = await stage.openProvider('alice');
  const customer = stage.openCustomer({ wallet: null });
  await buy(customer);
  expect(parseJobRequest(await seller.nextRequest())).toMatchObject({ value: { exchanges: ['free'] } });
  for (const mode of SUPPORTED_EXCHANGES.filter((supported) => supported !== 'free'))
    expect(
      await customer.buy({ kind: 5050, inputs: [], maxAmountMsat: satsToMsat(1), exchanges: [mode] }),
    ).toMatchObject({ ok: false, failure: { code: 'invalid-wish', data: { field: 'exchanges' } } });
});

describe('prepay', () => {
  test.each([
    ['named', {}],
    ['by a plain NIP-90 provider, which names no mode', 'unnamed'],
  ] as const)('%s: pays, then takes the result', async (_title, told) => {
    const seller = await stage.openProvider('alice');
    const customer = stage.openCustomer();
    const purchase = await buy(customer);
    const request = await seller.nextRequest();
    const plain = await seller.invoice(21);
    const quote = { status: 'payment-required', amountMsat: satsToMsat(21), bolt11: plain.bolt11 } as const;
    await seller.say(request, told === 'unnamed' ? quote : { ...quote, exchange: 'prepay' });
    await untilState(customer, request.id, 'paid');
    expect(await seller.payment(plain)).toBe('settled');
    await seller.say(request, { status: 'processing' });
    await seller.deliver(request, 'a fox');
    expect(await purchase.result()).toMatchObject({
      ok: true,
      value: { content: 'a fox', amountMsat: 21_000n, settlement: 'settled' },
    });
    expect(statesOf(await drain(purchase))).toEqual(PAID_FOR);
    expect(await customer.get(request.id)).toMatchObject({
      offer: { exchange: 'prepay', paymentHash: plain.paymentHash },
    });
  });

  test('whose result repeats the paid invoice is taken as paid', async () => {
    const seller = await stage.openProvider('alice');
    const purchase = await buy(stage.openCustomer());
    const request = await seller.nextRequest();
    const ask = await seller.ask(request, 21);
    await seller.untilPaid(ask);
    await seller.deliver(request, 'a fox', { amountMsat: satsToMsat(21), bolt11: ask.bolt11 });
    expect(await purchase.result()).toMatchObject({ ok: true, value: { amountMsat: 21_000n } });
  });
});

describe('postpay', () => {
  test('promised: waits for the result, pays it, and only then hands it over', async () => {
    const seller = await stage.openProvider('alice');
    const customer = stage.openCustomer();
    const purchase = await buy(customer);
    const request = await seller.nextRequest();
    await seller.promise(request, 30, 'postpay');
    const result = await seller.deliverPriced(request, 21, 'a fox');
    expect(await purchase.result()).toMatchObject({
      ok: true,
      value: { content: 'a fox', amountMsat: 21_000n, settlement: 'settled', resultEvent: result.event },
    });
    expect(await seller.payment(result)).toBe('settled');
    const updates = await drain(purchase);
    expect(statesOf(updates)).toEqual(PAID_FOR);
    expect(updates.filter(({ type }) => type === 'result')).toHaveLength(1);
    expect(await customer.get(request.id)).toMatchObject({
      offer: { event: { id: result.event.id }, exchange: 'postpay' },
      result: { id: result.event.id },
    });
  });

  test('by a plain NIP-90 provider: a result with an invoice is an offer that is delivered already', async () => {
    const seller = await stage.openProvider('alice');
    const purchase = await buy(stage.openCustomer());
    const result = await seller.deliverPriced(await seller.nextRequest(), 21, 'a fox');
    expect(await purchase.result()).toMatchObject({ ok: true, value: { content: 'a fox' } });
    expect(await seller.payment(result)).toBe('settled');
  });

  test('that is not asked to be paid in the end is a gift', async () => {
    const seller = await stage.openProvider('alice');
    const purchase = await buy(stage.openCustomer());
    const request = await seller.nextRequest();
    await seller.promise(request, 21, 'postpay');
    await seller.deliver(request, 'a gift');
    expect(await purchase.result()).toMatchObject({
      ok: true,
      value: { content: 'a gift', amountMsat: 0n, settlement: 'none', preimage: null },
    });
  });
});

test('sample: shows it, pays for the rest, and takes that', async () => {
  const seller = await stage.openProvider('alice');
  const customer = stage.openCustomer();
  const purchase = await buy(customer);
  const request = await seller.nextRequest();
  await seller.promise(request, 21, 'sample');
  const ask = await seller.ask(request, 21, { exchange: 'sample', content: 'a fo' });
  await untilState(customer, request.id, 'paid');
  expect(await seller.payment(ask)).toBe('settled');
  await seller.deliver(request, 'a fox');
  expect(await purchase.result()).toMatchObject({
    ok: true,
    value: { content: 'a fox', amountMsat: 21_000n, settlement: 'settled' },
  });
  const updates = await drain(purchase);
  expect(statesOf(updates)).toEqual(PAID_FOR);
  expect(updates).toEqual(
    expect.arrayContaining([
      expect.objectContaining({ type: 'offer', offer: expect.objectContaining({ isPromise: true }) }),
      expect.objectContaining({ type: 'offer', offer: expect.objectContaining({ sample: 'a fo' }) }),
      expect.objectContaining({ type: 'partial', content: 'a fo' }),
    ]),
  );
});

describe('reveal', () => {
  test.each([
    ['promised', true],
    ['unannounced', false],
  ])('%s: paying brings the key that opens the result', async (_title, promised) => {
    const seller = await stage.openProvider('alice');
    const customer = stage.openCustomer();
    const purchase = await buy(customer);
    const request = await seller.nextRequest();
    if (promised) await seller.promise(request, 21, 'reveal');
    const locked = await seller.deliverLocked(request, 21, 'a fox');
    await seller.untilHeld(locked);
    await seller.settle(locked);
    expect(await purchase.result()).toMatchObject({
      ok: true,
      value: { content: 'a fox', amountMsat: 21_000n, settlement: 'settled', preimage: locked.preimage },
    });
    expect(locked.event.content).not.toContain('a fox');
    expect(statesOf(await drain(purchase))).toEqual(PAID_FOR);
  });
});

describe('of several offers', () => {
  test('one that keeps the money safe wins over a cheaper one that takes it first', async () => {
    const [thief, seller] = [await stage.openProvider('alice'), await stage.openProvider('bob')];
    const purchase = await buy(stage.openCustomer(), {
      targets: [thief.pubkey, seller.pubkey],
      policy: { offerWaitMs: 600_000 },
    });
    const request = await thief.nextRequest();
    const bait = await thief.ask(request, 1);
    const quote = await seller.quote(request, 90);
    await seller.untilHeld(quote);
    await seller.deliver(request, 'honest');
    await seller.settle(quote);
    expect(await purchase.result()).toMatchObject({ ok: true, value: { providerPubkey: seller.pubkey } });
    expect(await thief.payment(bait)).toBe('pending');
  });

  test('a promise that is not kept in its time gives way to the next', async () => {
    const [idle, seller] = [await stage.openProvider('alice'), await stage.openProvider('bob')];
    const purchase = await buy(stage.openCustomer());
    const request = await idle.nextRequest();
    await idle.promise(request, 1, 'postpay', { worstSeconds: 1 });
    const result = await seller.deliverPriced(request, 21, 'kept');
    expect(await purchase.result()).toMatchObject({ ok: true, value: { content: 'kept' } });
    expect(await seller.payment(result)).toBe('settled');
  });

  test('a promise that is taken back gives way to the next', async () => {
    const [fickle, seller] = [await stage.openProvider('alice'), await stage.openProvider('bob')];
    const purchase = await buy(stage.openCustomer());
    const request = await fickle.nextRequest();
    await fickle.promise(request, 1, 'reveal');
    await fickle.say(request, { status: 'error', error: { code: 'model-broken', detail: 'sorry' } });
    const locked = await seller.deliverLocked(request, 21, 'kept');
    await seller.untilHeld(locked);
    await seller.settle(locked);
    expect(await purchase.result()).toMatchObject({ ok: true, value: { content: 'kept' } });
  });

  test('a result that is there for nothing is taken while a promise is waited for', async () => {
    const [slow, giver] = [await stage.openProvider('alice'), await stage.openProvider('bob')];
    const customer = stage.openCustomer();
    const purchase = await buy(customer);
    const request = await slow.nextRequest();
    await slow.promise(request, 1, 'postpay');
    await giver.deliver(request, 'for nothing');
    expect(await purchase.result()).toMatchObject({
      ok: true,
      value: { content: 'for nothing', settlement: 'none', providerPubkey: giver.pubkey },
    });
  });
});
