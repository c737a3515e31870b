import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { unixNow } from '../../src/clock/index.ts';
import type { Wallet } from '../../src/money/index.ts';
import { failure, orThrow, satsToMsat, success } from '../../src/protocol/index.ts';
import type { ScriptedProvider } from '../customer/scripted-provider.ts';
import {
  look,
  openGatewayStage,
  order,
  pay,
  proof,
  quoteOf,
  untilJob,
  type ClientQuote,
  type GatewayStage,
  type GatewayUnderTest,
} from './stage.ts';

let stage: GatewayStage;
let provider: ScriptedProvider;
let gateway: GatewayUnderTest;
beforeAll(async () => {
  stage = await openGatewayStage();
}, 60_000);
beforeEach(async () => {
  provider = await stage.openProvider('alice');
});
afterEach(() => stage.sweep());
afterAll(() => stage.close(), 60_000);

const ORDER = { inputs: ['a red fox'], max_sats: 100, deadline_seconds: 60 };

/** A quote that the client has paid. */
interface PaidQuote extends ClientQuote {
  readonly preimage: string;
}

/** Orders, has the scripted provider quote 20 sat, and returns what the client is asked for. */
async function quoted(): Promise<ClientQuote> {
  const quoting = quoteOf(gateway.url, 5050, ORDER);
  await provider.quote(await provider.nextRequest(), 20);
  return quoting;
}

async function balanceMsat(): Promise<bigint> {
  return orThrow(await stage.clientWallet.balance()).spendableMsat;
}

async function invoiceOf(sats: number): Promise<string> {
  const made = await stage.clientWallet.makeInvoice({ amountMsat: satsToMsat(sats), expirySeconds: 600 });
  return orThrow(made).bolt11 ?? '';
}

async function refund(quote: PaidQuote, to: object): Promise<[number, Record<string, unknown>]> {
  const headers = proof(quote, quote.preimage);
  const response = await fetch(`${quote.job}/refund`, { method: 'POST', headers, body: JSON.stringify(to) });
  return [response.status, (await response.json()) as Record<string, unknown>];
}

describe('an offer that is gone when the client has paid', () => {
  test('is replaced by another one within what was paid', async () => {
    gateway = await stage.openGateway();
    const quoting = quoteOf(gateway.url, 5050, ORDER);
    const first = await provider.nextRequest();
    await provider.quote(first, 20);
    const quote = await quoting;
    await provider.say(first, { status: 'error', error: { code: 'busy', detail: 'Not now.' } });
    const preimage = await pay(stage.clientWallet, quote.invoice);
    const second = await provider.nextRequest();
    expect(second.tags).toContainEqual(['i', 'a red fox', 'text']);
    const offer = await provider.quote(second, 20);
    await provider.untilHeld(offer);
    await provider.deliver(second, 'after all');
    await provider.settle(offer);
    const response = await order(gateway.url, 5050, ORDER, proof(quote, preimage));
    expect(await response.json()).toMatchObject({
      state: 'done',
      sats: 25,
      result: { content: 'after all' },
    });
    expect(await provider.payment(offer)).toBe('settled');
  });

  test('and is to be had for more only, ends in a refund', async () => {
    gateway = await stage.openGateway();
    const quoting = quoteOf(gateway.url, 5050, { ...ORDER, provider: provider.pubkey });
    const first = await provider.nextRequest();
    await provider.quote(first, 20);
    const quote = await quoting;
    await provider.say(first, { status: 'error', error: { code: 'busy', detail: 'Not now.' } });
    await pay(stage.clientWallet, quote.invoice);
    for (let tries = 0; tries < 2; tries++) await provider.quote(await provider.nextRequest(), 21);
    expect(await untilJob(quote, 'refund-due')).toMatchObject({ failure: { code: 'no-offer' } });
    expect(await gateway.ledger.spending.list({ spenderPubkey: gateway.customer.pubkey, limit: 9 })).toEqual(
      [],
    );
  });

  test('is bought anew for a payment that came when the quote had lapsed', async () => {
    const clock = { aheadSeconds: 0 };
    const now = () => unixNow() + clock.aheadSeconds;
    gateway = await stage.openGateway({ now, lookEveryMs: 100 });
    const quote = await quoted();
    clock.aheadSeconds = 130;
    await untilJob(quote, 'lapsed');
    clock.aheadSeconds = 0;
    await pay(stage.clientWallet, quote.invoice);
    const second = await provider.nextRequest();
    const offer = await provider.quote(second, 20);
    await provider.untilHeld(offer);
    await provider.deliver(second, 'late but paid');
    await provider.settle(offer);
    expect(await untilJob(quote, 'done')).toMatchObject({ result: { content: 'late but paid' } });
  });
});

test('a lapsed quote is forgotten only when it is surely unpaid', async () => {
  const clock = { aheadSeconds: 0 };
  const now = () => unixNow() + clock.aheadSeconds;
  const deaf = { ...stage.bank.wallet('gateway'), subscribe: () => undefined };
  gateway = await stage.openGateway({ now, wallet: deaf, lookEveryMs: 100 });
  const quote = await quoted();
  const unpaid = await quoted();
  clock.aheadSeconds = 130;
  await Promise.all([untilJob(quote, 'lapsed'), untilJob(unpaid, 'lapsed')]);
  clock.aheadSeconds = 1_500; // nobody looks at them any more
  await pay(stage.clientWallet, quote.invoice);
  clock.aheadSeconds = 5_000;
  await vi.waitFor(async () => expect((await fetch(unpaid.job)).status).toBe(404), { timeout: 20_000 });
  expect((await fetch(quote.job)).status).toBe(200);
  await vi.waitFor(async () => expect((await look(quote))['state']).not.toBe('lapsed'), { timeout: 20_000 });
});

test('money for a lapsed quote that is not its price is told of and kept, also while the wallet cannot say', async () => {
  const clock = { aheadSeconds: 0 };
  const real = stage.bank.wallet('gateway');
  let shows: 'nothing' | 'less' | 'silence' = 'nothing';
  let looks = 0;
  const wallet: Wallet = {
    ...real,
    subscribe: () => undefined,
    lookup: async (...call) => {
      looks += 1;
      if (shows === 'silence') return failure('wallet-unreachable', 'no way to the wallet');
      const seen = await real.lookup(...call);
      return shows === 'less' && seen.ok && seen.value !== null
        ? success({ ...seen.value, state: 'settled', amountMsat: satsToMsat(1) })
        : seen;
    },
  };
  gateway = await stage.openGateway({ now: () => unixNow() + clock.aheadSeconds, wallet, lookEveryMs: 100 });
  const quote = await quoted();
  clock.aheadSeconds = 130;
  await untilJob(quote, 'lapsed');
  shows = 'silence';
  clock.aheadSeconds = 5_000;
  looks = 0;
  await vi.waitFor(() => expect(looks).toBeGreaterThan(2), { timeout: 20_000 });
  expect((await look(quote))['state']).toBe('lapsed');
  expect(gateway.troubles.filter(({ code }) => code === 'payment-unclear')).toEqual([]);
  shows = 'less';
  const told = () => gateway.troubles.filter(({ code }) => code === 'payment-unclear');
  await vi.waitFor(() => expect(told()).toHaveLength(1), { timeout: 20_000 });
  expect((await look(quote))['state']).toBe('lapsed'); // kept for a person
});

describe('a provider that fails after the client has paid', () => {
  /** A job that the client paid for and the provider gave up. */
  async function failed(): Promise<PaidQuote> {
    const quoting = quoteOf(gateway.url, 5050, ORDER);
    const request = await provider.nextRequest();
    const offer = await provider.quote(request, 20);
    const quote = await quoting;
    const preimage = await pay(stage.clientWallet, quote.invoice);
    await provider.untilHeld(offer);
    await provider.say(request, { status: 'error', error: { code: 'broken', detail: 'It broke.' } });
    await provider.giveBack(offer);
    await untilJob(quote, 'refund-due');
    const shown = await order(gateway.url, 5050, ORDER, proof(quote, preimage));
    expect([shown.status, await shown.json()]).toMatchObject([
      502,
      { code: 'provider-failed', state: 'refund-due', refund: `${quote.job}/refund`, refund_sats: 20 },
    ]);
    return { ...quote, preimage };
  }

  beforeEach(async () => {
    gateway = await stage.openGateway({
      // Where the payment fails before its lock was seen, the market is asked again, in vain, before the refund is due.
      limits: { offerSeconds: 4 },
      resolveAddress: async ({ lud16, amountMsat }) =>
        lud16 === 'client@wallet.example'
          ? success({ bolt11: await invoiceOf(Number(amountMsat) / 1_000) })
          : failure('unknown-name', 'Nobody is paid there.'),
    });
  });

  test('costs the client no more than routing: what was paid comes back, once', async () => {
    const before = await balanceMsat();
    const quote = await failed();
    const [status, told] = await refund(quote, { invoice: await invoiceOf(20) });
    expect([status, told]).toMatchObject([200, { state: 'refunded', sats: 25 }]);
    expect(before - (await balanceMsat())).toBeLessThan(6_000n); // the routing of both payments
    for (const to of [{ invoice: await invoiceOf(20) }, { address: 'client@wallet.example' }])
      expect(await refund(quote, to)).toMatchObject([409, { code: 'nothing-owed' }]);
  });

  test('pays one of two refunds that are asked for at once', async () => {
    const quote = await failed();
    const invoices = [await invoiceOf(20), await invoiceOf(20), await invoiceOf(20)];
    const before = await balanceMsat();
    const answers = await Promise.all(invoices.map((invoice) => refund(quote, { invoice })));
    expect(answers.map(([status]) => String(status)).toSorted()).toEqual(['200', '409', '409']);
    expect((await balanceMsat()) - before).toBe(20_000n);
  });

  test('refunds to a lightning address', async () => {
    const quote = await failed();
    expect(await refund(quote, { address: 'nobody@wallet.example' })).toMatchObject([
      422,
      { code: 'unknown-name' },
    ]);
    const before = await balanceMsat();
    expect(await refund(quote, { address: 'client@wallet.example' })).toMatchObject([
      200,
      { state: 'refunded' },
    ]);
    expect((await balanceMsat()) - before).toBe(20_000n);
  });

  test('refunds no more than was paid, with the routing, and to no invoice that is not the client’s', async () => {
    const quote = await failed();
    const own = quoteOf(gateway.url, 5050, ORDER);
    await provider.quote(await provider.nextRequest(), 20);
    const wrong = [
      await invoiceOf(26),
      await invoiceOf(19),
      'lnbcrt1nothing',
      (await own).invoice, // would pay one's next job with one's refund, and the gateway itself
    ];
    for (const invoice of wrong)
      expect(await refund(quote, { invoice })).toMatchObject([422, { code: 'invoice-unacceptable' }]);
    expect(await refund(quote, { invoice: 'x', address: 'y' })).toMatchObject([
      400,
      { code: 'invalid-body' },
    ]);
    expect(await refund(quote, { invoice: await invoiceOf(20) })).toMatchObject([200, { state: 'refunded' }]);
  });

  test('refunds to nobody but who paid, however late', async () => {
    const clock = { aheadSeconds: 0 };
    gateway = await stage.openGateway({ now: () => unixNow() + clock.aheadSeconds });
    const quote = await failed();
    const other = await quoted();
    const to = { invoice: await invoiceOf(20) };
    const wrong = [
      { ...quote, preimage: '00'.repeat(32) },
      { ...quote, macaroon: other.macaroon },
    ];
    for (const token of wrong)
      expect(await refund(token, to)).toMatchObject([401, { code: 'credential-invalid' }]);
    expect((await fetch(`${quote.job}/refund`, { method: 'POST', body: JSON.stringify(to) })).status).toBe(
      401,
    );
    expect((await look(quote))['state']).toBe('refund-due');
    clock.aheadSeconds = 30 * 86_400;
    const shown = await refund(quote, { invoice: 'lnbcrt1nothing' });
    expect(shown).toMatchObject([422, { code: 'invoice-unacceptable' }]);
  });

  test('lets the client name another invoice when one cannot be paid', async () => {
    const quote = await failed();
    const hold = '11'.repeat(32);
    const stuck = orThrow(
      await stage.clientWallet.makeHoldInvoice({
        amountMsat: satsToMsat(20),
        paymentHash: hold,
        description: '',
        expirySeconds: 600,
      }),
    );
    const asked = refund(quote, { invoice: stuck.bolt11 ?? '' });
    await untilJob(quote, 'refunding');
    expect(await refund(quote, { invoice: await invoiceOf(20) })).toMatchObject([
      409,
      { code: 'refund-under-way' },
    ]);
    await stage.clientWallet.cancelHold({ paymentHash: hold });
    expect(await asked).toMatchObject([502, { code: 'refund-failed' }]);
    expect(await refund(quote, { invoice: await invoiceOf(20) })).toMatchObject([200, { state: 'refunded' }]);
  });
});
