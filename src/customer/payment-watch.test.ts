import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, hexToBytes } from '@noble/hashes/utils.js';
import { array, assert, constantFrom, property } from 'fast-check';
import { describe, expect, test } from 'vitest';
import { hex32 } from '../../test/protocol/events.ts';
import type { PaymentState } from '../ledger/index.ts';
import type { PaymentRecord, WalletFailureCode } from '../money/index.ts';
import { failure, msat, success } from '../protocol/index.ts';
import {
  isPaidByPayeesWord,
  judgePayment,
  noteAnswer,
  noteBooked,
  noteCall,
  noteRecord,
  watchPayment,
  type PaymentWatch,
} from './payment-watch.ts';

const PREIMAGE = hex32(0x33);
const HASH = bytesToHex(sha256(hexToBytes(PREIMAGE)));
const EXPIRES_AT = 1_700_000_060;
const NOW = 1_700_000_000;

function watch(state: PaymentState = 'reserved', calls = 0): PaymentWatch {
  const payment = { paymentHash: HASH, bolt11: 'lnbcrt1', feeLimitMsat: msat(5000n), state, calls };
  return watchPayment(payment, EXPIRES_AT);
}

function record(state: PaymentRecord['state'], told: Partial<PaymentRecord> = {}): PaymentRecord {
  return {
    direction: 'outgoing',
    state,
    paymentHash: HASH,
    bolt11: null,
    amountMsat: msat(1000n),
    feePaidMsat: msat(7n),
    preimage: state === 'settled' ? PREIMAGE : null,
    createdAt: NOW,
    settledAt: null,
    settleDeadlineHeight: null,
    ...told,
  };
}

function called(answer: WalletFailureCode | null): PaymentWatch {
  const seen = watch();
  noteCall(seen, 1);
  if (answer !== null) noteAnswer(seen, failure(answer, 'as told'));
  return seen;
}

describe('a payment for which nobody else called', () => {
  test('is handed to the wallet once, and not at all when the invoice ran out before', () => {
    expect(judgePayment(watch(), NOW)).toBe('call');
    expect(judgePayment(watch(), EXPIRES_AT)).toBe('failed');
    expect(judgePayment(called(null), NOW)).toBe('unknown');
  });

  test('is settled by a preimage that fits, from the answer, a look or a late notice', () => {
    const answered = called(null);
    noteAnswer(answered, success({ preimage: PREIMAGE, feePaidMsat: msat(3n) }));
    expect(judgePayment(answered, NOW)).toBe('settled');
    const seen = called('payment-failed');
    noteRecord(seen, record('settled'), NOW);
    expect(judgePayment(seen, NOW)).toBe('settled');
    expect(seen.proof).toEqual({ preimage: PREIMAGE, feePaidMsat: 7n });
  });

  test('is not settled by another preimage, nor by a settled record without one', () => {
    const answered = called(null);
    noteAnswer(answered, success({ preimage: hex32(1), feePaidMsat: msat(3n) }));
    expect(judgePayment(answered, NOW)).toBe('unknown');
    noteRecord(answered, record('settled', { preimage: hex32(1) }), NOW);
    expect(judgePayment(answered, NOW)).toBe('in-flight');
    noteRecord(answered, record('settled', { preimage: null }), NOW);
    expect(judgePayment(answered, EXPIRES_AT + 999)).toBe('in-flight');
  });

  test('is spent without a proof by the word of its payee alone, where no wallet sees its end', () => {
    const shown = called('wallet-timeout');
    noteRecord(shown, record('settled', { preimage: null }), NOW);
    expect(isPaidByPayeesWord(shown)).toBe(false);
    noteRecord(shown, record('pending', { byPayeesWord: true }), NOW);
    expect(isPaidByPayeesWord(shown)).toBe(false);
    noteRecord(shown, record('settled', { preimage: null, byPayeesWord: true }), NOW);
    expect(isPaidByPayeesWord(shown)).toBe(true);
    noteRecord(shown, record('settled'), NOW);
    expect(isPaidByPayeesWord(shown)).toBe(false);
  });

  test('has failed when its only call was refused and a look agrees', () => {
    const refused = called('insufficient-balance');
    expect(refused.lastReason).toBe('insufficient-balance');
    expect(judgePayment(refused, NOW)).toBe('unknown');
    noteRecord(refused, null, NOW);
    expect(judgePayment(refused, NOW)).toBe('failed');
  });

  test('has not failed when only a look from before the refusal agrees', () => {
    const refused = called(null);
    noteRecord(refused, null, NOW);
    noteAnswer(refused, failure('payment-failed', 'as told'));
    expect(judgePayment(refused, NOW)).toBe('unknown');
  });

  test('is in flight when the wallet says failed and shows it on its way', () => {
    const lied = called('payment-failed');
    noteRecord(lied, record('pending'), NOW);
    expect(judgePayment(lied, NOW)).toBe('in-flight');
  });

  test.each<WalletFailureCode>(['wallet-timeout', 'wallet-unreachable', 'wallet-internal'])(
    'is unknown after %s; never seen by the wallet it is handed over again, until the invoice expires',
    (code) => {
      const lost = called(code);
      expect(judgePayment(lost, NOW)).toBe('unknown');
      noteRecord(lost, null, NOW);
      expect(judgePayment(lost, NOW)).toBe('unknown');
      noteRecord(lost, null, NOW);
      expect(judgePayment(lost, NOW)).toBe('call');
      expect(judgePayment(lost, EXPIRES_AT)).toBe('unknown');
      expect(judgePayment(lost, EXPIRES_AT + 31)).toBe('unknown'); // it may have got there since the look
      noteRecord(lost, null, EXPIRES_AT + 31);
      expect(judgePayment(lost, EXPIRES_AT + 31)).toBe('failed');
    },
  );

  test('that was in flight came back when two looks say so', () => {
    const held = called('wallet-timeout');
    held.booked = 'in-flight';
    noteRecord(held, record('failed'), NOW);
    expect(judgePayment(held, NOW)).toBe('unknown');
    noteRecord(held, record('failed'), NOW);
    expect(judgePayment(held, NOW)).toBe('failed');
  });

  test('that was in flight is never handed over again nor given up because the wallet forgot it', () => {
    const forgotten = called('wallet-timeout');
    forgotten.booked = 'in-flight';
    noteRecord(forgotten, null, NOW);
    expect(judgePayment(forgotten, NOW)).toBe('unknown');
    expect(judgePayment(forgotten, EXPIRES_AT + 9999)).toBe('unknown');
  });

  test('is not judged by the record of an incoming payment or of another hash', () => {
    const lost = called('wallet-timeout');
    noteRecord(lost, record('failed', { direction: 'incoming' }), NOW);
    noteRecord(lost, record('failed', { paymentHash: hex32(9) }), NOW);
    expect(lost.look).toBeUndefined();
  });
});

test('a payment for which an earlier process called is looked up before anything else', () => {
  const resumed = watch('reserved', 1);
  expect(judgePayment(resumed, NOW)).toBe('unknown');
  noteRecord(resumed, null, NOW);
  noteRecord(resumed, null, NOW);
  expect(judgePayment(resumed, NOW)).toBe('call');
  noteCall(resumed, 2);
  noteAnswer(resumed, failure('payment-failed', 'already on its way'));
  noteRecord(resumed, null, NOW);
  expect(judgePayment(resumed, NOW)).toBe('unknown');
  noteRecord(resumed, null, EXPIRES_AT + 31);
  expect(judgePayment(resumed, EXPIRES_AT + 31)).toBe('failed');
});

test('a refusal is not the end once another process has called as well', () => {
  const refused = called('insufficient-balance');
  noteRecord(refused, null, NOW);
  expect(judgePayment(refused, NOW)).toBe('failed');
  noteBooked(refused, { state: 'reserved', calls: 2 });
  expect(judgePayment(refused, NOW)).toBe('unknown');
  noteRecord(refused, record('failed'), NOW);
  noteRecord(refused, record('failed'), NOW);
  expect(judgePayment(refused, NOW)).toBe('unknown');
  noteRecord(refused, null, EXPIRES_AT + 31);
  expect(judgePayment(refused, EXPIRES_AT + 31)).toBe('failed');
});

test('a payment that failed before and is reserved again is called once more, and its end judged by that call', () => {
  const payment = {
    paymentHash: HASH,
    bolt11: 'lnbcrt1',
    feeLimitMsat: msat(5000n),
    state: 'reserved',
  } as const;
  const again = watchPayment({ ...payment, calls: 2 }, EXPIRES_AT, 2);
  expect(judgePayment(again, NOW)).toBe('call');
  noteCall(again, 3);
  expect(judgePayment(again, NOW)).toBe('unknown');
  noteAnswer(again, failure('insufficient-balance', 'as told'));
  noteRecord(again, null, NOW);
  expect(judgePayment(again, NOW)).toBe('failed');
  noteBooked(again, { state: 'reserved', calls: 4 });
  expect(judgePayment(again, NOW)).toBe('unknown');

  const afterCrash = watchPayment({ ...payment, calls: 2 }, EXPIRES_AT);
  expect(judgePayment(afterCrash, NOW)).toBe('unknown');
});

/**
 * A wallet with a truth of its own, behind a connection that delays, loses and repeats nothing but requests and
 * answers. The engine sees only what the connection lets through. Two processes may follow the payment at once, by
 * one ledger.
 */
class WalletBehindBadWire {
  now = NOW;
  seen = watch();
  /** The other process, once it has begun. */
  other: PaymentWatch | null = null;
  booked: PaymentState = 'reserved';
  inTransit: number[] = [];
  truth: 'none' | 'pending' | 'failed' | 'settled' = 'none';
  broke = false;
  /** What the wallet answered to each call, still to be delivered. */
  answers = new Map<number, 'paid' | WalletFailureCode>();
  readonly shownTo = new Set<PaymentWatch>();
  saidFailed = false;
  totalCalls = 0;
  callOf = new Map<PaymentWatch, number>();

  readonly actions: Readonly<Record<string, () => void>> = {
    step: () => {
      if (this.saidFailed) return;
      const verdict = judgePayment(this.seen, this.now);
      if (verdict === 'in-flight') this.booked = this.seen.booked = 'in-flight';
      if (verdict !== 'failed' && verdict !== 'call') return;
      if (this.seen.calls !== this.totalCalls || this.seen.booked !== this.booked)
        return noteBooked(this.seen, { state: this.booked, calls: this.totalCalls }); // refused as stale
      if (verdict === 'failed') this.saidFailed = true;
      if (verdict === 'call') {
        expect(this.shownTo.has(this.seen)).toBe(false);
        expect(this.seen.callUnderway).toBe(false);
        this.totalCalls += 1;
        noteCall(this.seen, this.totalCalls);
        this.callOf.set(this.seen, this.totalCalls);
        this.inTransit.push(this.totalCalls);
      }
    },
    deliver: () => this.receive(this.inTransit.shift()),
    deliverNewest: () => this.receive(this.inTransit.pop()),
    lose: () => void this.inTransit.shift(),
    goBroke: () => void (this.broke = !this.broke),
    settle: () => {
      if (this.truth === 'pending') this.truth = 'settled';
    },
    fail: () => {
      if (this.truth === 'pending') this.truth = 'failed';
    },
    answer: () => {
      const call = this.callOf.get(this.seen);
      if (call === undefined || !this.seen.callUnderway || this.inTransit.includes(call)) return;
      const answer = this.answers.get(call) ?? (this.truth === 'failed' ? 'payment-failed' : undefined);
      if (this.truth === 'settled' || answer === 'paid')
        noteAnswer(this.seen, success({ preimage: PREIMAGE, feePaidMsat: msat(1n) }));
      else if (answer !== undefined) noteAnswer(this.seen, failure(answer, 'as told'));
    },
    timeout: () => {
      if (this.seen.callUnderway) noteAnswer(this.seen, failure('wallet-timeout', 'no answer'));
    },
    look: () => {
      if (this.truth !== 'none') this.shownTo.add(this.seen);
      noteRecord(this.seen, this.truth === 'none' ? null : record(this.truth), this.now);
    },
    tick: () => void (this.now += 20),
    crash: () => void (this.seen = watch(this.booked, this.totalCalls)),
    switchProcess: () => {
      const now = this.other ?? watch(this.booked, this.totalCalls);
      this.other = this.seen;
      this.seen = now;
    },
  };

  receive(call: number | undefined): void {
    if (call === undefined) return;
    if (this.truth === 'settled') this.answers.set(call, 'paid');
    else if (this.truth === 'pending') this.answers.set(call, 'payment-failed');
    else if (this.now >= EXPIRES_AT) this.answers.set(call, 'invalid-invoice');
    else if (this.broke) this.answers.set(call, 'insufficient-balance');
    else this.truth = 'pending';
  }
}

/** What happens most, so that the rare things happen to payments under way. */
const LIKELY = ['step', 'step', 'step', 'look', 'look', 'look', 'timeout', 'timeout', 'answer', 'answer'];

test('whatever the wire does: no second payment after an end was believed, and every payment ends', () => {
  const names = Object.keys(new WalletBehindBadWire().actions);
  const scripts = array(constantFrom(...names, ...LIKELY), { maxLength: 40, size: 'max' });
  assert(
    property(scripts, (script) => {
      const wallet = new WalletBehindBadWire();
      const run = (name: string) => wallet.actions[name]!();
      for (const name of script) run(name);

      const believedFailed = wallet.saidFailed;
      wallet.broke = false;
      while (wallet.inTransit.length > 0) run('deliver');
      run('settle');
      if (believedFailed) expect(wallet.truth).not.toBe('settled');

      wallet.now = EXPIRES_AT + 31;
      for (const name of ['timeout', 'look', 'step', 'look', 'step']) run(name);
      const verdict = wallet.saidFailed ? 'failed' : judgePayment(wallet.seen, wallet.now);
      expect(verdict).toBe(wallet.truth === 'settled' ? 'settled' : 'failed');
    }),
    { numRuns: 5000 },
  );
});
