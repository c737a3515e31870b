import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { Customer, Wish } from '../../src/customer/index.ts';
import { orThrow, type JobPlan } from '../../src/protocol/index.ts';
import { service, type JobHandler, type TermsByHand } from '../../src/provider/index.ts';
import { Death } from '../fixtures/death.ts';
import { fund, sats } from '../ecash/stage.ts';
import type { Seller } from '../provider/stage.ts';
import { openEcashMarket, wishFor, type EcashMarket, type Purse } from './ecash-stage.ts';

const PLAN: JobPlan = {
  title: 'A sketch',
  milestones: [
    { amountMsat: sats(30), title: 'The drawing' },
    { amountMsat: sats(10), title: 'Colours' },
  ],
  revisions: 1,
};
const HOUR = 3600;
const TERMS: TermsByHand = {
  amountMsat: sats(20),
  usualSeconds: 60,
  worstSeconds: 12 * HOUR,
  note: null,
  plan: PLAN,
};

let market: EcashMarket;
let person: Seller;
let payee: Purse;

const draw: JobHandler = async ({ inputs }) => `drawn: ${inputs.map(({ text }) => text).join(' + ')}`;

beforeAll(async () => {
  market = await openEcashMarket();
  payee = market.openPurse();
  const byHand = { ...service({ kind: 5000, handler: draw, quotedByHand: true, exchanges: ['ecash-htlc'] }) };
  const { kind: _, ...told } = byHand;
  person = await market.sell(told, { limits: { offerSeconds: 24 * HOUR } }, payee);
}, 60_000);
afterAll(() => market.close());

/** Buys the first step of a planned job from the person, who answers as people do. */
async function buyFirst(customer: Customer, told: Partial<Wish> = {}): Promise<string> {
  const wish = { ...wishFor(person), deadlineSeconds: 24 * HOUR, ...told };
  const handle = orThrow(await customer.buy(wish));
  await person.until((sale) => sale.requestId === handle.requestId && sale.work === 'received');
  orThrow(await person.provider.byHand.offer(handle.requestId, TERMS));
  expect(orThrow(await handle.result()).exchange).toBe('ecash-htlc');
  return handle.requestId;
}

/** What a person has at the mint, in sats, however many pieces. */
async function openPayer(amount: number): Promise<Purse> {
  const payer = market.openPurse();
  await fund(payer.wallet, amount);
  return payer;
}

describe('a job with a plan that is paid in locked ecash', () => {
  test('goes on milestone by milestone, each by a lock of its own, and is revised for nothing', async () => {
    const payer = await openPayer(100);
    const customer = market.buyer(payer);
    const first = await buyFirst(customer);
    const second = orThrow(
      await customer.continueJob(first, { step: 'milestone', number: 2, text: 'on paper' }),
    );
    expect(orThrow(await second.result())).toMatchObject({
      content: 'drawn: drawn: a red fox + on paper',
      amountMsat: sats(30),
      exchange: 'ecash-htlc',
      settlement: 'settled',
    });
    const revision = orThrow(
      await customer.continueJob(first, { step: 'revision', number: 1, text: 'bluer' }),
    );
    expect(orThrow(await revision.result())).toMatchObject({ exchange: 'free', amountMsat: 0n });
    const third = orThrow(await customer.continueJob(first, { step: 'milestone', number: 3 }));
    expect(orThrow(await third.result())).toMatchObject({ amountMsat: sats(10), settlement: 'settled' });
    const hashes = await Promise.all(
      [first, second.requestId, third.requestId].map(
        async (requestId) =>
          (await person.until((sale) => sale.requestId === requestId && sale.money === 'settled')).quote
            ?.paymentHash,
      ),
    );
    expect(new Set(hashes).size).toBe(3);
    const steps = await customer.steps(third.requestId);
    expect(steps?.milestones.map(({ purchase }) => purchase?.state)).toEqual(Array(3).fill('received'));
  });

  test('names its mints in private where it was asked for in private', async () => {
    const payer = await openPayer(100);
    const customer = market.buyer(payer);
    const first = await buyFirst(customer, { encrypted: true });
    const second = orThrow(await customer.continueJob(first, { step: 'milestone', number: 2 }));
    expect(orThrow(await second.result()).exchange).toBe('ecash-htlc');
    const { request } = (await customer.get(second.requestId)) ?? expect.fail('it is not booked');
    expect(JSON.stringify(request)).not.toContain(market.proxy.url);
  });

  test('is continued and paid once, whatever dies in between', async () => {
    const payer = await openPayer(100);
    const ledger = market.stage.openLedger();
    const first = await buyFirst(market.buyer(payer, { ledger }));
    const step = { step: 'milestone', number: 2 } as const;
    const death = new Death();
    const doomed = market.buyer(payer, {
      ledger: death.mortal(ledger),
      checkpoint: death.at('customer:wallet-answered'), // the ecash is locked, and nothing says so
    });
    void doomed.continueJob(first, step).catch(() => undefined);
    await vi.waitFor(() => expect(death.isDead).toBe(true), { timeout: 20_000 });
    const next = market.buyer(payer, { ledger });
    const again = orThrow(await next.continueJob(first, step));
    expect(orThrow(await again.result())).toMatchObject({ amountMsat: sats(30), settlement: 'settled' });
    expect(orThrow(await next.continueJob(first, step)).requestId).toBe(again.requestId);
    const payments = await ledger.purchases.payments(again.requestId);
    expect(payments.map(({ state }) => state)).toEqual(['settled']);
    death.bury();
  });

  test('is asked for again at once where a step was not paid, and is paid once', async () => {
    const lightning = { ...market.stage.wallet(), canPayFor: (key: string) => !key.startsWith('job ') };
    const payer = market.openPurse({ lightning });
    await fund(payer.wallet, 25); // enough for the first step only
    const ledger = market.stage.openLedger();
    const customer = market.buyer(payer, { ledger });
    const first = await buyFirst(customer);
    const step = { step: 'milestone', number: 2 } as const;
    const unpaid = orThrow(await customer.continueJob(first, step));
    expect(await unpaid.result()).toMatchObject({
      failure: { code: 'offers-failed', data: { reason: 'ecash-too-little' } },
    });
    await person.until((sale) => sale.requestId === unpaid.requestId && sale.work === 'cancelled');

    await fund(payer.wallet, 100);
    const again = orThrow(await customer.continueJob(first, step));
    expect(again.requestId).not.toBe(unpaid.requestId);
    expect(orThrow(await again.result())).toMatchObject({ amountMsat: sats(30), settlement: 'settled' });
    const payments = await Promise.all(
      [unpaid, again].map(({ requestId }) => ledger.purchases.payments(requestId)),
    );
    expect(payments.flat().map(({ state }) => state)).toEqual(['settled']);
  });
});
