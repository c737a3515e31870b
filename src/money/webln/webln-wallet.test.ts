import { sha256 } from '@noble/hashes/sha2.js';
import { hex } from '@scure/base';
import { describe, expect, test, vi } from 'vitest';
import { sampleInvoice } from '../../../test/fixtures/signed-invoice.ts';
import { msat, orThrow } from '../../protocol/index.ts';
import type { Wallet } from '../wallet.ts';
import type { WeblnProvider } from './webln-provider.ts';
import { openWeblnWallet } from './webln-wallet.ts';

const NOW = 1_700_000_100;
const preimage = 'cd'.repeat(32);
const paymentHash = hex.encode(sha256(hex.decode(preimage)));
const bolt11 = sampleInvoice({ paymentHash });
const payment = { bolt11, feeLimitMsat: msat(1_000n) };

/** A wallet as some browsers have it: enabled, and nothing else unless told. */
function providerWith(told: Partial<WeblnProvider>): WeblnProvider {
  return {
    enable: () => Promise.resolve(),
    sendPayment: () => Promise.reject(new Error('not part of this test')),
    ...told,
  };
}

function open(provider: unknown, now: () => number = () => NOW): Wallet {
  const timeouts = { callMs: 500, payMs: 500 };
  return orThrow(openWeblnWallet({ provider, network: 'regtest', now, timeouts }));
}

test.each([undefined, null, {}, { enable: true }, { enable() {}, sendPayment() {}, makeInvoice: 1 }])(
  'refuses what is no provider: %j',
  (provider) => {
    const opened = openWeblnWallet({ provider, network: 'regtest', now: () => NOW });
    expect(opened).toMatchObject({ ok: false, failure: { code: 'no-webln-provider' } });
  },
);

test('asks its owner once, and again after a refusal', async () => {
  const enable = vi
    .fn<() => Promise<void>>()
    .mockRejectedValueOnce(new Error('User rejected'))
    .mockResolvedValue();
  const wallet = open(providerWith({ enable }));
  expect(await wallet.capabilities()).toMatchObject({ failure: { code: 'wallet-unauthorized' } });
  expect(await wallet.capabilities()).toMatchObject({ ok: true, value: { network: 'regtest', hold: false } });
  await wallet.capabilities();
  expect(enable).toHaveBeenCalledTimes(2);
});

test('says what the wallet does not offer', async () => {
  const wallet = open(providerWith({}));
  const terms = { amountMsat: msat(1_000n), description: '', expirySeconds: 60 };
  for (const answer of [wallet.balance(), wallet.makeInvoice(terms), wallet.lookup({ paymentHash })])
    expect(await answer).toMatchObject({ ok: false, failure: { code: 'not-implemented' } });
});

describe('paying', () => {
  test('does not try again what ended unclear', async () => {
    const sendPayment = vi.fn<WeblnProvider['sendPayment']>().mockRejectedValue(new Error('connection lost'));
    const wallet = open(providerWith({ sendPayment }));
    expect(await wallet.pay(payment)).toMatchObject({ failure: { code: 'wallet-timeout' } });
    expect(await wallet.pay(payment)).toMatchObject({ failure: { code: 'wallet-timeout' } });
    expect(sendPayment).toHaveBeenCalledTimes(1);
    expect(await wallet.lookup({ paymentHash })).toMatchObject({ ok: true, value: { state: 'pending' } });
  });

  test('may be asked for again after its owner declined', async () => {
    const sendPayment = vi
      .fn<WeblnProvider['sendPayment']>()
      .mockRejectedValueOnce(new Error('User rejected'))
      .mockResolvedValue({ preimage });
    const wallet = open(providerWith({ sendPayment }));
    expect(await wallet.pay(payment)).toMatchObject({
      failure: { code: 'wallet-unauthorized', data: { reason: 'declined' } },
    });
    expect(await wallet.lookup({ paymentHash })).toMatchObject({ ok: true, value: { state: 'failed' } });
    expect(await wallet.pay(payment)).toMatchObject({ ok: true, value: { preimage } });
    expect(await wallet.pay(payment)).toMatchObject({ ok: true, value: { preimage } });
    expect(sendPayment).toHaveBeenCalledTimes(2);
  });

  test('believes no success without its preimage', async () => {
    const wallet = open(providerWith({ sendPayment: () => Promise.resolve({ preimage: 'ab'.repeat(32) }) }));
    expect(await wallet.pay(payment)).toMatchObject({ failure: { code: 'wallet-timeout' } });
  });

  test('goes on after its caller left, and is looked up', async () => {
    const sending = Promise.withResolvers<unknown>();
    const wallet = open(providerWith({ sendPayment: () => sending.promise }));
    const caller = new AbortController();
    const paying = wallet.pay(payment, { signal: caller.signal });
    caller.abort();
    expect(await paying).toMatchObject({ failure: { code: 'wallet-timeout' } });
    const rejoined = wallet.pay(payment);
    sending.resolve({ preimage });
    expect(await rejoined).toMatchObject({ ok: true });
    expect(await wallet.lookup({ paymentHash })).toMatchObject({ value: { state: 'settled', preimage } });
  });

  test('learns from a lookup what its call did not tell', async () => {
    const lookupInvoice = vi.fn(() => Promise.resolve({ paid: true, preimage }));
    const sendPayment = () => Promise.reject(new Error('reply timeout'));
    const wallet = open(providerWith({ sendPayment, lookupInvoice }));
    expect(await wallet.pay(payment)).toMatchObject({ failure: { code: 'wallet-timeout' } });
    expect(await wallet.lookup({ paymentHash })).toMatchObject({ value: { state: 'settled', preimage } });
    expect(await wallet.pay(payment)).toMatchObject({ ok: true, value: { preimage } });
  });

  test('of an expired invoice, or beyond the balance, never reaches the wallet', async () => {
    const sendPayment = vi.fn<WeblnProvider['sendPayment']>();
    const late = open(providerWith({ sendPayment }), () => NOW + 3_600);
    expect(await late.pay(payment)).toMatchObject({ failure: { code: 'invalid-invoice' } });
    const poor = open(providerWith({ sendPayment, getBalance: () => Promise.resolve({ balance: 19 }) }));
    expect(await poor.pay(payment)).toMatchObject({ failure: { code: 'insufficient-balance' } });
    expect(sendPayment).not.toHaveBeenCalled();
  });
});

test('an invoice that the owner changed is not handed on', async () => {
  const makeInvoice = () => Promise.resolve({ paymentRequest: bolt11 });
  const wallet = open(providerWith({ makeInvoice }));
  const terms = { amountMsat: msat(22_000n), description: 'a job', expirySeconds: 60 };
  expect(await wallet.makeInvoice(terms)).toMatchObject({ failure: { code: 'wallet-internal' } });
});

test('a balance in another currency is none', async () => {
  const getBalance = () => Promise.resolve({ balance: 5, currency: 'EUR' });
  expect(await open(providerWith({ getBalance })).balance()).toMatchObject({
    failure: { code: 'not-implemented' },
  });
});
