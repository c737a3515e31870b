import { expect, test } from 'vitest';
import type { OutgoingPayment, Purchase } from '../ledger/index.ts';
import { msat, ZERO_MSAT } from '../protocol/index.ts';
import { PROVIDER } from '../../test/protocol/events.ts';
import { job, NOW } from '../../test/reputation/jobs.ts';
import { ownPurchaseOf, type OwnPurchase } from './index.ts';
import { judgedPurchase } from './own-purchase.ts';

const { request, offer, result, invoice } = job({ name: 'bought', at: NOW - 100, seconds: 40 });

/** A purchase as the ledger keeps it. */
function purchase(more: Partial<Purchase>): Purchase {
  return {
    requestId: request.id,
    customerPubkey: request.pubkey,
    request,
    relays: [],
    state: 'received',
    maxAmountMsat: msat(21_000n),
    deadlineAt: NOW,
    offer: {
      event: offer,
      providerPubkey: PROVIDER,
      exchange: 'prepay',
      amountMsat: msat(21_000n),
      bolt11: invoice.bolt11,
      paymentHash: null,
      feeLimitMsat: ZERO_MSAT,
    },
    result: null,
    preimage: null,
    feePaidMsat: null,
    refund: null,
    failure: null,
    openedAt: NOW - 100,
    updatedAt: NOW,
    version: 1,
    ...more,
  } as Purchase;
}

const paid: Pick<OutgoingPayment, 'state' | 'amountMsat' | 'createdAt'> = {
  state: 'settled',
  amountMsat: msat(21_000n),
  createdAt: NOW - 90,
};

test('a purchase that was paid and received tells what it cost and how long the provider took', () => {
  expect(ownPurchaseOf(purchase({ result }), [{ ...paid, state: 'failed' }, paid])).toEqual({
    requestId: request.id,
    providerPubkey: PROVIDER,
    kind: 5050,
    outcome: 'paid-and-delivered',
    paidMsat: 21_000n,
    seconds: 30,
    at: NOW,
  });
});

test('the time is measured from the request where nothing was paid before the result', () => {
  expect(ownPurchaseOf(purchase({ result }), [])).toMatchObject({
    outcome: 'delivered',
    paidMsat: 0n,
    seconds: 40,
  });
  const later = { ...paid, createdAt: NOW - 50 };
  expect(ownPurchaseOf(purchase({ result }), [later])).toMatchObject({
    outcome: 'paid-and-delivered',
    seconds: 40,
  });
});

test('a result dated outside of the purchase is measured by the own clock', () => {
  const [early, late] = [-1000, 1000].map((seconds) => ({ ...result, created_at: NOW + seconds }));
  expect(ownPurchaseOf(purchase({ result: early ?? result }), [paid])?.seconds).toBe(0);
  expect(ownPurchaseOf(purchase({ result: late ?? result }), [paid])?.seconds).toBe(90);
});

test('money that is gone for nothing is a loss, money that came back is none', () => {
  expect(ownPurchaseOf(purchase({ state: 'undelivered' }), [paid])).toMatchObject({
    outcome: 'paid-and-undelivered',
    paidMsat: 21_000n,
    seconds: null,
  });
  expect(ownPurchaseOf(purchase({ state: 'refunded' }), [paid])).toMatchObject({
    outcome: 'refunded',
    paidMsat: 0n,
  });
});

test('what its customer complained about is no delivery, paid or not', () => {
  const complaint = { disputedAt: NOW, reason: 'empty' };
  const disputed = { failure: { code: 'disputed', message: '', data: { complaint } } };
  const outcome = (more: Partial<Purchase>, payments: readonly (typeof paid)[]) =>
    ownPurchaseOf(purchase({ ...more, ...disputed }), payments)?.outcome;
  expect(outcome({ state: 'received' }, [paid])).toBe('paid-and-undelivered');
  expect(outcome({ state: 'reviewed' }, [])).toBe('failed');
  expect(outcome({ state: 'refunded' }, [paid])).toBe('refunded');
});

test('a complaint is taken back by praise that comes after it, and by none before', () => {
  const complaint = { disputedAt: NOW, reason: 'empty' };
  const disputed = { failure: { code: 'disputed', message: '', data: { complaint } }, result };
  const [bought, given] = [[paid], []].map((payments) =>
    ownPurchaseOf(purchase({ state: 'reviewed', ...disputed }), payments),
  );
  if (!bought || !given) throw new Error('Both have ended.');
  const outcome = (of: OwnPurchase, rating: number, at: number) => judgedPurchase(of, { rating, at }).outcome;
  expect(outcome(bought, 1, NOW + 1)).toBe('paid-and-delivered');
  expect(outcome(given, 0.5, NOW + 1)).toBe('delivered');
  expect([outcome(bought, 1, NOW - 1), outcome(bought, 0.4, NOW + 1)]).toEqual([
    'paid-and-undelivered',
    'paid-and-undelivered',
  ]);
  const gone = ownPurchaseOf(purchase({ state: 'undelivered', ...disputed, result: null }), [paid]);
  expect(gone && outcome(gone, 1, NOW + 1)).toBe('paid-and-undelivered');
});

test('a provider is to blame for what it gave up, and for nothing else that comes to nothing', () => {
  const expired = (reason: string) => {
    const failure = { code: 'offers-failed', message: '', data: { reason } };
    return ownPurchaseOf(purchase({ state: 'expired', failure }), [])?.outcome ?? null;
  };
  expect(['withdrawn', 'silent', 'promise-broken', 'no-route'].map(expired)).toEqual([
    'failed',
    'failed',
    'failed',
    null,
  ]);
  for (const state of ['requested', 'offered', 'paying', 'no-offer', 'cancelled', 'unreconciled'] as const)
    expect(ownPurchaseOf(purchase({ state }), [])).toBeNull();
  expect(ownPurchaseOf(purchase({ state: 'received', offer: null }), [])).toBeNull();
});
