import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Forgery, HandDrivenWallet, OpenedRequest } from '../../test/fixtures/hand-driven-wallet.ts';
import { HASTY, openNwcStage, unixNow, type NwcStage } from '../../test/fixtures/nwc-stage.ts';
import { generateSecretKey, secretKeySigner } from '../keys/index.ts';
import { findTag } from '../protocol/index.ts';
import { createNwcConnection } from './nwc-connection.ts';
import { openNwcWallet, type NwcTimeouts } from './nwc-wallet.ts';
import type { Wallet, WalletNotification } from './wallet.ts';

let stage: NwcStage;
let service: HandDrivenWallet;
beforeEach(async () => {
  stage = await openNwcStage();
  ({ service } = stage);
});
afterEach(() => stage.close());
const open = (timeouts: NwcTimeouts = {}): Wallet => stage.openWallet(timeouts);

const balance = (amount: number) => ({
  result_type: 'get_balance',
  error: null,
  result: { balance: amount },
});
const paymentHash = 'ab'.repeat(32);
const notice = (type: string, state?: string) => ({
  notification_type: type,
  notification: {
    type: 'incoming',
    state,
    payment_hash: paymentHash,
    amount: 21_000,
    created_at: 1_700_000_000,
  },
});
const serveBalance = async (wallet: HandDrivenWallet): Promise<never> => {
  for (;;) {
    const request = await wallet.nextRequest();
    await wallet.send(request, balance(2)).catch(() => undefined); // its own connection may be down too
  }
};

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
    await service.announce([['encryption', 'nip04']]); // NIP-44 cannot even seal so much
    const asked = open().balance();
    const request = await service.nextRequest();
    await service.send(request, { ...balance(1), padding: 'A'.repeat(120_000) });
    await service.send(request, balance(2_000));
    expect(await asked).toMatchObject({ value: { spendableMsat: 2_000n } });
  });

  test('copied by a stranger from an earlier call is passed over', async () => {
    const wallet = open();
    const first = wallet.balance();
    const { content } = await service.send(await service.nextRequest(), balance(9_000));
    expect(await first).toMatchObject({ value: { spendableMsat: 9_000n } });
    const second = wallet.balance();
    const request = await service.nextRequest();
    await service.send(request, {}, { content, signer: stranger });
    await service.send(request, balance(2_000));
    expect(await second).toMatchObject({ value: { spendableMsat: 2_000n } });
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
    const wallet = open({ ...HASTY, callMs: 3_000 }); // time enough for the call that is answered
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
  const secretLike = 'cd'.repeat(32);
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
    ['TOO_NEW_TO_KNOW', 'wallet-internal'],
  ])('of the wallet (%s) have our code (%s)', async (walletCode, code) => {
    const asked = open().balance();
    const request = await service.nextRequest();
    const error = { code: walletCode, message: `line\nbreak ${secretLike} ${'x'.repeat(900)}` };
    await service.send(request, { result_type: 'get_balance', error, result: null });
    const outcome = await asked;
    expect(outcome).toMatchObject({ ok: false, failure: { code, data: { walletCode } } });
    const told = JSON.stringify(outcome);
    expect(told).not.toContain(secretLike);
    expect(told).not.toContain('\\n');
    expect(told.length).toBeLessThan(500);
  });

  test('no relay in reach is told apart from a silent wallet', async () => {
    const connection = createNwcConnection({ relayUrls: ['ws://127.0.0.1:1'] });
    const relays = stage.openPool();
    const opened = openNwcWallet({ uri: connection.uri, relays, now: unixNow, timeouts: { callMs: 5_000 } });
    const outcome = opened.ok ? await opened.value.balance() : opened;
    expect(outcome).toMatchObject({ ok: false, failure: { code: 'wallet-unreachable' } });
    expect(JSON.stringify(outcome)).not.toContain(new URL(connection.uri).searchParams.get('secret'));
  });

  test('one relay in reach of two is enough', async () => {
    const both = stage.uri.replace('relay=', 'relay=ws%3A%2F%2F127.0.0.1%3A1&relay=');
    const opened = openNwcWallet({ uri: both, relays: stage.openPool(), now: unixNow });
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
    const wallet = open({ ...HASTY, callMs: 3_000 });
    void serveBalance(service);
    expect(await wallet.balance()).toMatchObject({ ok: true });
    expect(stage.relay.dropConnections()).toBe(2);
    await expect.poll(() => wallet.balance(), { timeout: 20_000 }).toMatchObject({ ok: true });
  });
});

describe('notifications', () => {
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
    const legacy = await secretKeySigner(generateSecretKey()).nip04.encrypt(stage.clientPubkey, '{}');
    await service.send(request, notice('payment_sent'), { kind: 23196, content: legacy });
    await service.send(request, notice('payment_received'), { kind: 23197 });
    await service.send(request, notice('hold_invoice_accepted'), { kind: 23197 });
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
    wallet.subscribe((notification) => heard.push(notification), new AbortController().signal);
    const asked = wallet.balance();
    const request = await service.answerNext('get_balance', { balance: 1 });
    await asked;
    await service.send(request, notice('payment_sent'), { kind: 23197 });
    await service.send(request, notice('payment_received'), { kind: 23196 });
    await expect.poll(() => heard.length).toBe(1);
    expect(heard).toMatchObject([{ type: 'received' }]);
  });
});
