import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, hexToBytes } from '@noble/hashes/utils.js';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { HandDrivenWallet } from '../../test/fixtures/hand-driven-wallet.ts';
import { openNwcStage, type NwcStage } from '../../test/fixtures/nwc-stage.ts';
import { sampleInvoice } from '../../test/fixtures/signed-invoice.ts';
import { msat } from '../protocol/index.ts';
import type { NwcTimeouts } from './nwc-wallet.ts';
import type { Wallet } from './wallet.ts';

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

let stage: NwcStage;
let service: HandDrivenWallet;
beforeEach(async () => {
  stage = await openNwcStage();
  ({ service } = stage);
});
afterEach(() => stage.close());
const open = (timeouts: NwcTimeouts = {}): Wallet => stage.openWallet(timeouts);

const pay = (wallet: Wallet, signal?: AbortSignal) =>
  wallet.pay({ bolt11, feeLimitMsat: msat(1_000n) }, signal === undefined ? {} : { signal });
const page = (count: number, type: string) => ({
  transactions: Array.from({ length: count }, (_, index) => ({
    ...transaction,
    type,
    payment_hash: index.toString(16).padStart(64, '0'),
  })),
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

describe('an answer that makes no sense', () => {
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
