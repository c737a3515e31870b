import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, hexToBytes } from '@noble/hashes/utils.js';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  openHandDrivenWallet,
  type Forgery,
  type HandDrivenWallet,
  type OpenedRequest,
} from '../../test/fixtures/hand-driven-wallet.ts';
import { openRelayStage, type RelayStage } from '../../test/fixtures/relay-stage.ts';
import { sampleInvoice } from '../../test/fixtures/signed-invoice.ts';
import { generateSecretKey, secretKeySigner } from '../keys/index.ts';
import { findTag, msat } from '../protocol/index.ts';
import { createNwcConnection } from './nwc-connection.ts';
import { openNwcWallet, type NwcTimeouts } from './nwc-wallet.ts';
import type { Wallet, WalletNotification } from './wallet.ts';

const now = (): number => Math.floor(Date.now() / 1000);
const preimage = 'cd'.repeat(32);
const paymentHash = bytesToHex(sha256(hexToBytes(preimage)));
const bolt11 = sampleInvoice({ paymentHash });
const regtestInfo = {
  network: 'regtest',
  methods: ['pay_invoice', 'make_hold_invoice', 'settle_hold_invoice', 'cancel_hold_invoice'],
  notifications: ['payment_received', 'hold_invoice_accepted'],
};
const transaction = {
  type: 'incoming',
  state: 'settled',
  invoice: bolt11,
  payment_hash: paymentHash,
  preimage,
  amount: 21_000,
  fees_paid: 0,
  created_at: 1_700_000_000,
  settled_at: 1_700_000_100,
};

let stage: RelayStage;
let end: AbortController;
let service: HandDrivenWallet;
let uri: string;
let clientPubkey: string;

beforeEach(async () => {
  stage = await openRelayStage();
  end = new AbortController();
  const connection = createNwcConnection({ relayUrls: [stage.relay.url] });
  ({ uri, clientPubkey } = connection);
  const relayUrl = stage.relay.url;
  service = await openHandDrivenWallet({
    ...connection,
    pool: stage.openPool(),
    relayUrl,
    signal: end.signal,
  });
});
afterEach(async () => {
  end.abort();
  await stage.close();
});

function open(timeouts: NwcTimeouts = {}): Wallet {
  const opened = openNwcWallet({ uri, relays: stage.openPool(), now, timeouts, signal: end.signal });
  if (!opened.ok) throw new Error(opened.failure.message);
  return opened.value;
}
/** Long enough for a message over the local relay, short enough to wait for in vain. */
const HASTY: NwcTimeouts = { callMs: 400, payMs: 400 };
const balance = (amount: number) => ({
  result_type: 'get_balance',
  error: null,
  result: { balance: amount },
});

describe('an answer', () => {
  const stranger = secretKeySigner(generateSecretKey());
  const forgeries: [string, Forgery, object?][] = [
    ['signed by another key', { signer: stranger }],
    ['for another request', { requestId: 'ab'.repeat(32) }],
    ['to another client', { recipient: stranger.pubkey }],
    ['that is no JSON', { plaintext: '{"result_type":"get_balance","result":{"balance":1}' }],
    ['that is a JSON list', { plaintext: '[1]' }],
    ['that cannot be opened', { content: 'A'.repeat(200) }],
    ['of another kind', { kind: 23197 }],
    ['to another method', {}, { ...balance(1), result_type: 'get_info' }],
    ['with neither result nor error', {}, { result_type: 'get_balance', error: null, result: null }],
  ];

  test.each(forgeries)('%s is passed over for the real one', async (_title, forgery, message) => {
    const asked = open().balance();
    const request = await service.nextRequest();
    await service.send(request, { ...(message ?? balance(1)) }, forgery);
    await service.send(request, balance(2_000));
    expect(await asked).toEqual({ ok: true, value: { spendableMsat: 2_000n } });
  });

  test.each(forgeries)('%s alone leaves the call unanswered', async (_title, forgery, message) => {
    const asked = open(HASTY).balance();
    await service.send(await service.nextRequest(), { ...(message ?? balance(1)) }, forgery);
    expect(await asked).toMatchObject({ ok: false, failure: { code: 'wallet-timeout' } });
  });

  test('too long to be one is passed over', async () => {
    const asked = open().balance();
    const request = await service.nextRequest();
    await service.send(request, balance(1), { content: 'A'.repeat(200_000) });
    await service.send(request, balance(2_000));
    expect(await asked).toMatchObject({ value: { spendableMsat: 2_000n } });
  });

  test('counts once, however often it comes', async () => {
    const wallet = open();
    const first = wallet.balance();
    const request = await service.nextRequest();
    await service.send(request, balance(1_000));
    expect(await first).toMatchObject({ value: { spendableMsat: 1_000n } });
    const second = wallet.balance();
    const next = await service.nextRequest();
    await service.send(request, balance(9_000));
    await service.send(next, balance(2_000));
    expect(await second).toMatchObject({ value: { spendableMsat: 2_000n } });
  });

  test('that comes late does not answer a later call', async () => {
    const wallet = open(HASTY);
    const late = wallet.balance();
    const request = await service.nextRequest();
    expect(await late).toMatchObject({ failure: { code: 'wallet-timeout' } });
    const punctual = wallet.balance();
    const next = await service.nextRequest();
    await service.send(request, balance(9_000));
    await service.send(next, balance(2_000));
    expect(await punctual).toMatchObject({ value: { spendableMsat: 2_000n } });
  });

  test('reaches the call it belongs to when several are open', async () => {
    const wallet = open();
    const asked = [1_000, 2_000, 3_000].map(() => wallet.balance());
    const requests: OpenedRequest[] = [];
    for (const _ of asked) requests.push(await service.nextRequest());
    for (const [index, request] of requests.entries()) await service.send(request, balance(index + 1));
    const balances = (await Promise.all(asked)).map((outcome) => outcome.ok && outcome.value.spendableMsat);
    expect(new Set(balances)).toEqual(new Set([1n, 2n, 3n]));
  });
});

describe('encryption', () => {
  test.each([
    ['NIP-44 where the info event offers both', [['encryption', 'nip44_v2 nip04']], 'nip44_v2'],
    ['NIP-04 where the info event offers only that', [['encryption', 'nip04']], 'nip04'],
    ['NIP-04 where the info event says nothing', [], 'nip04'],
    ['NIP-44 where there is no info event', null, 'nip44_v2'],
  ])('is %s', async (_title, tags, scheme) => {
    if (tags !== null) await service.announce(tags);
    const asked = open().balance();
    const { event } = await service.answerNext('get_balance', { balance: 1 });
    expect(findTag(event, 'encryption')?.[1]).toBe(scheme);
    expect(event.content.includes('?iv=')).toBe(scheme === 'nip04');
    expect(await asked).toMatchObject({ ok: true });
  });

  test('requests say when they expire', async () => {
    const asked = open({ callMs: 120_000 }).balance();
    const { event } = await service.answerNext('get_balance', { balance: 1 });
    await asked;
    expect(Number(findTag(event, 'expiration')?.[1])).toBe(event.created_at + 120);
  });
});

describe('failures', () => {
  test.each([
    ['RATE_LIMITED', 'rate-limited'],
    ['NOT_IMPLEMENTED', 'not-implemented'],
    ['INSUFFICIENT_BALANCE', 'insufficient-balance'],
    ['QUOTA_EXCEEDED', 'quota-exceeded'],
    ['RESTRICTED', 'wallet-unauthorized'],
    ['UNAUTHORIZED', 'wallet-unauthorized'],
    ['UNSUPPORTED_ENCRYPTION', 'not-implemented'],
    ['NOT_FOUND', 'wallet-not-found'],
    ['PAYMENT_FAILED', 'payment-failed'],
    ['INTERNAL', 'wallet-internal'],
    ['OTHER', 'wallet-internal'],
    ['constructor', 'wallet-internal'],
  ])('of the wallet (%s) have our code (%s)', async (walletCode, code) => {
    const asked = open().balance();
    const request = await service.nextRequest();
    const error = { code: walletCode, message: `line\nbreak ${preimage} ${'x'.repeat(900)}` };
    await service.send(request, { result_type: 'get_balance', error, result: null });
    const outcome = await asked;
    expect(outcome).toMatchObject({ ok: false, failure: { code, data: { walletCode } } });
    const told = JSON.stringify(outcome);
    expect(told).not.toContain(preimage);
    expect(told).not.toContain('\\n');
    expect(told.length).toBeLessThan(500);
  });

  test('no relay in reach is told apart from a silent wallet', async () => {
    const connection = createNwcConnection({ relayUrls: ['ws://127.0.0.1:1'] });
    const relays = stage.openPool();
    const opened = openNwcWallet({
      uri: connection.uri,
      relays,
      now,
      timeouts: { callMs: 5_000 },
      signal: end.signal,
    });
    const outcome = opened.ok ? await opened.value.balance() : opened;
    expect(outcome).toMatchObject({ ok: false, failure: { code: 'wallet-unreachable' } });
    expect(JSON.stringify(outcome)).not.toContain(new URL(connection.uri).searchParams.get('secret'));
  });

  test('one relay in reach of two is enough', async () => {
    const both = uri.replace('relay=', 'relay=ws%3A%2F%2F127.0.0.1%3A1&relay=');
    const opened = openNwcWallet({ uri: both, relays: stage.openPool(), now, signal: end.signal });
    if (!opened.ok) throw new Error(opened.failure.message);
    const asked = opened.value.balance();
    await service.answerNext('get_balance', { balance: 7 });
    expect(await asked).toEqual({ ok: true, value: { spendableMsat: 7n } });
  });

  test('a wallet that is closed refuses, and its waiting calls end as unknown', async () => {
    const wallet = open();
    const waiting = wallet.balance();
    await service.nextRequest();
    await wallet.close();
    expect(await waiting).toMatchObject({ failure: { code: 'wallet-timeout' } });
    expect(await wallet.balance()).toMatchObject({ failure: { code: 'wallet-unreachable' } });
  });

  test('connections that dropped come back by themselves', async () => {
    const wallet = open(HASTY);
    const serve = async (): Promise<never> => {
      for (;;) {
        const request = await service.nextRequest();
        await service.send(request, balance(2)).catch(() => undefined); // its own connection may be down too
      }
    };
    void serve();
    expect(await wallet.balance()).toMatchObject({ ok: true });
    expect(stage.relay.dropConnections()).toBe(2);
    await expect.poll(() => wallet.balance(), { timeout: 15_000 }).toMatchObject({ ok: true });
  });

  test.each([
    ['a balance in text', 'get_balance', { balance: '1' }, (wallet: Wallet) => wallet.balance()],
    [
      'a lookup of another hash',
      'lookup_invoice',
      { ...transaction, payment_hash: 'ab'.repeat(32) },
      (wallet: Wallet) => wallet.lookup({ paymentHash }),
    ],
    ['a list that is none', 'list_transactions', { transactions: {} }, (wallet: Wallet) => wallet.list({})],
    ['a list of nonsense', 'list_transactions', { transactions: [7] }, (wallet: Wallet) => wallet.list({})],
    [
      'an invoice for another amount',
      'make_invoice',
      transaction,
      (wallet: Wallet) => wallet.makeInvoice({ amountMsat: msat(22_000n), expirySeconds: 60 }),
    ],
    [
      'a hold invoice for another hash',
      'make_hold_invoice',
      transaction,
      (wallet: Wallet) =>
        wallet.makeHoldInvoice({
          amountMsat: msat(21_000n),
          paymentHash: 'ab'.repeat(32),
          description: '',
          expirySeconds: 60,
        }),
    ],
    [
      'an invoice that is none',
      'make_invoice',
      { ...transaction, invoice: 'lnbcrt1' },
      (wallet: Wallet) => wallet.makeInvoice({ amountMsat: msat(21_000n), expirySeconds: 60 }),
    ],
  ])('%s is no answer to rely on', async (_title, method, result, call) => {
    const asked = call(open());
    await service.answerNext(method, result);
    expect(await asked).toMatchObject({ ok: false, failure: { code: 'wallet-internal', data: { method } } });
  });
});

describe('what a wallet can do', () => {
  test('is asked once', async () => {
    const wallet = open();
    const asked = wallet.capabilities();
    await service.answerNext('get_info', regtestInfo);
    const capabilities = {
      network: 'regtest',
      playMoney: true,
      hold: true,
      choosePreimage: false,
      descriptionHash: true,
      notifications: true,
    };
    expect(await asked).toEqual({ ok: true, value: capabilities });
    expect(await wallet.capabilities()).toEqual({ ok: true, value: capabilities });
    expect(service.requestCount()).toBe(1);
  });

  test.each([
    ['mainnet', 'bitcoin', false],
    ['bitcoin', 'bitcoin', false],
    ['signet', 'signet', true],
    ['testnet', 'testnet', true],
  ])('on %s', async (told, network, playMoney) => {
    const asked = open().capabilities();
    await service.answerNext('get_info', { network: told });
    expect(await asked).toMatchObject({ value: { network, playMoney, hold: false, notifications: false } });
  });

  test('is refused when it names no network', async () => {
    const asked = open().capabilities();
    await service.answerNext('get_info', { methods: [] });
    expect(await asked).toMatchObject({ failure: { code: 'wrong-network' } });
  });
});

describe('paying', () => {
  const pay = (wallet: Wallet, signal?: AbortSignal) =>
    wallet.pay({ bolt11, feeLimitMsat: msat(1_000n) }, signal === undefined ? {} : { signal });

  test('takes the preimage as the proof', async () => {
    const paid = pay(open());
    await service.answerNext('get_info', regtestInfo);
    const { params } = await service.answerNext('pay_invoice', { preimage, fees_paid: 3 });
    expect(params).toEqual({ invoice: bolt11 });
    expect(await paid).toEqual({ ok: true, value: { preimage, feePaidMsat: 3n } });
  });

  test.each([
    ['a wrong preimage', { preimage: 'ab'.repeat(32), fees_paid: 0 }],
    ['no preimage', { fees_paid: 0 }],
    ['a senseless fee', { preimage, fees_paid: -1 }],
  ])('leaves the outcome open on %s', async (_title, result) => {
    const paid = pay(open());
    await service.answerNext('get_info', regtestInfo);
    await service.answerNext('pay_invoice', result);
    expect(await paid).toMatchObject({ ok: false, failure: { code: 'wallet-timeout' } });
  });

  test('leaves the outcome open when time is up or the caller gives up', async () => {
    const wallet = open({ payMs: 300 });
    const slow = pay(wallet);
    await service.answerNext('get_info', regtestInfo);
    await service.nextRequest();
    expect(await slow).toMatchObject({ failure: { code: 'wallet-timeout' } });
    const caller = new AbortController();
    const abandoned = pay(wallet, caller.signal);
    await service.nextRequest();
    caller.abort();
    expect(await abandoned).toMatchObject({ failure: { code: 'wallet-timeout' } });
  });

  test('sends no invoice of another network, and none that is broken', async () => {
    const wallet = open();
    expect(await wallet.pay({ bolt11: 'lnbcrt1', feeLimitMsat: msat(0n) })).toMatchObject({
      failure: { code: 'invalid-invoice' },
    });
    const paid = wallet.pay({ bolt11: sampleInvoice({ prefix: 'lnbc210n' }), feeLimitMsat: msat(0n) });
    await service.answerNext('get_info', regtestInfo);
    expect(await paid).toMatchObject({ failure: { code: 'wrong-network' } });
    expect(service.requestCount()).toBe(1);
  });
});

describe('looking back', () => {
  test('finds a payment, or says that there is none', async () => {
    const wallet = open();
    const found = wallet.lookup({ paymentHash });
    await service.answerNext('lookup_invoice', transaction);
    expect(await found).toMatchObject({
      value: { direction: 'incoming', state: 'settled', paymentHash, preimage, amountMsat: 21_000n },
    });
    const unseen = wallet.lookup({ paymentHash });
    const request = await service.nextRequest();
    const error = { code: 'NOT_FOUND', message: '' };
    await service.send(request, { result_type: 'lookup_invoice', error, result: null });
    expect(await unseen).toEqual({ ok: true, value: null });
  });

  test('lists page by page, in both directions', async () => {
    const wallet = open();
    const listed = wallet.list({ from: 5, until: 9, limit: 30 });
    const page = (count: number, type: string) => ({
      transactions: Array.from({ length: count }, (_, index) => ({
        ...transaction,
        type,
        payment_hash: index.toString(16).padStart(64, '0'),
      })),
    });
    const first = await service.answerNext('list_transactions', page(20, 'incoming'));
    const second = await service.answerNext('list_transactions', page(10, 'outgoing'));
    expect(first.params).toEqual({ from: 5, until: 9, unpaid: true, limit: 20, offset: 0 });
    expect(second.params).toEqual({ from: 5, until: 9, unpaid: true, limit: 10, offset: 20 });
    const outcome = await listed;
    expect(outcome.ok && outcome.value.map(({ direction }) => direction)).toEqual([
      ...Array<string>(20).fill('incoming'),
      ...Array<string>(10).fill('outgoing'),
    ]);
  });

  test('takes no more from an endless list than was asked for', async () => {
    const listed = open().list({ direction: 'incoming', limit: 3 });
    const transactions = Array.from({ length: 500 }, (_, index) => ({
      ...transaction,
      invoice: '',
      payment_hash: index.toString(16).padStart(64, '0'),
    }));
    const { params } = await service.answerNext('list_transactions', {
      transactions: transactions.slice(0, 90),
    });
    expect(params).toMatchObject({ type: 'incoming', limit: 3 });
    const outcome = await listed;
    expect(outcome.ok && outcome.value.length).toBe(3);
  });
});

describe('notifications', () => {
  const notice = (type: string) => ({ notification_type: type, notification: transaction });

  test('are heard once, from the wallet alone, until the listener leaves', async () => {
    await service.announce([['encryption', 'nip44_v2 nip04']]);
    const wallet = open();
    const heard: WalletNotification[] = [];
    const leaving = new AbortController();
    wallet.subscribe((notification) => heard.push(notification), leaving.signal);
    const asked = wallet.balance();
    const request = await service.answerNext('get_balance', { balance: 1 });
    await asked;

    const stranger = secretKeySigner(generateSecretKey());
    await service.send(request, notice('payment_received'), { kind: 23197, signer: stranger });
    await service.send(request, notice('payment_received'), { kind: 23197, recipient: stranger.pubkey });
    await service.send(request, notice('payment_invented'), { kind: 23197 });
    await service.send(request, notice('payment_sent'), { kind: 23197, plaintext: '{' });
    const legacy = await secretKeySigner(generateSecretKey()).nip04.encrypt(clientPubkey, '{}');
    await service.send(request, notice('payment_sent'), { kind: 23196, content: legacy });
    await service.send(request, notice('payment_received'), { kind: 23197 });
    await service.send(
      request,
      { ...notice('hold_invoice_accepted'), notification: { ...transaction, state: undefined } },
      { kind: 23197 },
    );
    await expect.poll(() => heard.length).toBe(2);
    expect(heard).toMatchObject([
      { type: 'received', payment: { paymentHash, state: 'settled' } },
      { type: 'held', payment: { paymentHash, state: 'accepted' } },
    ]);

    leaving.abort();
    await service.send(request, notice('payment_sent'), { kind: 23197 });
    const after = wallet.balance();
    await service.answerNext('get_balance', { balance: 1 });
    await after;
    expect(heard.length).toBe(2);
  });

  test('of a wallet that speaks NIP-04 only are opened as such', async () => {
    await service.announce([]);
    const wallet = open();
    const heard: WalletNotification[] = [];
    wallet.subscribe((notification) => heard.push(notification), end.signal);
    const asked = wallet.balance();
    const request = await service.answerNext('get_balance', { balance: 1 });
    await asked;
    await service.send(request, notice('payment_sent'), { kind: 23197 });
    await service.send(request, notice('payment_received'), { kind: 23196 });
    await expect.poll(() => heard.length).toBe(1);
    expect(heard).toMatchObject([{ type: 'received' }]);
  });
});
