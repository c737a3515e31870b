import { sha256 } from '@noble/hashes/sha2.js';
import { hex } from '@scure/base';
import * as fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { sampleInvoice } from '../../../test/fixtures/signed-invoice.ts';
import { serveApi, type ApiCall, type ApiServer } from '../../../test/fixtures/wallet-api-server.ts';
import { msat, orThrow } from '../../protocol/index.ts';
import type { Wallet } from '../wallet.ts';
import { readLnbitsPayment } from './lnbits-records.ts';
import { openLnbitsWallet } from './lnbits-wallet.ts';

const NOW = 1_700_000_100;
const KEY = 'd2bd6017c47740ce946ecc32fabb8f21';
const preimage = 'cd'.repeat(32);
const paymentHash = hex.encode(sha256(hex.decode(preimage)));
const bolt11 = sampleInvoice({ paymentHash });
const payment = { bolt11, feeLimitMsat: msat(5_000n) };
const sent = {
  payment_hash: paymentHash,
  amount: -21_000,
  fee: -1_000,
  bolt11,
  status: 'success',
  preimage,
  created_at: '2023-11-14T22:15:00.832615+00:00',
  updated_at: '2023-11-14T22:15:01.832615+00:00',
};
const unknownPayment = { detail: 'Payment does not exist.' };
const LOOKUP = `GET /api/v1/payments/${paymentHash}`;
const PAY = 'POST /api/v1/payments';
const RESERVE = 'GET /api/v1/payments/fee-reserve';

let answers: Record<string, (call: ApiCall) => void>;
let asked: string[];
let api: ApiServer;
let wallet: Wallet;
beforeEach(async () => {
  asked = [];
  answers = {
    'GET /api/v1/wallet': (call) => call.json(200, { name: 'w', balance: 1_000_000 }),
    [LOOKUP]: (call) => call.json(404, unknownPayment),
    [RESERVE]: (call) => call.json(200, { fee_reserve: 2_000 }),
  };
  api = await serveApi(async (call) => {
    asked.push(call.route);
    const answer = answers[call.route];
    if (answer === undefined) throw new Error(`no answer to ${call.route}`);
    answer(call);
  });
  wallet = orThrow(
    openLnbitsWallet({
      url: api.url,
      apiKey: KEY,
      network: 'regtest',
      now: () => NOW,
      timeouts: { callMs: 2_000, payMs: 2_000 },
    }),
  );
});
afterEach(async () => {
  await wallet.close();
  await api.close();
});

describe('the key', () => {
  test('must look like one, and is not repeated', () => {
    const opened = openLnbitsWallet({
      url: api.url,
      apiKey: 'my secret',
      network: 'regtest',
      now: () => NOW,
    });
    expect(opened).toMatchObject({ ok: false, failure: { code: 'invalid-api-key' } });
    expect(JSON.stringify(opened)).not.toContain('secret');
  });

  test('that LNbits does not know never makes a payment look unmade', async () => {
    answers['GET /api/v1/wallet'] = (call) => call.json(404, { detail: 'Wallet not found.' });
    expect(await wallet.capabilities()).toMatchObject({ failure: { code: 'wallet-unauthorized' } });
    expect(await wallet.lookup({ paymentHash })).toMatchObject({ failure: { code: 'wallet-unauthorized' } });
    answers[LOOKUP] = (call) => call.json(200, { paid: true, preimage });
    expect(await wallet.lookup({ paymentHash })).toMatchObject({ failure: { code: 'wallet-unauthorized' } });
  });

  test('does not come back in words of LNbits', async () => {
    answers['GET /api/v1/wallet'] = (call) => call.json(401, { detail: `bad key ${KEY}` });
    const refused = await wallet.balance();
    expect(refused).toMatchObject({ failure: { code: 'wallet-unauthorized' } });
    expect(JSON.stringify(refused)).not.toContain(KEY);
  });
});

describe('paying', () => {
  test('sends nothing when LNbits may spend more on fees than allowed', async () => {
    answers[RESERVE] = (call) => call.json(200, { fee_reserve: 5_001 });
    expect(await wallet.pay(payment)).toMatchObject({
      failure: { code: 'payment-failed', data: { reason: 'fee-limit' } },
    });
    expect(asked).not.toContain(PAY);
  });

  test('sends nothing for a hash that was paid, and shows its proof', async () => {
    answers[LOOKUP] = (call) => call.json(200, { paid: true, details: sent });
    expect(await wallet.pay(payment)).toEqual({ ok: true, value: { preimage, feePaidMsat: 1_000n } });
    expect(asked).not.toContain(PAY);
  });

  test('looks before it believes a refusal', async () => {
    answers[PAY] = (call) => {
      answers[LOOKUP] = (look) => look.json(200, { paid: true, details: sent });
      call.json(520, { detail: 'Internal invoice already paid.', status: 'failed' });
    };
    expect(await wallet.pay(payment)).toMatchObject({ ok: true, value: { preimage } });
  });

  test.each([
    [{ detail: 'Insufficient balance.', status: 'failed' }, 'insufficient-balance'],
    [{ detail: 'Payment failed: no route', status: 'failed' }, 'payment-failed'],
    [{ detail: 'Payment is still pending.', status: 'pending' }, 'wallet-timeout'],
  ])('says what a refusal means: %j', async (body, code) => {
    answers[PAY] = (call) => call.json(520, body);
    expect(await wallet.pay(payment)).toMatchObject({ ok: false, failure: { code } });
    expect(asked.filter((route) => route === PAY)).toHaveLength(1);
  });

  test('leaves the outcome open when the connection breaks, or success comes without proof', async () => {
    answers[PAY] = (call) => call.breakOff();
    expect(await wallet.pay(payment)).toMatchObject({ failure: { code: 'wallet-unreachable' } });
    answers[LOOKUP] = (call) =>
      call.json(200, { paid: true, details: { ...sent, preimage: '00'.repeat(32) } });
    expect(await wallet.pay(payment)).toMatchObject({ failure: { code: 'wallet-timeout' } });
  });
});

test('an invoice of another network tells that the wallet is configured wrongly', async () => {
  const terms = { amountMsat: msat(21_000n), description: '', expirySeconds: 60 };
  answers[PAY] = (call) => call.json(201, { ...sent, bolt11: sampleInvoice({ prefix: 'lnbc210n' }) });
  expect(await wallet.makeInvoice(terms)).toMatchObject({ failure: { code: 'wrong-network' } });
});

test('a list that is none is not taken for an empty one', async () => {
  const page = 'GET /api/v1/payments/paginated';
  answers[page] = (call) => call.json(200, { data: 'none' });
  expect(await wallet.list({})).toMatchObject({ failure: { code: 'wallet-internal' } });
  answers[page] = (call) => call.json(200, { data: [{ ...sent, amount: 0.5 }] });
  expect(await wallet.list({})).toMatchObject({ failure: { code: 'wallet-internal' } });
});

test('a payment shows fee and preimage once it is settled', () => {
  expect(readLnbitsPayment(sent, NOW)).toMatchObject({ state: 'settled', feePaidMsat: 1_000n, preimage });
  const pending = { ...sent, status: 'pending' };
  expect(readLnbitsPayment(pending, NOW)).toMatchObject({
    state: 'pending',
    feePaidMsat: 0n,
    preimage: null,
  });
  const received = { ...pending, amount: 21_000 };
  expect(readLnbitsPayment(received, NOW)).toMatchObject({ direction: 'incoming', state: 'pending' });
  expect(readLnbitsPayment(received, NOW + 3_600)).toMatchObject({ state: 'expired' });
  expect(readLnbitsPayment({ ...received, status: 'failed' }, NOW)).toMatchObject({ state: 'canceled' });
});

test('reads any JSON without throwing', () => {
  const noise = fc.record(Object.fromEntries(Object.keys(sent).map((key) => [key, fc.jsonValue()])), {
    requiredKeys: [],
  });
  fc.assert(
    fc.property(noise, (fields) => {
      const record = readLnbitsPayment({ ...sent, ...fields }, NOW);
      expect(record === null || record.amountMsat >= 0n).toBe(true);
    }),
  );
});
