import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { generateSecretKey, secretKeySigner } from '../../src/keys/index.ts';
import {
  buildFeedback,
  buildResult,
  msat,
  orThrow,
  satsToMsat,
  type JobFeedbackDraft,
} from '../../src/protocol/index.ts';
import { sampleInvoice } from '../fixtures/signed-invoice.ts';
import { buy, openBuyingStage, type BuyingStage } from './stage.ts';

let stage: BuyingStage;
beforeAll(async () => {
  stage = await openBuyingStage();
});
afterEach(() => stage.sweep());
afterAll(() => stage.close());

function soon(): number {
  return Math.floor(Date.now() / 1000);
}

async function spentBySomebody(): Promise<bigint> {
  const sent = orThrow(await stage.wallet().list({ direction: 'outgoing', limit: 1000 }));
  return sent.filter(({ state }) => state !== 'failed').reduce((sum, { amountMsat }) => sum + amountMsat, 0n);
}

describe('a quote is not paid', () => {
  test.each<[string, number, Partial<JobFeedbackDraft>]>([
    ['above the maximum', 101, {}],
    ['whose invoice asks for more than it says', 21, { amountMsat: satsToMsat(20) }],
    [
      'whose invoice is of another network',
      21,
      { bolt11: sampleInvoice({ prefix: 'lnbc210n', createdAt: soon() }) },
    ],
    [
      'whose invoice has expired',
      21,
      { bolt11: sampleInvoice({ createdAt: soon() - 10, expirySeconds: 5 }) },
    ],
    ['whose invoice is broken', 21, { bolt11: `${sampleInvoice().slice(0, -1)}q` }],
    ['whose time has run out', 21, { validUntil: soon() - 1 }],
    ['that would be late', 21, { usualSeconds: 10, worstSeconds: 100_000 }],
    ['by a mode that was not asked for', 21, { exchange: 'prepay' }],
    ['that says postpay and brings no result', 21, { exchange: 'postpay' }],
    ['that says reveal and brings no locked result', 21, { exchange: 'reveal' }],
    ['that says sample and shows none', 21, { exchange: 'sample' }],
  ])('%s', async (_title, sats, lie) => {
    const spent = await spentBySomebody();
    const seller = await stage.openProvider('alice');
    const purchase = await buy(stage.openCustomer(), {
      targets: [seller.pubkey],
      exchanges: ['hold', 'reveal', 'free', 'postpay', 'sample'],
    });
    await seller.quote(await seller.nextRequest(), sats, lie);
    expect(await purchase.result()).toMatchObject({ ok: false, failure: { code: 'no-offer' } });
    expect(await spentBySomebody()).toBe(spent);
  });

  test('twice: an invoice that another purchase has used is refused', async () => {
    const customer = stage.openCustomer();
    const seller = await stage.openProvider('alice');
    const first = await buy(customer);
    const request = await seller.nextRequest();
    const quote = await seller.quote(request, 21);
    await seller.untilHeld(quote);
    await seller.deliver(request, 'once');
    await seller.settle(quote);
    expect(await first.result()).toMatchObject({ ok: true });

    const second = await buy(customer, { targets: [seller.pubkey] });
    await seller.say(await seller.nextRequest(), {
      status: 'payment-required',
      exchange: 'hold',
      amountMsat: satsToMsat(21),
      bolt11: quote.bolt11,
    });
    expect(await second.result()).toMatchObject({
      ok: false,
      failure: { code: 'offers-failed', data: { reason: 'spent' } },
    });
  });
});

describe('a stranger', () => {
  test('cannot deliver, fail or requote the job of the chosen provider', async () => {
    const [seller, thief] = [await stage.openProvider('alice'), await stage.openProvider('bob')];
    const customer = stage.openCustomer();
    const purchase = await buy(customer);
    const request = await seller.nextRequest();
    const quote = await seller.quote(request, 21);
    await seller.untilHeld(quote);
    await thief.deliver(request, 'junk');
    await thief.say(request, { status: 'error', error: { code: 'failed', detail: 'in your name' } });
    const bait = await thief.quote(request, 1);
    await seller.deliver(request, 'the real thing');
    await seller.settle(quote);
    expect(await purchase.result()).toMatchObject({
      ok: true,
      value: { content: 'the real thing', providerPubkey: seller.pubkey },
    });
    expect(await thief.payment(bait)).toBe('pending');
  });

  test('is not heard at all when others were addressed', async () => {
    const [seller, thief] = [await stage.openProvider('alice'), await stage.openProvider('bob')];
    const purchase = await buy(stage.openCustomer(), { targets: [seller.pubkey] });
    const request = await seller.nextRequest();
    await thief.deliver(request, 'junk for free');
    const bait = await thief.quote(request, 1);
    await seller.deliver(request, 'asked for');
    expect(await purchase.result()).toMatchObject({ ok: true, value: { content: 'asked for' } });
    expect(await thief.payment(bait)).toBe('pending');
  });

  test('with the key of the customer itself is no provider', async () => {
    const signer = secretKeySigner(generateSecretKey());
    const customer = stage.openCustomer({ signer });
    const purchase = await buy(customer, { deadlineSeconds: 4 });
    const { request } = (await customer.get(purchase.requestId))!;
    const pool = stage.openPool();
    for (const template of [
      buildResult({ request, content: 'mine', createdAt: soon() }),
      buildFeedback({ request, status: 'processing', createdAt: soon() }),
    ])
      await pool.publish(await signer.sign(template), [stage.relayUrl]);
    expect(await purchase.result()).toMatchObject({ ok: false, failure: { code: 'no-offer' } });
  });
});

describe('a provider', () => {
  test('that quotes twice is paid for the quote that was taken, and for no other', async () => {
    const seller = await stage.openProvider('alice');
    const customer = stage.openCustomer();
    const purchase = await buy(customer);
    const request = await seller.nextRequest();
    const first = await seller.quote(request, 20);
    await seller.untilHeld(first);
    const second = await seller.quote(request, 90);
    const third = await seller.quote(request, 1);
    await seller.deliver(request, 'done');
    await seller.settle(first);
    expect(await purchase.result()).toMatchObject({ ok: true, value: { amountMsat: 20_000n } });
    expect([await seller.payment(second), await seller.payment(third)]).toEqual(['pending', 'pending']);
    expect(await customer.get(request.id)).toMatchObject({ offer: { event: { id: first.event.id } } });
  });

  test('that gives the money back is not paid; its error says why', async () => {
    const seller = await stage.openProvider('alice');
    const customer = stage.openCustomer();
    const before = orThrow(await stage.wallet().balance()).spendableMsat;
    const purchase = await buy(customer);
    const request = await seller.nextRequest();
    const quote = await seller.quote(request, 21);
    await seller.untilHeld(quote);
    await vi.waitFor(async () => expect(await customer.get(request.id)).toMatchObject({ state: 'locked' }), {
      timeout: 20_000,
    });
    await seller.say(request, { status: 'error', error: { code: 'model-broken', detail: 'out of memory' } });
    await seller.giveBack(quote);
    expect(await purchase.result()).toMatchObject({
      ok: false,
      failure: { code: 'provider-failed', data: { refunded: true, errorCode: 'model-broken' } },
    });
    expect(await customer.get(request.id)).toMatchObject({ state: 'refunded', preimage: null });
    expect(orThrow(await stage.wallet().balance()).spendableMsat).toBe(before);
  });

  test('that neither works nor lets go loses the hold to its time limit', { timeout: 60_000 }, async () => {
    const seller = await stage.openProvider('alice');
    const customer = stage.openCustomer();
    const purchase = await buy(customer);
    const request = await seller.nextRequest();
    const quote = await seller.quote(request, 21);
    const held = await seller.untilHeld(quote);
    await vi.waitFor(async () => expect(await customer.get(request.id)).toMatchObject({ state: 'locked' }), {
      timeout: 20_000,
    });
    stage.clock.aheadSeconds = 100;
    await seller.say(request, { status: 'processing', info: 'an event makes it look' });
    expect(await purchase.result()).toMatchObject({
      ok: false,
      failure: { code: 'undelivered', data: { state: 'locked' } },
    });
    await stage.bank.mine((held.settleDeadlineHeight ?? 0) - (await stage.bank.height()) + 1);
    await vi.waitFor(
      async () => expect(await customer.get(request.id)).toMatchObject({ state: 'refunded' }),
      {
        timeout: 30_000,
      },
    );
  });
});

test(
  'a day cap holds under 20 purchases at once: 5 are paid, 15 are over budget',
  { timeout: 60_000 },
  async () => {
    const seller = await stage.openProvider('alice');
    // 10 sat and a fee limit of 5 sat each
    const caps = { perJobMsat: satsToMsat(15), perDayMsat: satsToMsat(75) };
    const customer = stage.openCustomer({ caps });
    const purchases = await Promise.all(Array.from({ length: 20 }, () => buy(customer)));
    const quotes = new Map<string, Awaited<ReturnType<typeof seller.quote>>>();
    for (let count = 0; count < purchases.length; count++) {
      const request = await seller.nextRequest();
      quotes.set(request.id, await seller.quote(request, 10));
    }
    const outcomes = purchases.map(async (purchase) => {
      const request = (await customer.get(purchase.requestId))!.request;
      const quote = quotes.get(request.id)!;
      const states = await vi.waitFor(
        async () => {
          const { state } = (await customer.get(request.id))!;
          if (!['locked', 'over-budget'].includes(state)) throw new Error(`It is ${state}.`);
          return state;
        },
        { timeout: 30_000 },
      );
      if (states === 'locked') {
        await seller.deliver(request, 'done');
        await seller.settle(quote);
      }
      const outcome = await purchase.result();
      return outcome.ok ? 'paid' : outcome.failure.code;
    });
    const counts = Object.groupBy(await Promise.all(outcomes), (outcome) => outcome);
    expect({ paid: counts.paid?.length, over: counts['over-budget']?.length }).toEqual({ paid: 5, over: 15 });
    const states = await Promise.all([...quotes.values()].map((quote) => seller.payment(quote)));
    expect(states.filter((state) => state === 'settled')).toHaveLength(5);
    expect(states.filter((state) => state === 'pending')).toHaveLength(15);
  },
);

test('an amount above the cap of one job is no offer, whatever the wish allows', async () => {
  const seller = await stage.openProvider('alice');
  const customer = stage.openCustomer({ caps: { perJobMsat: msat(25_999n) } });
  const purchase = await buy(customer, { targets: [seller.pubkey] });
  await seller.quote(await seller.nextRequest(), 21);
  expect(await purchase.result()).toMatchObject({
    ok: false,
    failure: { code: 'no-offer', data: { refused: [{ code: 'above-max' }] } },
  });
});
