import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { unixNow } from '../../src/clock/index.ts';
import { DEFAULT_POLICY, type Customer } from '../../src/customer/index.ts';
import { orThrow, satsToMsat } from '../../src/protocol/index.ts';
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
} from './stage.ts';

let stage: GatewayStage;
let provider: ScriptedProvider;
beforeAll(async () => {
  stage = await openGatewayStage();
}, 60_000);
beforeEach(async () => {
  provider = await stage.openProvider('alice');
});
afterEach(() => stage.sweep());
afterAll(() => stage.close(), 60_000);

const ORDER = { inputs: ['a red fox'], max_sats: 100, deadline_seconds: 60 };
/** Beyond the deadline of a purchase and its grace. */
const LATE_SECONDS = 600;

/** A provider that is paid by a hold invoice takes it and delivers nothing. */
async function takesAndKeeps(
  url: string,
  told: object,
): Promise<ClientQuote & { readonly refund_terms: string; readonly message: string; preimage: string }> {
  const quoting = quoteOf(url, 5050, { ...ORDER, ...told });
  const request = await provider.nextRequest();
  const offer = await provider.quote(request, 20);
  const quote = (await quoting) as Awaited<ReturnType<typeof takesAndKeeps>>;
  const paying = pay(stage.clientWallet, quote.invoice);
  await provider.untilHeld(offer);
  await provider.settle(offer);
  await vi.waitFor(async () => expect(await provider.payment(offer)).toBe('settled'), { timeout: 20_000 });
  stage.clock.aheadSeconds = LATE_SECONDS;
  await provider.say(request, { status: 'error', error: { code: 'broken', detail: 'It broke.' } });
  return { ...quote, preimage: await paying };
}

describe('a mode in which the provider has the money first', () => {
  test('is taken of trusted providers alone', async () => {
    const wary = await stage.openGateway({ limits: { offerSeconds: 4 } });
    const refused = order(wary.url, 5050, ORDER);
    const asked = await provider.nextRequest();
    await provider.ask(asked, 20);
    expect((await refused).status).toBe(503);
    expect(JSON.stringify(asked.tags)).not.toMatch(/prepay|zap|sample/);

    const ledger = stage.openLedger();
    const customer = stage.openCustomer({
      ledger,
      wallet: stage.bank.wallet('gateway'),
      policy: { ...DEFAULT_POLICY, offerWaitMs: 2_000 }, // time for the stranger's, which is cheaper
    });
    const trusting = await stage.openGateway({
      customer,
      spending: ledger.spending,
      trusted: [provider.pubkey],
      limits: { offerSeconds: 60 },
    });
    const stranger = await stage.openProvider('bob');
    const quoting = quoteOf(trusting.url, 5050, ORDER);
    await provider.ask(await provider.nextRequest(), 20);
    await stranger.ask(await stranger.nextRequest(), 10);
    expect(await quoting).toMatchObject({ mode: 'prepay', sats: 25 });
  });
});

describe('a provider that takes the money and delivers nothing', () => {
  test('costs the gateway no more than its bound in a day, and the client nothing', async () => {
    const clock = { aheadSeconds: 0 };
    const now = () => unixNow() + clock.aheadSeconds;
    const gateway = await stage.openGateway({ now, maxLossMsat: satsToMsat(25) });
    const quote = await takesAndKeeps(gateway.url, {});
    expect(quote.refund_terms).toBe('full');
    await untilJob(quote, 'refund-due');
    const refused = await order(gateway.url, 5050, ORDER);
    expect([refused.status, await refused.json()]).toMatchObject([503, { code: 'losses' }]);

    const wanted = { amountMsat: satsToMsat(20), expirySeconds: 600 };
    const { bolt11 } = orThrow(await stage.clientWallet.makeInvoice(wanted));
    const refunded = await fetch(`${quote.job}/refund`, {
      method: 'POST',
      headers: proof(quote, quote.preimage),
      body: JSON.stringify({ invoice: bolt11 }),
    });
    expect(await refunded.json()).toMatchObject({ state: 'refunded' });

    clock.aheadSeconds = 86_400 + 60;
    stage.clock.aheadSeconds = 0;
    const again = order(gateway.url, 5050, ORDER);
    await provider.quote(await provider.nextRequest(), 20); // too old by that clock, but the market is asked
    expect(await (await again).json()).toMatchObject({ code: 'no-offer' });
  });

  test('is waited for by no second client that would pass the bound', async () => {
    const gateway = await stage.openGateway({ maxLossMsat: satsToMsat(25) });
    const quotingFirst = quoteOf(gateway.url, 5050, ORDER);
    const offer = await provider.quote(await provider.nextRequest(), 20);
    const first = await quotingFirst;
    const quotingSecond = quoteOf(gateway.url, 5050, ORDER);
    await provider.quote(await provider.nextRequest(), 20);
    const second = await quotingSecond; // both before anything is at risk
    await pay(stage.clientWallet, first.invoice);
    await provider.untilHeld(offer);
    await pay(stage.clientWallet, second.invoice);
    expect(await untilJob(second, 'refund-due')).toMatchObject({ failure: { code: 'losses' } });
    expect(await look(first)).toMatchObject({ state: 'working' });
    await provider.giveBack(offer);
  });

  test.each(['prepaid', 'hold'])('is borne by the client that named it, %s', async (payment) => {
    const gateway = await stage.openGateway({ maxLossMsat: satsToMsat(0) });
    const quote = await takesAndKeeps(gateway.url, { payment, provider: provider.pubkey });
    expect(quote).toMatchObject({
      refund_terms: 'returned',
      message: expect.stringContaining('You chose the provider'),
    });
    expect(await untilJob(quote, 'lost')).toMatchObject({ failure: { code: 'provider-kept-money' } });
    const refused = await fetch(`${quote.job}/refund`, {
      method: 'POST',
      headers: proof(quote, quote.preimage),
      body: JSON.stringify({ invoice: quote.invoice }),
    });
    expect([refused.status, await refused.json()]).toMatchObject([409, { code: 'nothing-owed' }]);
  });
});

test('nothing is given back while the provider’s money is locked, and its late result is delivered', async () => {
  const ledger = stage.openLedger();
  const inner = stage.openCustomer({
    ledger,
    wallet: stage.bank.wallet('gateway'),
    policy: { ...DEFAULT_POLICY, offerWaitMs: 100 },
  });
  const askedLate: string[] = [];
  const customer: Customer = {
    ...inner,
    get(requestId) {
      if (stage.clock.aheadSeconds > 0) askedLate.push(requestId);
      return inner.get(requestId);
    },
  };
  const gateway = await stage.openGateway({ customer, spending: ledger.spending, lookEveryMs: 100 });
  const quoting = quoteOf(gateway.url, 5050, ORDER);
  const request = await provider.nextRequest();
  const offer = await provider.quote(request, 20);
  const quote = await quoting;
  await pay(stage.clientWallet, quote.invoice);
  await provider.untilHeld(offer);
  stage.clock.aheadSeconds = LATE_SECONDS;
  await provider.say(request, { status: 'processing' });
  await vi.waitFor(() => expect(askedLate.length).toBeGreaterThan(1), { timeout: 30_000 });
  expect(await look(quote)).toMatchObject({ state: 'working' });
  await provider.deliver(request, 'late but here');
  await provider.settle(offer);
  expect(await untilJob(quote, 'done')).toMatchObject({ result: { content: 'late but here' } });
});
