import { describe, expect, test } from 'vitest';
import type { OutgoingPayment, Purchase, PurchaseState } from '../ledger/index.ts';
import { msat } from '../protocol/index.ts';
import { JobView, viewJob } from './job-view.ts';

const EVENT = {
  id: 'a',
  pubkey: 'c',
  created_at: 1,
  kind: 5050,
  tags: [],
  content: '',
  sig: '',
} satisfies Purchase['request'];

function purchase(state: PurchaseState, told: Partial<Purchase> = {}): Purchase {
  return {
    requestId: 'a'.repeat(64),
    customerPubkey: 'c',
    request: EVENT,
    relays: [],
    state,
    maxAmountMsat: msat(10_000n),
    deadlineAt: 2_000,
    approval: 'ask',
    approved: null,
    orderId: null,
    offer: {
      event: EVENT,
      providerPubkey: 'p',
      exchange: 'hold',
      amountMsat: msat(5_500n),
      bolt11: null,
      paymentHash: null,
      feeLimitMsat: msat(5_000n),
    },
    result: null,
    preimage: null,
    feePaidMsat: null,
    refund: null,
    failure: null,
    openedAt: 1_000,
    updatedAt: 1_000,
    version: 1,
    ...told,
  };
}

function payment(state: OutgoingPayment['state']): OutgoingPayment {
  return {
    paymentHash: 'h',
    requestId: 'a',
    purpose: 'job',
    spenderPubkey: 'c',
    counterparty: 'p',
    bolt11: null,
    amountMsat: msat(5_500n),
    feeLimitMsat: msat(5_000n),
    feePaidMsat: state === 'settled' ? msat(1_000n) : null,
    preimage: null,
    state,
    createdAt: 1_000,
    updatedAt: 1_000,
  };
}

describe('a job and its money', () => {
  test.each<[PurchaseState, OutgoingPayment['state'] | null, Partial<JobView>]>([
    ['requested', null, { status: 'collecting', money: 'none', possibly_spent: false, sats: null }],
    ['approved', null, { status: 'working', money: 'none', possibly_spent: false, sats: 5.5 }],
    ['paying', 'reserved', { status: 'working', money: 'pending', possibly_spent: true }],
    ['locked', 'in-flight', { status: 'working', money: 'locked', possibly_spent: true }],
    ['paid', 'settled', { status: 'working', money: 'paid', possibly_spent: true, fee_sats: 1 }],
    ['received', 'in-flight', { status: 'done', money: 'locked', possibly_spent: false }],
    ['received', 'settled', { status: 'done', money: 'paid', possibly_spent: false }],
    ['received', 'failed', { status: 'done', money: 'returned', possibly_spent: false }],
    ['received', null, { status: 'done', money: 'none', possibly_spent: false }],
    ['expired', 'failed', { status: 'failed', money: 'returned', possibly_spent: false }],
    ['undelivered', 'settled', { status: 'failed', money: 'paid', possibly_spent: true }],
    ['undelivered', 'in-flight', { status: 'failed', money: 'pending', possibly_spent: true }],
    ['refunded', 'settled', { status: 'failed', money: 'returned', possibly_spent: false }],
    ['unreconciled', 'in-flight', { status: 'failed', money: 'unknown', possibly_spent: true }],
    ['over-budget', null, { status: 'failed', money: 'none', possibly_spent: false }],
  ])('%s with a payment %s', (state, paid, shown) => {
    const view = viewJob(purchase(state), paid === null ? [] : [payment(paid)], 0);
    expect(JobView.parse(view)).toMatchObject(shown);
    expect(/never|not buy/i.test(view.next)).toBe(view.possibly_spent || view.status === 'working');
  });

  test('is quoted as soon as something can be bought, and tells why it failed', () => {
    expect(viewJob(purchase('requested'), [], 2)).toMatchObject({ status: 'quoted', provider: null });
    const failure = { code: 'no-offer', message: 'Nobody offered.' };
    expect(viewJob(purchase('no-offer', { offer: null, failure }), [], 0)).toMatchObject({
      status: 'failed',
      failure: { code: 'no_offer', message: 'Nobody offered.' },
    });
  });
});
