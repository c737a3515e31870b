import { sha256 } from '@noble/hashes/sha2.js';
import { base64, hex } from '@scure/base';
import * as fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { sampleInvoice } from '../../../test/fixtures/signed-invoice.ts';
import { serveApi, type ApiCall, type ApiServer } from '../../../test/fixtures/wallet-api-server.ts';
import { msat, orThrow } from '../../protocol/index.ts';
import type { Wallet, WalletNotification } from '../wallet.ts';
import { readInvoice, readPayment } from './lnd-records.ts';
import { openLndWallet } from './lnd-wallet.ts';

const NOW = 1_700_000_100;
const MACAROON = 'deadbeef'.repeat(8);
const preimage = 'cd'.repeat(32);
const paymentHash = hex.encode(sha256(hex.decode(preimage)));
const bolt11 = sampleInvoice({ paymentHash });
const payment = { bolt11, feeLimitMsat: msat(1_000n) };
const succeeded = {
  payment_hash: paymentHash,
  payment_preimage: preimage,
  value_msat: '21000',
  fee_msat: '7',
  status: 'SUCCEEDED',
  creation_time_ns: `${NOW}000000000`,
  payment_request: bolt11,
  htlcs: [{ status: 'SUCCEEDED', resolve_time_ns: `${NOW + 1}999999999` }],
};
const openInvoice = {
  r_hash: base64.encode(hex.decode(paymentHash)),
  r_preimage: base64.encode(hex.decode(preimage)),
  value_msat: '21000',
  creation_date: String(NOW),
  expiry: '3600',
  payment_request: bolt11,
  state: 'OPEN',
  htlcs: [],
};

type Answer = (call: ApiCall) => void;
const unknownError = (message: string) => ({ code: 2, message, details: [] });
const streamed =
  (...results: readonly unknown[]): Answer =>
  (call) => {
    const stream = call.stream();
    for (const result of results.slice(0, -1)) stream.send({ result });
    stream.end(200, { result: results.at(-1) });
  };
const notFound: Answer = (call) =>
  call.stream().end(404, { error: { code: 5, message: "payment isn't initiated" } });

let answers: Record<string, Answer>;
let asked: string[];
let api: ApiServer;
let wallet: Wallet;
beforeEach(async () => {
  asked = [];
  answers = {
    'GET /v1/getinfo': (call) => call.json(200, { chains: [{ network: 'regtest' }] }),
    'GET /v1/invoice': (call) => call.json(404, { code: 5, message: 'unable to locate invoice' }),
    'GET /v2/router/track': notFound,
  };
  api = await serveApi(async (call) => {
    asked.push(call.route);
    const answer = Object.entries(answers).find(([route]) => call.route.startsWith(route))?.[1];
    if (answer === undefined) throw new Error(`no answer to ${call.route}`);
    answer(call);
  });
  wallet = openOn(api.url);
});
afterEach(async () => {
  await wallet.close();
  await api.close();
});

function openOn(url: string): Wallet {
  return orThrow(
    openLndWallet({ url, macaroonHex: MACAROON, now: () => NOW, timeouts: { callMs: 2_000, payMs: 2_000 } }),
  );
}

describe('opening', () => {
  test('wants a macaroon in hex, and repeats none', () => {
    const opened = openLndWallet({ url: 'https://node', macaroonHex: 'secret words', now: () => NOW });
    expect(opened).toMatchObject({ ok: false, failure: { code: 'invalid-macaroon' } });
    expect(JSON.stringify(opened)).not.toContain('secret');
  });

  test('tells a refused macaroon, and does not show it', async () => {
    const words = `cannot verify macaroon ${MACAROON}: verification failed`;
    answers['GET /v1/getinfo'] = (call) => call.json(500, unknownError(words));
    const refused = await wallet.capabilities();
    expect(refused).toMatchObject({ ok: false, failure: { code: 'wallet-unauthorized' } });
    expect(JSON.stringify(refused)).not.toContain(MACAROON);
  });

  test('uses no node of a network without invoices', async () => {
    answers['GET /v1/getinfo'] = (call) => call.json(200, { chains: [{ network: 'simnet' }] });
    expect(await wallet.pay(payment)).toMatchObject({ ok: false, failure: { code: 'wrong-network' } });
  });

  test.each([
    [404, { code: 12, message: 'wallet locked' }, 'not-implemented'],
    [503, {}, 'wallet-unreachable'],
    [429, {}, 'rate-limited'],
    [500, unknownError('database is closed'), 'wallet-internal'],
  ])('says what a refusal %i means', async (status, body, code) => {
    answers['GET /v1/balance/channels'] = (call) => call.json(status, body);
    expect(await wallet.balance()).toMatchObject({ ok: false, failure: { code } });
  });
});

describe('paying', () => {
  test('takes the proof and the fee of the last update', async () => {
    answers['POST /v2/router/send'] = streamed({ status: 'IN_FLIGHT' }, succeeded);
    expect(await wallet.pay(payment)).toEqual({ ok: true, value: { preimage, feePaidMsat: 7n } });
  });

  test('believes no success without its preimage', async () => {
    answers['POST /v2/router/send'] = streamed({ ...succeeded, payment_preimage: 'ab'.repeat(32) });
    expect(await wallet.pay(payment)).toMatchObject({ failure: { code: 'wallet-timeout' } });
  });

  test('leaves the outcome open when the stream breaks off or ends early', async () => {
    answers['POST /v2/router/send'] = (call) => {
      call.stream().send({ result: { status: 'IN_FLIGHT' } });
      call.breakOff();
    };
    expect(await wallet.pay(payment)).toMatchObject({ failure: { code: 'wallet-unreachable' } });
    answers['POST /v2/router/send'] = streamed({ status: 'IN_FLIGHT' });
    expect(await wallet.pay(payment)).toMatchObject({ failure: { code: 'wallet-timeout' } });
    expect(asked.filter((route) => route.startsWith('POST'))).toHaveLength(2);
  });

  test('follows a payment that LND had begun before it refused', async () => {
    answers['POST /v2/router/send'] = (call) =>
      call.stream().end(409, { error: { code: 6, message: 'payment is in transition' } });
    answers['GET /v2/router/track'] = streamed({ status: 'IN_FLIGHT' }, succeeded);
    expect(await wallet.pay(payment)).toMatchObject({ ok: true, value: { preimage } });
  });

  test('does not say that no money moved when LND knows the hash and then does not', async () => {
    answers['POST /v2/router/send'] = (call) =>
      call.stream().end(409, { error: { code: 6, message: 'invoice is already paid' } });
    expect(await wallet.pay(payment)).toMatchObject({ failure: { code: 'wallet-timeout' } });
  });

  test('says that no money moved when LND refused and knows no payment', async () => {
    answers['POST /v2/router/send'] = (call) =>
      call.stream().end(500, { error: unknownError('self-payments not allowed') });
    const refused = await wallet.pay(payment);
    expect(refused).toMatchObject({
      failure: { code: 'payment-failed', data: { walletMessage: 'self-payments not allowed' } },
    });
  });
});

describe('invoices', () => {
  test('of another amount or network than asked are not handed on', async () => {
    const terms = { amountMsat: msat(20_000n), description: '', expirySeconds: 60 };
    answers['POST /v1/invoices'] = (call) => call.json(200, { payment_request: bolt11 });
    expect(await wallet.makeInvoice(terms)).toMatchObject({ failure: { code: 'wallet-internal' } });
    const mainnet = sampleInvoice({ prefix: 'lnbc200n' });
    answers['POST /v1/invoices'] = (call) => call.json(200, { payment_request: mainnet });
    expect(await wallet.makeInvoice(terms)).toMatchObject({ failure: { code: 'wrong-network' } });
  });

  test('that LND refuses to make are the asker’s to mend', async () => {
    answers['POST /v2/invoices/hodl'] = (call) => call.json(500, unknownError('invoice exists'));
    const terms = { amountMsat: msat(1_000n), paymentHash, description: '', expirySeconds: 60 };
    expect(await wallet.makeHoldInvoice(terms)).toMatchObject({ failure: { code: 'invalid-invoice' } });
  });

  test('show the preimage once they are settled, and expire', () => {
    const settled = {
      ...openInvoice,
      state: 'SETTLED',
      settle_date: String(NOW + 5),
      amt_paid_msat: '22000',
    };
    expect(readInvoice(openInvoice, NOW)).toMatchObject({
      state: 'pending',
      preimage: null,
      settledAt: null,
    });
    expect(readInvoice(settled, NOW)).toMatchObject({ state: 'settled', preimage, amountMsat: 22_000n });
    expect(readInvoice(openInvoice, NOW + 3_600)).toMatchObject({ state: 'expired' });
    const canceled = { ...openInvoice, state: 'CANCELED' };
    expect(readInvoice(canceled, NOW)).toMatchObject({ state: 'canceled' });
    expect(readInvoice(canceled, NOW + 3_600)).toMatchObject({ state: 'expired' });
    const returned = { ...canceled, htlcs: [{ state: 'CANCELED', expiry_height: 500 }] };
    expect(readInvoice(returned, NOW + 3_600)).toMatchObject({ state: 'canceled' });
  });

  test('held by several parts must be settled before the first of them runs out', () => {
    const htlcs = [700, 640, 800].map((height) => ({ state: 'ACCEPTED', expiry_height: height }));
    const held = { ...openInvoice, state: 'ACCEPTED', htlcs };
    expect(readInvoice(held, NOW)).toMatchObject({ state: 'accepted', settleDeadlineHeight: 622 });
  });
});

test('reads any JSON without throwing', () => {
  const likely = (sample: Record<string, unknown>) =>
    fc
      .record(Object.fromEntries(Object.keys(sample).map((key) => [key, fc.jsonValue()])))
      .map((noise) => ({ ...sample, ...noise }));
  fc.assert(
    fc.property(likely(openInvoice), likely(succeeded), (invoice, sent) => {
      expect(readInvoice(invoice, NOW)?.direction ?? 'incoming').toBe('incoming');
      expect(readPayment(sent)?.direction ?? 'outgoing').toBe('outgoing');
    }),
  );
});

test('notices resume where they ended, and stop with their listener', async () => {
  const queries: string[] = [];
  let listed = { add_index: '41', settle_index: '6' };
  const leaving = new AbortController();
  const heard: WalletNotification[] = [];
  answers = {
    'GET /v2/router/payments': (call) => void call.stream(),
    'GET /v1/invoices/subscribe': (call) => {
      queries.push(call.query.toString());
      listed = { add_index: '43', settle_index: '9' }; // happened while nobody listened
      const settled = { ...openInvoice, state: 'SETTLED', settle_date: String(NOW), settle_index: '7' };
      if (queries.length === 1) streamed(settled)(call);
      else call.stream();
    },
    'GET /v1/invoices': (call) => call.json(200, { invoices: [{ ...openInvoice, ...listed }] }),
  };
  wallet.subscribe((notification) => heard.push(notification), leaving.signal);
  await vi.waitFor(
    () => expect(queries).toEqual(['add_index=41&settle_index=6', 'add_index=41&settle_index=7']),
    {
      timeout: 20_000,
    },
  );
  expect(heard).toMatchObject([{ type: 'received', payment: { paymentHash, preimage } }]);
  leaving.abort();
});
