import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex } from '@noble/hashes/utils.js';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { MAX_MSAT, msat } from '../protocol/index.ts';
import { readTransaction, toJsonMsat, toTransaction } from './nwc-payment.ts';
import { asJsonObject } from './nwc-protocol.ts';
import type { PaymentRecord } from './wallet.ts';

const amounts = fc.bigInt({ min: 0n, max: BigInt(Number.MAX_SAFE_INTEGER) }).map(msat);
const times = fc.integer({ min: 1, max: 4_102_444_800 });
/** Payments as a wallet may state them: an outgoing one is never held or cancelled, an incoming one never fails. */
const payments: fc.Arbitrary<PaymentRecord> = fc
  .record({
    preimage: fc.uint8Array({ minLength: 32, maxLength: 32 }),
    direction: fc.constantFrom('incoming', 'outgoing'),
    state: fc.constantFrom('pending', 'accepted', 'settled', 'canceled', 'expired', 'failed'),
    bolt11: fc.option(fc.constant('lnbcrt1')),
    amountMsat: amounts,
    feePaidMsat: amounts,
    createdAt: times,
    settledAt: fc.option(times),
    settleDeadlineHeight: fc.option(times),
  })
  .filter(({ direction, state }) =>
    direction === 'incoming' ? state !== 'failed' : state !== 'accepted' && state !== 'canceled',
  )
  .map(({ preimage, ...rest }) => ({
    ...rest,
    paymentHash: bytesToHex(sha256(preimage)),
    preimage: rest.state === 'settled' ? bytesToHex(preimage) : null,
  }));

const overJson = (value: unknown) => asJsonObject(JSON.parse(JSON.stringify(value))) ?? {};

describe('a NIP-47 transaction', () => {
  test('carries every payment unchanged through JSON', () => {
    fc.assert(
      fc.property(payments, (payment) => {
        expect(readTransaction(overJson(toTransaction(payment)), { now: 0 })).toEqual(payment);
      }),
    );
  });

  test('never reveals a preimage before the payment is settled', () => {
    fc.assert(
      fc.property(payments, fc.uint8Array({ minLength: 32, maxLength: 32 }), (payment, preimage) => {
        fc.pre(payment.state !== 'settled');
        expect(toTransaction({ ...payment, preimage: bytesToHex(preimage) })).not.toHaveProperty('preimage');
      }),
    );
  });

  test('is read from any JSON without throwing', () => {
    const keys = [
      'type',
      'state',
      'payment_hash',
      'amount',
      'fees_paid',
      'created_at',
      'preimage',
      'invoice',
    ];
    const sound = overJson({ type: 'incoming', payment_hash: 'ab'.repeat(32), amount: 1, created_at: 1 });
    fc.assert(
      fc.property(fc.constantFrom(...keys), fc.jsonValue(), (key, value) => {
        const read = readTransaction({ ...sound, [key]: value }, { now: 0 });
        if (read !== null) expect(read.amountMsat).toBeTypeOf('bigint');
      }),
    );
  });

  const preimage = 'cd'.repeat(32);
  const told = {
    type: 'incoming',
    payment_hash: bytesToHex(sha256(Uint8Array.from({ length: 32 }, () => 0xcd))),
    amount: 21_000,
    created_at: 100,
    expires_at: 200,
  };

  test.each([
    ['pending before it expires', {}, 150, 'pending'],
    ['expired afterwards', {}, 200, 'expired'],
    ['settled where only the time says so', { settled_at: 120 }, 150, 'settled'],
    ['cancelled where an incoming one failed', { state: 'failed' }, 150, 'canceled'],
    ['failed where an outgoing one did', { state: 'FAILED', type: 'outgoing' }, 150, 'failed'],
    ['pending where an outgoing one is held', { state: 'accepted', type: 'outgoing' }, 150, 'pending'],
    ['pending where it is outgoing, however old', { type: 'outgoing' }, 900, 'pending'],
  ])('is %s', (_title, more, now, state) => {
    expect(readTransaction({ ...told, ...more }, { now })?.state).toBe(state);
  });

  test('keeps a preimage only if it hashes to the payment hash', () => {
    expect(readTransaction({ ...told, preimage: preimage.toUpperCase() }, { now: 0 })?.preimage).toBe(
      preimage,
    );
    for (const forged of ['', '00'.repeat(32), 'cd', null, 7])
      expect(readTransaction({ ...told, preimage: forged }, { now: 0 })?.preimage).toBeNull();
  });

  test.each([
    ['a fraction of a millisatoshi', { amount: 0.5 }],
    ['a negative amount', { amount: -1 }],
    ['an amount that JSON numbers cannot hold', { amount: 2 ** 53 }],
    ['an amount in text', { amount: '21000' }],
    ['no payment hash', { payment_hash: undefined }],
    ['no direction', { type: 'sideways' }],
  ])('is refused with %s', (_title, more) => {
    expect(readTransaction({ ...told, ...more }, { now: 0 })).toBeNull();
  });

  test('refuses to write an amount that would lose a millisatoshi', () => {
    expect(toJsonMsat(msat(9_007_199_254_740_991n))).toBe(9_007_199_254_740_991);
    expect(() => toJsonMsat(MAX_MSAT)).toThrow(RangeError);
  });
});
