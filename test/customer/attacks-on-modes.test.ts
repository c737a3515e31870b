import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { Receipt, SupportedExchange } from '../../src/customer/index.ts';
import {
  orThrow,
  satsToMsat,
  type ExchangeMode,
  type JobResultDraft,
  type NostrEvent,
  type Outcome,
} from '../../src/protocol/index.ts';
import { sampleInvoice } from '../fixtures/signed-invoice.ts';
import type { ScriptedProvider } from './scripted-provider.ts';
import { buy, openBuyingStage, untilState, type BuyingStage } from './stage.ts';

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

/** Buys from one seller, who does what the test says; shows that nothing was spent. */
async function buyUnpaid(
  act: (seller: ScriptedProvider, request: NostrEvent) => Promise<unknown>,
  told: { readonly exchanges?: readonly SupportedExchange[]; readonly deadlineSeconds?: number } = {},
): Promise<Outcome<Receipt>> {
  const spent = await spentBySomebody();
  const seller = await stage.openProvider('alice');
  const purchase = await buy(stage.openCustomer(), { targets: [seller.pubkey], ...told });
  await act(seller, await seller.nextRequest());
  const outcome = await purchase.result();
  expect(await spentBySomebody()).toBe(spent);
  return outcome;
}

describe.each(['prepay', 'sample', 'postpay', 'reveal'] as const)('in %s, nothing is paid', (exchange) => {
  /** Asks for 21 sat in this mode as it should be asked, but for the invoice. */
  async function ask(seller: ScriptedProvider, request: NostrEvent, bolt11: string): Promise<void> {
    const price = { amountMsat: satsToMsat(21), bolt11 };
    if (exchange === 'prepay' || exchange === 'sample')
      await seller.say(request, { status: 'payment-required', exchange, content: 'a part', ...price });
    else if (exchange === 'postpay') await seller.deliver(request, 'all of it', price);
    else await seller.deliverLocked(request, 21, 'all of it', { ...price, revealHash: '11'.repeat(32) });
  }

  test.each<[string, () => string]>([
    ['for another amount', () => sampleInvoice({ prefix: 'lnbcrt220n', createdAt: soon() })],
    ['of another network', () => sampleInvoice({ prefix: 'lnbc210n', createdAt: soon() })],
    ['without an amount', () => sampleInvoice({ prefix: 'lnbcrt', createdAt: soon() })],
    ['that has expired', () => sampleInvoice({ createdAt: soon() - 10, expirySeconds: 5 })],
    ['that is broken', () => `${sampleInvoice().slice(0, -1)}q`],
  ])('to an invoice %s, asked at once or after a promise', async (_title, invoice) => {
    expect(await buyUnpaid((seller, request) => ask(seller, request, invoice()))).toMatchObject({
      ok: false,
      failure: { code: 'no-offer', data: { refused: [{ code: 'invoice-unacceptable' }] } },
    });
    if (exchange === 'prepay') return; // there is nothing to promise
    const promised = await buyUnpaid(async (seller, request) => {
      await seller.promise(request, 21, exchange);
      await ask(seller, request, invoice());
    });
    expect(promised.ok ? null : refusalOf(promised.failure)).toBe('invoice-unacceptable');
  });

  test('to an invoice that another purchase has used', async () => {
    const customer = stage.openCustomer();
    const seller = await stage.openProvider('alice');
    const first = await buy(customer, { targets: [seller.pubkey] });
    const request = await seller.nextRequest();
    const paid = await seller.quote(request, 21);
    await seller.untilHeld(paid);
    await seller.deliver(request, 'once');
    await seller.settle(paid);
    expect(await first.result()).toMatchObject({ ok: true });

    const second = await buy(customer, { targets: [seller.pubkey] });
    const repeated = await seller.nextRequest();
    if (exchange === 'reveal')
      await seller.deliverLocked(repeated, 21, 'x', { bolt11: paid.bolt11, revealHash: paid.paymentHash });
    else await ask(seller, repeated, paid.bolt11);
    expect(await second.result()).toMatchObject({
      ok: false,
      failure: { code: 'offers-failed', data: { reason: 'spent' } },
    });
  });

  test('above the maximum of the wish', async () => {
    const outcome = await buyUnpaid((seller, request) =>
      exchange === 'prepay' || exchange === 'sample'
        ? seller.ask(request, 101, { exchange, content: 'a part' })
        : exchange === 'postpay'
          ? seller.deliverPriced(request, 101, 'all of it')
          : seller.deliverLocked(request, 101, 'all of it'),
    );
    expect(outcome).toMatchObject({ ok: false, failure: { data: { refused: [{ code: 'above-max' }] } } });
  });

  test('when the wish did not ask for it', async () => {
    const outcome = await buyUnpaid(
      async (seller, request) => ask(seller, request, (await seller.invoice(21)).bolt11),
      { exchanges: ['hold', 'free'] },
    );
    expect(outcome).toMatchObject({ ok: false, failure: { data: { refused: [{ code: 'not-supported' }] } } });
  });
});

/** Why the offer was refused: seen before it was chosen, or after its promise was. */
function refusalOf({ data }: { readonly data?: Readonly<Record<string, unknown>> }): unknown {
  const [refused] = (data?.['refused'] ?? []) as { code: string }[];
  return refused?.code ?? data?.['reason'];
}

describe('a promise', () => {
  test.each<[string, ExchangeMode, (seller: ScriptedProvider, request: NostrEvent) => Promise<unknown>]>([
    ['postpay', 'postpay', (seller, request) => seller.deliverPriced(request, 50, 'dear')],
    ['reveal', 'reveal', (seller, request) => seller.deliverLocked(request, 50, 'dear')],
    [
      'sample',
      'sample',
      (seller, request) => seller.ask(request, 50, { exchange: 'sample', content: 'a part' }),
    ],
  ])('of %s is not broken upwards: a higher price is not paid', async (_title, exchange, ask) => {
    const outcome = await buyUnpaid(async (seller, request) => {
      await seller.promise(request, 21, exchange);
      await ask(seller, request);
    });
    expect(outcome.ok ? null : refusalOf(outcome.failure)).toBe('promise-broken');
  });

  test('is not followed into another mode by the way', async () => {
    const outcome = await buyUnpaid(
      async (seller, request) => {
        await seller.promise(request, 21, 'postpay');
        await seller.ask(request, 21);
      },
      { exchanges: ['postpay'] },
    );
    expect(outcome.ok ? null : refusalOf(outcome.failure)).toMatch(/^(promise-broken|not-supported)$/);
  });

  test.each(['postpay', 'sample', 'reveal'] as const)(
    'of %s without ever an invoice ends at the deadline, unpaid',
    async (exchange) => {
      const outcome = await buyUnpaid(
        (seller, request) => seller.promise(request, 21, exchange, { worstSeconds: 1 }),
        {
          deadlineSeconds: 3,
        },
      );
      expect(outcome).toMatchObject({
        ok: false,
        failure: { code: 'offers-failed', data: { reason: 'silent' } },
      });
    },
  );

  test('is not kept by the invoice of somebody else', async () => {
    const [seller, thief] = [await stage.openProvider('alice'), await stage.openProvider('bob')];
    const customer = stage.openCustomer();
    const purchase = await buy(customer);
    const request = await seller.nextRequest();
    await seller.promise(request, 21, 'postpay');
    await untilState(customer, request.id, 'offered');
    const bait = await thief.deliverPriced(request, 21, 'junk');
    const locked = await seller.deliverPriced(request, 21, 'the real thing');
    expect(await purchase.result()).toMatchObject({
      ok: true,
      value: { content: 'the real thing', providerPubkey: seller.pubkey },
    });
    expect([await seller.payment(locked), await thief.payment(bait)]).toEqual(['settled', 'pending']);
  });
});

describe('a locked result', () => {
  test.each<[string, string, Partial<JobResultDraft>]>([
    ['whose invoice has another hash than its lock', 'reveal-mismatch', { revealHash: '22'.repeat(32) }],
    ['that no key could open', 'unreadable', { content: 'not even locked' }],
  ])('%s is not paid', async (_title, reason, lie) => {
    const outcome = await buyUnpaid((seller, request) => seller.deliverLocked(request, 21, 'x', lie));
    expect(outcome.ok ? null : refusalOf(outcome.failure)).toBe(reason);
  });

  test('that does not open after paying ends the purchase, and the proof of it is kept', async () => {
    const seller = await stage.openProvider('alice');
    const customer = stage.openCustomer();
    const purchase = await buy(customer);
    const request = await seller.nextRequest();
    const decoy = await seller.lockWith('33'.repeat(32), request, 'never to be read');
    const locked = await seller.deliverLocked(request, 21, '', { content: decoy });
    await seller.untilHeld(locked);
    await seller.settle(locked);
    expect(await purchase.result()).toMatchObject({
      ok: false,
      failure: { code: 'reveal-broken', data: { resultId: locked.event.id, reason: 'wrong-key' } },
    });
    expect(await customer.get(request.id)).toMatchObject({
      state: 'undelivered',
      result: { id: locked.event.id },
      preimage: locked.preimage,
      offer: { exchange: 'reveal', paymentHash: locked.paymentHash },
    });
  });

  test('is no delivery of what was paid by another invoice', async () => {
    const seller = await stage.openProvider('alice');
    const customer = stage.openCustomer();
    const purchase = await buy(customer);
    const request = await seller.nextRequest();
    const ask = await seller.ask(request, 21);
    await seller.untilPaid(ask);
    const again = await seller.deliverLocked(request, 50, 'pay once more');
    await untilState(customer, request.id, 'paid');
    stage.clock.aheadSeconds = 3600;
    await seller.say(request, { status: 'processing', info: 'an event makes it look' });
    expect(await purchase.result()).toMatchObject({ ok: false, failure: { code: 'undelivered' } });
    expect(await seller.payment(again)).toBe('pending');
  });
});

describe('a provider', () => {
  test('that is paid first and vanishes leaves its offer and the preimage as the proof', async () => {
    const seller = await stage.openProvider('alice');
    const customer = stage.openCustomer();
    const purchase = await buy(customer);
    const request = await seller.nextRequest();
    const ask = await seller.ask(request, 21);
    await untilState(customer, request.id, 'paid');
    stage.clock.aheadSeconds = 3600;
    await seller.say(request, { status: 'processing', info: 'an event makes it look' });
    expect(await purchase.result()).toMatchObject({ ok: false, failure: { code: 'undelivered' } });
    expect(await customer.get(request.id)).toMatchObject({
      state: 'undelivered',
      offer: { event: { id: ask.event.id }, bolt11: ask.bolt11 },
      preimage: expect.stringMatching(/^[0-9a-f]{64}$/),
      result: null,
    });
  });

  test('that asks again with the result is paid once', async () => {
    const seller = await stage.openProvider('alice');
    const ledger = stage.openLedger();
    const customer = stage.openCustomer({ ledger });
    const purchase = await buy(customer);
    const request = await seller.nextRequest();
    const ask = await seller.ask(request, 21);
    await untilState(customer, request.id, 'paid');
    const again = await seller.deliverPriced(request, 50, 'a fox');
    const { feePaidMsat } = orThrow(await purchase.result());
    expect(await purchase.result()).toMatchObject({ ok: true, value: { amountMsat: 21_000n } });
    expect([await seller.payment(ask), await seller.payment(again)]).toEqual(['settled', 'pending']);
    expect((await ledger.spending.spent(customer.pubkey)).todayMsat).toBe(21_000n + feePaidMsat);
  });

  test('that asks again after a postpaid result is paid once', async () => {
    const seller = await stage.openProvider('alice');
    const purchase = await buy(stage.openCustomer());
    const request = await seller.nextRequest();
    const first = await seller.deliverPriced(request, 21, 'a fox');
    expect(await purchase.result()).toMatchObject({ ok: true, value: { content: 'a fox' } });
    const again = await seller.deliverPriced(request, 1, 'another fox');
    const quoted = await seller.ask(request, 1);
    expect(await seller.payment(first)).toBe('settled');
    expect([await seller.payment(again), await seller.payment(quoted)]).toEqual(['pending', 'pending']);
  });

  test('whose price the day cap forbids is not paid, and its result is not used', async () => {
    const seller = await stage.openProvider('alice');
    const caps = { perJobMsat: satsToMsat(100), perDayMsat: satsToMsat(20) };
    const customer = stage.openCustomer({ caps });
    const purchase = await buy(customer, { targets: [seller.pubkey] });
    const request = await seller.nextRequest();
    const priced = await seller.deliverPriced(request, 21, 'a fox');
    expect(await purchase.result()).toMatchObject({ ok: false, failure: { code: 'over-budget' } });
    expect(await customer.get(request.id)).toMatchObject({ result: null });
    expect(await seller.payment(priced)).toBe('pending');
  });
});
