import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { forwardEarnings, withdraw, type ForwardRule, type Withdrawal } from '../../src/account/index.ts';
import type { Ledger } from '../../src/ledger/index.ts';
import type { Wallet } from '../../src/money/index.ts';
import { failure, msat, orThrow, satsToMsat, verifyEvent, type Failure } from '../../src/protocol/index.ts';
import { createMemoryZapRecords, createPayServer } from '../../src/zaps/index.ts';
import { faultyWallet } from '../customer/faulty-wallet.ts';
import { openHttpStage, type HttpStage } from '../fixtures/http-stage.ts';
import {
  anotherWallet,
  bookSale,
  bothSidesWallet,
  fetchFrom,
  invoiceOf,
  openAccountStage,
  OURS,
  PRICE_MSAT,
  type AccountStage,
} from './stage.ts';

let stage: AccountStage;
let server: HttpStage;
let address: string;
let ledger: Ledger;
let dir: string;

beforeAll(async () => {
  stage = await openAccountStage();
  server = await openHttpStage(async (request) => {
    const payServer = createPayServer({
      origin: server.origin,
      recipientOf: () => ({ pubkey: OURS, description: 'Savings' }),
      wallet: stage.otherWallet,
      network: 'regtest',
      receiptPubkey: OURS,
      records: createMemoryZapRecords(),
      verify: verifyEvent,
      minMsat: msat(1_000n),
      maxMsat: satsToMsat(400_000),
      relays: [],
      now: stage.now,
    });
    return (await payServer.handle(request)) ?? new Response('elsewhere', { status: 404 });
  });
  address = `savings@${server.host}`;
}, 60_000);
beforeEach(async () => {
  ({ ledger, dir } = await stage.openBooks());
});
afterEach(() => stage.sweep());
afterAll(async () => {
  await server.close();
  await stage.close();
});

const parts = (wallet: Wallet = stage.wallet) => ({
  dir,
  ledger,
  wallet,
  pubkey: OURS,
  fetch: fetchFrom(server.host),
  now: stage.now,
  signal: new AbortController().signal,
});
const order = { amountMsat: PRICE_MSAT, purpose: 'withdrawal', caps: {} } as const;
const received = async () => orThrow(await stage.otherWallet.balance()).spendableMsat;
const spendable = async () => orThrow(await stage.wallet.balance()).spendableMsat;

/** A customer's money in the books: a job that was paid and then failed. */
async function oweCustomer(owedMsat: bigint): Promise<void> {
  const invoice = await invoiceOf(stage.wallet);
  const receipt = { paymentHash: invoice.paymentHash, via: 'invoice' as const, receivedAt: stage.now() };
  const receipts = [{ ...receipt, amountMsat: msat(owedMsat) }];
  await bookSale(
    ledger,
    'prepay',
    invoice,
    { money: 'quoted' },
    { money: 'settled', receipts },
    { work: 'failed', money: 'refund-due' },
    { money: 'unclaimed' },
  );
}

/** Forwards until it has, or says why not. */
async function forwardUntilTold(rule: Partial<ForwardRule>): Promise<Withdrawal | Failure> {
  const stop = new AbortController();
  const told = Promise.withResolvers<Withdrawal | Failure>();
  const running = forwardEarnings({
    ...parts(),
    signal: stop.signal,
    rule: { to: address, aboveMsat: msat(0n), keepMsat: msat(0n), ...rule },
    onForwarded: told.resolve,
    onTrouble: told.resolve,
  });
  const result = await told.promise;
  stop.abort();
  expect(await running).toMatchObject({ ok: true });
  return result;
}

describe('withdrawing', () => {
  it('pays an address exactly the amount, and books it', async () => {
    const before = await received();
    const paid = orThrow(await withdraw(parts(), { ...order, to: address }));
    expect(paid).toMatchObject({ to: address, amountMsat: PRICE_MSAT });
    expect(await received()).toBe(before + PRICE_MSAT);
    expect(await ledger.spending.payment(paid.paymentHash)).toMatchObject({
      state: 'settled',
      purpose: 'withdrawal',
      counterparty: address,
      preimage: paid.preimage,
    });
  });

  it('pays an invoice, once', async () => {
    const { bolt11 } = await invoiceOf(stage.otherWallet);
    const before = await received();
    orThrow(await withdraw(parts(), { ...order, to: bolt11, amountMsat: null }));
    expect(await withdraw(parts(), { ...order, to: bolt11 })).toMatchObject({
      failure: { code: 'already-paid' },
    });
    expect(await received()).toBe(before + PRICE_MSAT);
  });

  it.each([
    ['an address without an amount', async () => ({ to: address, amountMsat: null }), 'amount-missing'],
    [
      'an invoice over another amount',
      async () => ({ to: (await invoiceOf(stage.otherWallet)).bolt11, amountMsat: msat(1n) }),
      'wrong-amount',
    ],
    ['nonsense', async () => ({ to: 'nonsense' }), 'malformed-pay-address'],
    [
      'more than the address takes',
      async () => ({ to: address, amountMsat: satsToMsat(400_001) }),
      'amount-out-of-range',
    ],
    [
      'more than the cap of a day',
      async () => ({ to: address, caps: { perDayMsat: msat(1_000n) } }),
      'over-budget',
    ],
  ])('refuses %s, and nothing leaves', async (_what, told, code) => {
    const before = await spendable();
    expect(await withdraw(parts(), { ...order, ...(await told()) })).toMatchObject({ failure: { code } });
    expect(await spendable()).toBe(before);
    expect(await ledger.spending.listUnfinished(OURS)).toEqual([]);
  });

  it('leaves what customers are owed', async () => {
    const before = await spendable();
    await oweCustomer(before - PRICE_MSAT);
    expect(await withdraw(parts(), { ...order, to: address })).toMatchObject({
      failure: { code: 'money-owed', data: { owedMsat: (before - PRICE_MSAT).toString() } },
    });
    expect(await spendable()).toBe(before);
  });

  it('does one at a time, in whatever process, so that together they leave what customers are owed', async () => {
    const before = await spendable();
    await oweCustomer(before - 2n * PRICE_MSAT);
    const asked = Promise.withResolvers<void>();
    const goOn = Promise.withResolvers<void>();
    const slow = faultyWallet(stage.wallet, {
      pay: async (payment, call) => {
        asked.resolve();
        await goOn.promise;
        return stage.wallet.pay(payment, call);
      },
    });
    const first = withdraw(parts(slow), { ...order, to: address });
    await asked.promise;
    expect(await withdraw(parts(), { ...order, to: address })).toMatchObject({
      failure: { code: 'withdrawal-busy' },
    });
    expect(await forwardUntilTold({})).toMatchObject({ code: 'withdrawal-busy' });
    goOn.resolve();
    orThrow(await first);
    expect(await withdraw(parts(), { ...order, to: address })).toMatchObject({
      failure: { code: 'money-owed' },
    });
    expect(await spendable()).toBeGreaterThanOrEqual(before - 2n * PRICE_MSAT);
    expect(slow.payCalls).toHaveLength(1);
  });

  it('keeps one that was paid within a wallet which shows only the other side', async () => {
    const unheard = faultyWallet(bothSidesWallet(stage.wallet, stage.otherWallet), {
      pay: async (payment) => {
        await stage.wallet.pay(payment);
        return failure('payment-failed', 'It says.');
      },
    });
    const { bolt11, paymentHash } = await invoiceOf(stage.otherWallet);
    expect(await withdraw(parts(unheard), { ...order, to: bolt11 })).toMatchObject({ ok: true });
    expect(await ledger.spending.payment(paymentHash)).toMatchObject({ state: 'settled' });
  });

  it('leaves one open that a wallet shows only from the other side', async () => {
    const listless = faultyWallet(bothSidesWallet(stage.wallet, stage.otherWallet), {
      pay: async (payment) => {
        await stage.wallet.pay(payment);
        return failure('payment-failed', 'It says.');
      },
      list: async () => failure('not-implemented', 'No list.'),
    });
    const { bolt11, paymentHash } = await invoiceOf(stage.otherWallet);
    expect(await withdraw(parts(listless), { ...order, to: bolt11 })).toMatchObject({
      failure: { code: 'payment-unknown' },
    });
    stage.clock.aheadSeconds = 700;
    expect(await withdraw(parts(listless), { ...order, to: bolt11 })).toMatchObject({
      failure: { code: 'withdrawal-open' },
    });
    expect(await ledger.spending.payment(paymentHash)).toMatchObject({ state: 'in-flight' });
  });

  it('leaves one open that another wallet has never heard of, and frees it by the word of its own', async () => {
    const earlier = await invoiceOf(stage.otherWallet);
    orThrow(await withdraw(parts(), { ...order, to: earlier.bolt11 }));
    const dead = faultyWallet(stage.wallet, {
      pay: async () => failure('wallet-timeout', 'It never came there.'),
    });
    const { bolt11, paymentHash } = await invoiceOf(stage.otherWallet);
    expect(await withdraw(parts(dead), { ...order, to: bolt11 })).toMatchObject({
      failure: { code: 'payment-unknown' },
    });
    const next = { ...order, to: (await invoiceOf(stage.otherWallet)).bolt11 };
    const other = anotherWallet(stage.wallet);
    expect(await withdraw(parts(other), next)).toMatchObject({ failure: { code: 'withdrawal-open' } });
    stage.clock.aheadSeconds = 700;
    expect(await withdraw(parts(other), next)).toMatchObject({ failure: { code: 'withdrawal-open' } });
    expect(await ledger.spending.payment(paymentHash)).toMatchObject({ state: 'in-flight' });
    await withdraw(parts(), next);
    expect(await ledger.spending.payment(paymentHash)).toMatchObject({ state: 'failed' });
  });

  it('finishes one that a silent wallet left open, and pays it once', async () => {
    let hears = false;
    const silent = faultyWallet(stage.wallet, {
      pay: async (payment) => {
        await stage.wallet.pay(payment);
        return failure('wallet-timeout', 'No answer.');
      },
      lookup: async (payment) =>
        hears ? stage.wallet.lookup(payment) : failure('wallet-timeout', 'No answer.'),
    });
    const before = await received();
    const [first, again] = [
      await withdraw(parts(silent), { ...order, to: address }),
      { ...order, to: address },
    ];
    expect(first).toMatchObject({ failure: { code: 'payment-unknown' } });
    expect(await withdraw(parts(silent), again)).toMatchObject({ failure: { code: 'withdrawal-open' } });
    hears = true;
    expect(await withdraw(parts(silent), again)).toMatchObject({ failure: { code: 'withdrawal-finished' } });
    expect(await received()).toBe(before + PRICE_MSAT);
    expect(silent.payCalls).toHaveLength(1);
    expect(await ledger.spending.listUnfinished(OURS)).toEqual([]);
  }, 60_000);
});

describe('forwarding', () => {
  it('sends what is above, keeps what it must, and never what customers are owed', async () => {
    const before = await spendable();
    const owedMsat = before - satsToMsat(1_000);
    await oweCustomer(owedMsat);
    const forwarded = await forwardUntilTold({ keepMsat: satsToMsat(100) });
    expect(forwarded).toMatchObject({ amountMsat: satsToMsat(891), to: address }); // 900 less its fee limit of 9
    expect(await spendable()).toBeGreaterThanOrEqual(owedMsat + satsToMsat(100));
  });

  it('sends nothing while there is no more than it should be above', async () => {
    const before = await spendable();
    const stop = new AbortController();
    const onForwarded = vi.fn();
    const looked = Promise.withResolvers<void>();
    const watching = {
      ...stage.wallet,
      balance: async () => {
        looked.resolve();
        return stage.wallet.balance();
      },
    };
    const rule = { to: address, aboveMsat: msat(before), keepMsat: msat(0n) };
    const running = forwardEarnings({
      ...parts(watching),
      rule,
      signal: stop.signal,
      onForwarded,
      onTrouble: onForwarded,
    });
    await looked.promise;
    expect(await forwardEarnings({ ...parts(), rule, onForwarded, onTrouble: onForwarded })).toMatchObject({
      failure: { code: 'already-forwarding' },
    });
    stop.abort();
    await running;
    expect(onForwarded).not.toHaveBeenCalled();
    expect(await spendable()).toBe(before);
  });

  it('forwards when money comes in', async () => {
    const before = await spendable();
    const stop = new AbortController();
    const forwarded = Promise.withResolvers<Withdrawal>();
    const rule = { to: address, aboveMsat: msat(before), keepMsat: msat(before - satsToMsat(50)) };
    const looked = Promise.withResolvers<void>();
    const watching: Wallet = {
      ...stage.wallet,
      balance: async () => {
        looked.resolve();
        return stage.wallet.balance();
      },
    };
    const running = forwardEarnings({
      ...parts(watching),
      rule,
      signal: stop.signal,
      onForwarded: forwarded.resolve,
      onTrouble: ({ message }) => forwarded.reject(new Error(message)),
    });
    await looked.promise;
    const { bolt11 } = await invoiceOf(stage.wallet);
    orThrow(await stage.otherWallet.pay({ bolt11, feeLimitMsat: msat(5_000n) }));
    expect((await forwarded.promise).amountMsat).toBe(satsToMsat(66)); // 50 + 21 less a fee limit of 5
    stop.abort();
    await running;
  });

  it('tells why it cannot, such as an address that does not answer', async () => {
    expect(await forwardUntilTold({ to: `nobody@${server.host.replace(/\d+$/, '1')}` })).toMatchObject({
      code: expect.any(String),
      message: expect.any(String),
    });
  });
});
