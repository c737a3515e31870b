import { createHash } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  failureOf,
  HALF_CHANNEL_MSAT,
  hold,
  holdInvoice,
  invoiceOf,
  nextNotice,
  open,
  pay,
  RESERVE_MSAT,
  spendable,
  stateOf,
} from '../../test/regtest/bank-steps.ts';
import type { Wallet } from '../money/index.ts';
import { msat, orThrow, parseInvoice, ZERO_MSAT } from '../protocol/index.ts';
import type { Bank } from './index.ts';

const MAINNET_INVOICE =
  'lnbc2500u1pvjluezsp5zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zygspp5qqqsyqcyq5rqwzqfqqqsyqcyq5rqwzqfqqqsyqcyq5rqwzqfqypqdq5xysxxatsyp3k7enxv4jsxqzpu9qrsgquk0rl77nj30yxdy8j9vdx85fkpmdla2087ne0xh8nhedh8w27kyke0lp53ut353s06fv3qfegext0eh0ymjpf39tuven09sam30g4vgpfna3rh';

describe('a bank with a provider and a customer', () => {
  let dir: string;
  let bank: Bank;
  let provider: Wallet;
  let customer: Wallet;
  let now = 1_800_000_000;

  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'coinop-bank-'));
    bank = await open(dir, { now: () => now });
    provider = bank.wallet('provider');
    customer = bank.wallet('customer');
  });
  afterAll(async () => {
    await bank.close();
    await rm(dir, { recursive: true, force: true });
  });

  test('gives every role half a channel of play money', async () => {
    expect(orThrow(await customer.capabilities())).toMatchObject({
      network: 'regtest',
      playMoney: true,
      hold: true,
    });
    expect(await spendable(provider)).toBe(HALF_CHANNEL_MSAT - RESERVE_MSAT);
    expect(await spendable(customer)).toBe(HALF_CHANNEL_MSAT - RESERVE_MSAT);
  });

  test('pays through the hub to the millisatoshi, and tells both sides after the commit', async () => {
    const [before, providerBefore] = [await spendable(customer), await spendable(provider)];
    const invoice = await invoiceOf(provider, 21_001n);
    const received = nextNotice(provider, (notice) => notice.type === 'received');
    const sent = nextNotice(customer, (notice) => notice.type === 'sent');

    const paid = orThrow(await pay(customer, invoice.bolt11));

    expect(createHash('sha256').update(Buffer.from(paid.preimage, 'hex')).digest('hex')).toBe(
      invoice.paymentHash,
    );
    expect(paid.feePaidMsat).toBe(0n);
    expect(await spendable(customer)).toBe(before - 21_001n);
    expect(await spendable(provider)).toBe(providerBefore + 21_001n);
    expect(await sent).toMatchObject({ direction: 'outgoing', state: 'settled', preimage: paid.preimage });
    expect(await received).toEqual(orThrow(await provider.lookup({ paymentHash: invoice.paymentHash })));
    expect(await received).toMatchObject({ direction: 'incoming', state: 'settled', settledAt: now });
  });

  test('signs invoices that any reader understands, for text or the hash of one', async () => {
    const descriptionHash = createHash('sha256').update('{"kind":9734}').digest('hex');
    const made = orThrow(
      await provider.makeInvoice({ amountMsat: msat(1n), descriptionHash, expirySeconds: 60 }),
    );
    const invoice = orThrow(parseInvoice(made.bolt11 ?? ''));
    expect(invoice).toMatchObject({
      network: 'regtest',
      descriptionHash,
      amountMsat: 1n,
      expiresAt: now + 60,
    });
    expect(invoice.routeHintCount).toBeGreaterThan(0);
    expect((await pay(customer, invoice.bolt11)).ok).toBe(true);
  });

  test('refuses invoices that cannot be', async () => {
    const terms = { amountMsat: msat(1000n), expirySeconds: 60 };
    const refusals = await Promise.all([
      provider.makeInvoice({ ...terms, amountMsat: ZERO_MSAT }),
      provider.makeInvoice({ ...terms, expirySeconds: 0 }),
      provider.makeInvoice({ ...terms, expirySeconds: 0.5 }),
      provider.makeInvoice({ ...terms, description: 'x'.repeat(700) }),
      provider.makeInvoice({ ...terms, descriptionHash: 'nonsense' }),
      provider.makeHoldInvoice({ ...terms, description: '', paymentHash: 'nonsense' }),
    ]);
    for (const refusal of refusals)
      expect(refusal).toMatchObject({ ok: false, failure: { code: 'invalid-invoice' } });
  });

  test('pays once however often it is asked', async () => {
    const before = await spendable(customer);
    const { bolt11 } = await invoiceOf(provider, 5_000_000n);
    const [first, second] = await Promise.all([pay(customer, bolt11), pay(customer, bolt11)]);
    const third = await pay(customer, bolt11);
    expect(first.ok).toBe(true);
    expect(second).toEqual(first);
    expect(third).toEqual(first);
    expect(await spendable(customer)).toBe(before - 5_000_000n);
  });

  test('keeps a hold invoice waiting until its provider settles', async () => {
    const before = await spendable(customer);
    const held = await hold(customer, provider, 777_000n);
    expect(held.record).toMatchObject({ state: 'accepted', preimage: null });
    expect(held.record.settleDeadlineHeight).toBeGreaterThan((await bank.height()) + 300);
    expect(await stateOf(customer, held.paymentHash)).toBe('pending');

    expect((await provider.settleHold({ preimage: held.preimage })).ok).toBe(true);
    expect(await held.paying).toMatchObject({ ok: true, value: { preimage: held.preimage } });
    expect(await stateOf(provider, held.paymentHash)).toBe('settled');
    expect((await provider.settleHold({ preimage: held.preimage })).ok).toBe(true);
    expect(await spendable(customer)).toBe(before - 777_000n);
    expect(await failureOf(provider.cancelHold(held))).toMatchObject({
      code: 'payment-failed',
      data: { state: 'settled' },
    });
  });

  test('a caller who stops waiting does not stop the payment', async () => {
    const { preimage, paymentHash, bolt11 } = await holdInvoice(provider, 1_000_000n);
    const patience = new AbortController();
    const held = nextNotice(provider, (notice) => notice.payment.paymentHash === paymentHash);
    const paying = pay(customer, bolt11, patience.signal);
    await held;
    patience.abort();
    expect(await failureOf(paying)).toMatchObject({ code: 'wallet-timeout' });

    const joined = pay(customer, bolt11);
    expect((await provider.settleHold({ preimage })).ok).toBe(true);
    expect(await joined).toMatchObject({ ok: true, value: { preimage } });
    expect(await stateOf(customer, paymentHash)).toBe('settled');
  });

  test('gives back what the provider cancels', async () => {
    const before = await spendable(customer);
    const held = await hold(customer, provider, 40_000_000n);
    expect(await spendable(customer)).toBe(before - 40_000_000n);
    expect((await provider.cancelHold(held)).ok).toBe(true);
    expect(await failureOf(held.paying)).toMatchObject({
      code: 'payment-failed',
      data: { reason: 'recipient-rejected' },
    });
    expect(await spendable(customer)).toBe(before);
    expect(await stateOf(provider, held.paymentHash)).toBe('canceled');
    expect((await provider.cancelHold(held)).ok).toBe(true);
    expect(await failureOf(provider.settleHold(held))).toMatchObject({
      code: 'payment-failed',
      data: { state: 'canceled' },
    });
  });

  test('gives back what nobody settled in time, and keeps its channels', async () => {
    const before = await spendable(customer);
    const held = await hold(customer, provider, 3_000_000n);
    await bank.mine((held.record.settleDeadlineHeight ?? 0) - (await bank.height()) + 30);
    expect(await failureOf(held.paying)).toMatchObject({ code: 'payment-failed' });
    expect(await stateOf(provider, held.paymentHash)).toBe('expired');
    expect(await stateOf(customer, held.paymentHash)).toBe('failed');
    expect(await spendable(customer)).toBe(before);
    expect(await failureOf(provider.settleHold(held))).toMatchObject({
      code: 'payment-failed',
      data: { state: 'expired' },
    });
    expect((await bank.stats()).channels).toEqual({ open: 4, usable: 4 });
  });

  test('an invoice cancelled before it was paid cannot be paid', async () => {
    const before = await spendable(customer);
    const { bolt11, paymentHash } = await holdInvoice(provider, 1_000n);
    expect((await provider.cancelHold({ paymentHash })).ok).toBe(true);
    expect(await failureOf(pay(customer, bolt11))).toMatchObject({ code: 'payment-failed' });
    expect(await spendable(customer)).toBe(before);
  });

  test('refuses an expired invoice before any money moves', async () => {
    const { bolt11, paymentHash } = await invoiceOf(provider, 1_000n, 60);
    now += 60;
    expect(await failureOf(pay(customer, bolt11))).toMatchObject({
      code: 'invalid-invoice',
      data: { reason: 'expired' },
    });
    expect(await stateOf(provider, paymentHash)).toBe('expired');
    expect(await stateOf(customer, paymentHash)).toBeUndefined();
  });

  test('a provider refuses money that arrives after expiry', async () => {
    const { bolt11, paymentHash } = await invoiceOf(provider, 1_000n, 60);
    const paying = pay(customer, bolt11);
    now += 60;
    await bank.stats(); // carries the new time to the bank while the payment is under way
    expect(await failureOf(paying)).toMatchObject({
      code: 'payment-failed',
      data: { reason: 'recipient-rejected' },
    });
    expect(await stateOf(provider, paymentHash)).toBe('expired');
  });

  test('does not let a wallet overdraw, pay itself, or pay real money', async () => {
    const tooMuch = await invoiceOf(provider, (await spendable(customer)) + 1n);
    expect(await failureOf(pay(customer, tooMuch.bolt11))).toMatchObject({ code: 'insufficient-balance' });
    expect(await stateOf(customer, tooMuch.paymentHash)).toBe('failed');
    const own = await invoiceOf(customer, 1_000n);
    expect(await failureOf(pay(customer, own.bolt11))).toMatchObject({
      code: 'payment-failed',
      data: { reason: 'own-invoice' },
    });
    expect(await failureOf(pay(customer, MAINNET_INVOICE))).toMatchObject({ code: 'wrong-network' });
    expect(await failureOf(pay(customer, 'lnbcrt1nonsense'))).toMatchObject({ code: 'invalid-invoice' });
  });

  test('takes one invoice per hash and knows only its own', async () => {
    const { paymentHash, preimage } = await holdInvoice(provider, 1_000n);
    const again = { amountMsat: msat(1n), paymentHash, description: '', expirySeconds: 60 };
    expect(await failureOf(provider.makeHoldInvoice(again))).toMatchObject({ code: 'invalid-invoice' });
    expect(await failureOf(customer.cancelHold({ paymentHash }))).toMatchObject({ code: 'wallet-not-found' });
    expect(await failureOf(customer.settleHold({ preimage }))).toMatchObject({ code: 'wallet-not-found' });
    expect(await failureOf(provider.settleHold({ preimage }))).toMatchObject({ data: { state: 'pending' } });
    expect(orThrow(await customer.lookup({ paymentHash }))).toBeNull();
  });

  test('lists both directions, newest first, within a span of time', async () => {
    now += 1_000;
    const from = now;
    const paid = await invoiceOf(provider, 1_000n);
    await pay(customer, paid.bolt11);
    const asked = await invoiceOf(customer, 2_000n);
    const hashes = async (query: Parameters<Wallet['list']>[0]) =>
      orThrow(await customer.list(query)).map((record) => record.paymentHash);
    expect(await hashes({ from })).toEqual([asked.paymentHash, paid.paymentHash]);
    expect(await hashes({ from, limit: 1 })).toEqual([asked.paymentHash]);
    expect(await hashes({ from, direction: 'outgoing' })).toEqual([paid.paymentHash]);
    expect(await hashes({ from, direction: 'incoming' })).toEqual([asked.paymentHash]);
    expect(await hashes({ from: from + 1 })).toEqual([]);
    expect(await hashes({ until: from - 1 })).not.toContain(paid.paymentHash);
  });

  test('carries fifty payments at once', async () => {
    const before = await spendable(customer);
    const invoices = await Promise.all(Array.from({ length: 50 }, () => invoiceOf(provider, 1_500n)));
    const paid = await Promise.all(invoices.map(({ bolt11 }) => pay(customer, bolt11)));
    expect(paid.filter(({ ok }) => ok)).toHaveLength(50);
    expect(await spendable(customer)).toBe(before - 75_000n);
  });

  test('adds a funded wallet later', async () => {
    const late = await bank.openRole('late');
    expect(await spendable(late)).toBe(HALF_CHANNEL_MSAT - RESERVE_MSAT);
    const { bolt11 } = await invoiceOf(provider, 9_000n);
    expect((await pay(late, bolt11)).ok).toBe(true);
    expect(() => bank.wallet('nobody')).toThrow(RangeError);
    await expect(bank.openRole('hub')).rejects.toThrow(RangeError);
  });

  test('a closed wallet hears and does nothing more; the bank goes on', async () => {
    const wallet = bank.wallet('customer');
    await wallet.close();
    expect(await failureOf(wallet.balance())).toMatchObject({ code: 'wallet-unreachable' });
    expect((await customer.balance()).ok).toBe(true);
  });

  test('no two processes share a bank', async () => {
    await expect(open(dir)).rejects.toThrow('another process has it open');
  });
});
