import { describe, expect, test } from 'vitest';
import {
  buildCancellation,
  buildFeedback,
  buildResult,
  buildReview,
  msat,
  type NostrEvent,
} from '../protocol/index.ts';
import { authored, CUSTOMER, hex32, OTHER_PROVIDER, PROVIDER, STRANGER } from '../../test/protocol/events.ts';
import { DAY, invoiceOf, job, keyOf, NOW } from '../../test/reputation/jobs.ts';
import { Evidence, type EvidenceOptions, type OwnPurchase, type ProviderRecord } from './index.ts';

/** What these events say about the provider. */
function recordOf(
  events: Iterable<NostrEvent>,
  options: EvidenceOptions = {},
  by = PROVIDER,
): ProviderRecord {
  const evidence = new Evidence(options);
  for (const event of events) evidence.add(event);
  return evidence.record(by, NOW);
}

/** A zap receipt that whoever made the invoice can write alone, whoever it names as the payer. */
function selfMadeReceipt(offer: NostrEvent, { bolt11, preimage }: ReturnType<typeof invoiceOf>): NostrEvent {
  const tags = [
    ['p', offer.pubkey],
    ['P', CUSTOMER],
    ['e', offer.id],
    ['bolt11', bolt11],
    ['description', '{}'],
    ['preimage', preimage],
  ];
  return authored(STRANGER, { kind: 9735, created_at: offer.created_at + 2, tags, content: '' });
}

const nobody = recordOf([]);
const known = new Set([CUSTOMER]);

describe('what counts', () => {
  test('nothing is known of a new provider, which is no bad mark', () => {
    expect(nobody).toMatchObject({ paidJobs: 0, reliability: null, usualSeconds: null, evidenceIds: [] });
    expect(nobody.ratings.mean).toBeNull();
    expect(nobody.latest).toEqual({ answer: null, delivery: null, paidDelivery: null });
  });

  test('a job that its customer shows to have paid and liked', () => {
    const told = job({ name: 'a', rating: 0.9 });
    const record = recordOf(told.events, { known });
    expect(record.others).toMatchObject({
      customers: 1,
      knownCustomers: 1,
      delivered: 1,
      paidAndDelivered: 1,
      paidComplaints: 0,
      usualSeconds: 5,
    });
    expect(record).toMatchObject({ paidJobs: 1, usualSeconds: 5, worstSeconds: 5, secondsFrom: 'others' });
    expect(record.ratings).toEqual({ mean: 0.9, customers: 1, knownCustomers: 1, unpaid: 0 });
    expect(record.latest.paidDelivery).toEqual({
      at: NOW - DAY + 5,
      evidenceId: told.result.id,
      by: 'known',
    });
    expect(record.evidenceIds).toEqual([told.review.id, told.result.id]);
    expect(record.reliability?.low).toBeGreaterThan(0);
  });

  test('a result without a payment is delivered, and says nothing about money', () => {
    const { request, result } = job({ name: 'a' });
    const record = recordOf([request, result], { known });
    expect(record).toMatchObject({ paidJobs: 0, reliability: null });
    expect(record.others).toMatchObject({ delivered: 1, paidAndDelivered: 0 });
  });

  test('a complaint about an offer that was paid and never kept', () => {
    const { request, offer, reviewOf } = job({ name: 'a' });
    const record = recordOf([request, offer, reviewOf(offer, CUSTOMER, 0)]);
    expect(record.others).toMatchObject({ delivered: 0, paidComplaints: 1 });
    expect(record.ratings).toMatchObject({ mean: 0, customers: 1 });
    expect(record.reliability?.low).toBeCloseTo(0);
  });

  test('the newest word of a customer', () => {
    const { events, reviewOf, result } = job({ name: 'a', rating: 0 });
    const again = { ...reviewOf(result, CUSTOMER, 1), created_at: NOW - 60 };
    const record = recordOf([...events, authored(CUSTOMER, again)]);
    expect(record.ratings.mean).toBe(1);
    expect(record.others.paidComplaints).toBe(0);
  });

  test('work that was given up with an error', () => {
    const { request } = job({ name: 'a' });
    const error = authored(PROVIDER, buildFeedback({ request, status: 'error', createdAt: NOW - DAY + 2 }));
    expect(recordOf([request, error]).others).toMatchObject({ failed: 1, delivered: 0 });
    expect(recordOf([request, error]).latest.answer).toMatchObject({ evidenceId: error.id, by: 'anybody' });
  });

  test('it ages: after half a year a quarter is left', () => {
    const { events } = job({ name: 'a', rating: 1, sats: 1 });
    const evidence = new Evidence({ known });
    for (const event of events) evidence.add(event);
    const weight = (at: number) => 2 ** (evidence.record(PROVIDER, at).reliability?.weight ?? 0) - 1;
    expect(weight(NOW + 180 * DAY) / weight(NOW)).toBeCloseTo(0.25, 2);
  });
});

describe('what counts nothing', () => {
  const told = job({ name: 'a', rating: 1 });
  const { request, offer, result, review, reviewOf, invoice } = told;

  test('a result without its request', () => {
    expect(recordOf([offer, result, review], { known })).toEqual(nobody);
  });

  test('a result of another kind, or to a request that was put to somebody else by name', () => {
    const wrongKind = authored(PROVIDER, { ...result, kind: 6002 });
    expect(recordOf([request, wrongKind]).others.delivered).toBe(0);
    const targeted = authored(CUSTOMER, { ...request, tags: [...request.tags, ['p', OTHER_PROVIDER]] });
    const unasked = authored(
      PROVIDER,
      buildResult({ request: targeted, content: 'x', createdAt: NOW - DAY + 1 }),
    );
    expect(recordOf([targeted, unasked])).toEqual(nobody);
  });

  test('an empty result', () => {
    const empty = authored(PROVIDER, buildResult({ request, content: ' ', createdAt: NOW - DAY + 1 }));
    expect(recordOf([request, empty]).others.delivered).toBe(0);
  });

  test('dealing with oneself', () => {
    const own = job({ name: 'self', customer: PROVIDER, rating: 1 });
    expect(recordOf(own.events, { known: new Set([PROVIDER]) })).toEqual(nobody);
  });

  test('a review by somebody else than the customer', () => {
    const forged = reviewOf(result, STRANGER, 0);
    const record = recordOf([request, offer, result, forged], { known: new Set([STRANGER]) });
    expect(record.ratings).toEqual(nobody.ratings);
    expect(record.others.paidComplaints).toBe(0);
  });

  test('a review of another job by the same customer, or of another provider', () => {
    const other = job({ name: 'b', shows: invoice, rating: 0 });
    const record = recordOf([...other.events, request, offer, result], { known });
    expect(record.others.paidComplaints).toBe(0);
    expect(record.ratings).toMatchObject({ customers: 0, unpaid: 1 });
    const rival = job({ name: 'a', provider: OTHER_PROVIDER, shows: invoice, rating: 0 });
    expect(recordOf([...rival.events, offer], {}, OTHER_PROVIDER).others.paidComplaints).toBe(0);
  });

  test('a payment with a preimage of something else, or by an invoice that the provider never named', () => {
    const foreign = job({
      name: 'c',
      rating: 0,
      shows: { bolt11: job({ name: 'c' }).invoice.bolt11, preimage: hex32(7) },
    });
    expect(recordOf(foreign.events).ratings).toMatchObject({ customers: 0, unpaid: 1 });
    const elsewhere = job({ name: 'd', rating: 0, shows: invoiceOf('elsewhere', 21) });
    expect(recordOf(elsewhere.events).reliability).toBeNull();
  });

  test('a review that is sent again', () => {
    const evidence = new Evidence({ known });
    for (const event of told.events) evidence.add(event);
    const before = evidence.record(PROVIDER, NOW);
    expect(evidence.add({ ...review })).toBe(false);
    expect(evidence.record(PROVIDER, NOW)).toEqual(before);
  });

  test('one payment that is shown for several jobs', () => {
    const again = job({ name: 'again', rating: 1, shows: invoice });
    const sameInvoice = authored(
      PROVIDER,
      buildFeedback({
        request: again.request,
        status: 'payment-required',
        bolt11: invoice.bolt11,
        createdAt: NOW - DAY + 2,
      }),
    );
    const once = recordOf(told.events, { known });
    const twice = recordOf([...told.events, ...again.events, sameInvoice], { known });
    expect(twice.paidJobs).toBe(once.paidJobs);
    expect(twice.reliability).toEqual(once.reliability);
  });

  test('a result dated before its request', () => {
    const early = job({ name: 'early', seconds: -3600 });
    expect(recordOf([early.request, early.result])).toEqual(nobody);
  });

  test('a review dated before the result, and anything dated in the future', () => {
    const early = authored(CUSTOMER, { ...review, created_at: NOW - DAY - 3600 });
    expect(recordOf([request, offer, result, early]).ratings).toEqual(nobody.ratings);
    const future = job({ name: 'future', at: NOW + DAY, rating: 1 });
    expect(recordOf(future.events, { known })).toEqual(nobody);
  });

  test('a result after the customer had withdrawn', () => {
    const { id: requestId, kind: requestKind } = request;
    const cancellation = authored(
      CUSTOMER,
      buildCancellation({ requestId, requestKind, createdAt: NOW - DAY + 1 }),
    );
    expect(recordOf([request, cancellation, result]).others.delivered).toBe(0);
  });
});

describe('words copied from a rival', () => {
  const { request, offer, result, review, invoice } = job({ name: 'a', rating: 1 });
  const receipt = selfMadeReceipt(offer, invoice);
  const copyOf = (asked: NostrEvent) =>
    authored(
      OTHER_PROVIDER,
      buildResult({ request: asked, content: result.content, createdAt: NOW - DAY }), // dated before the original
    );
  const all = [request, offer, result, copyOf(request)];

  test('take away no delivery, and weigh for nobody unless the customer vouches', () => {
    for (const by of [PROVIDER, OTHER_PROVIDER]) expect(recordOf(all, {}, by).others.delivered).toBe(1);
    expect(recordOf([...all, receipt]).reliability).toBeNull();
    expect(recordOf([...all, review]).reliability).toEqual(
      recordOf([request, offer, result, review]).reliability,
    );
    expect(recordOf([...all, review], {}, OTHER_PROVIDER).reliability).toBeNull();
  });

  test('cost nothing where the copier was not asked', () => {
    const asked = authored(CUSTOMER, { ...request, tags: [...request.tags, ['p', PROVIDER]] });
    const bill = buildFeedback({
      request: asked,
      status: 'payment-required',
      amountMsat: msat(21_000n),
      bolt11: invoice.bolt11,
      createdAt: NOW - DAY + 1,
    });
    const answer = authored(
      PROVIDER,
      buildResult({ request: asked, content: result.content, createdAt: NOW - DAY + 5 }),
    );
    const paidOffer = authored(PROVIDER, bill);
    const thanks = buildReview({
      reviewed: answer,
      rating: 0.5,
      createdAt: NOW - DAY + 9,
      payment: invoice,
    });
    const honest = [asked, paidOffer, answer, authored(CUSTOMER, thanks)];
    expect(recordOf([...honest, copyOf(asked)])).toEqual(recordOf(honest));
    expect(recordOf(honest).reliability?.weight).toBeGreaterThan(0);
  });
});

describe('praise of strangers', () => {
  /** Praise by so many invented customers who pay so much each. */
  const sybils = (count: number, sats: number) =>
    Array.from(
      { length: count },
      (_, one) => job({ name: 's', customer: keyOf(`sybil ${one}`), sats, rating: 1 }).events,
    ).flat();

  test('weighs no more than one job, however many they are and whatever they pay', () => {
    const one = recordOf(sybils(1, 100_000));
    const many = recordOf(sybils(40, 100_000));
    expect(many.others.customers).toBe(40);
    expect(many.reliability).toEqual(one.reliability);
    expect(one.reliability?.weight).toBe(1);
    expect(many.ratings.knownCustomers).toBe(0);
  });

  test('drowns no complaint of somebody who paid', () => {
    const complaint = job({ name: 'cheated', customer: STRANGER, rating: 0, sats: 100 }).events;
    const drowned = recordOf([...sybils(40, 1000), ...complaint]);
    const plain = recordOf(complaint);
    expect(drowned.others.paidComplaints).toBe(1);
    expect(drowned.reliability?.mean).toBeLessThan(0.5);
    expect((drowned.reliability?.weight ?? 0) - (plain.reliability?.weight ?? 0)).toBeLessThanOrEqual(1);
    expect(drowned.ratings.mean).toBe(0.5);
  });

  test('weighs less than one customer whom the reader knows', () => {
    const friend = recordOf(job({ name: 'f', rating: 1, sats: 1000 }).events, { known });
    expect(friend.reliability?.low ?? 0).toBeGreaterThan(recordOf(sybils(40, 1000)).reliability?.low ?? 1);
  });

  describe('a zap receipt with the preimage', () => {
    const { request, offer, result, invoice } = job({ name: 'z' });
    const receipt = selfMadeReceipt(offer, invoice);

    test('that the provider can write itself is worth nothing, whomever it names', () => {
      for (const options of [{ known }, {}])
        expect(recordOf([request, offer, result, receipt], options).reliability).toBeNull();
    });

    test('is no paid job', () => {
      const record = recordOf([request, offer, result, receipt], { known });
      expect(record).toMatchObject({ paidJobs: 0, others: { delivered: 1, paidAndDelivered: 0 } });
      expect(record.latest).toMatchObject({ delivery: { evidenceId: result.id }, paidDelivery: null });
    });
  });
});

describe('the reader’s own books', () => {
  const bought = (more: Partial<OwnPurchase>): OwnPurchase => ({
    requestId: keyOf(JSON.stringify({ ...more, paidMsat: `${more.paidMsat}` })),
    providerPubkey: PROVIDER,
    kind: 5050,
    outcome: 'paid-and-delivered',
    paidMsat: msat(21_000n),
    seconds: 3,
    at: NOW - DAY,
    ...more,
  });
  const ownRecord = (...purchases: readonly OwnPurchase[]) => {
    const evidence = new Evidence();
    evidence.setOwn(purchases);
    return evidence.record(PROVIDER, NOW);
  };

  test('are counted by how each purchase ended', () => {
    const lost = bought({ outcome: 'paid-and-undelivered', seconds: null, paidMsat: msat(5000n) });
    const record = ownRecord(
      bought({ seconds: 3 }),
      bought({ seconds: 9 }),
      lost,
      bought({ outcome: 'refunded', paidMsat: msat(0n), seconds: null }),
    );
    expect(record.own).toEqual({
      delivered: 0,
      paidAndDelivered: 2,
      paidAndUndelivered: 1,
      refunded: 1,
      failed: 0,
      paidMsat: 47_000n,
      lostMsat: 5000n,
      usualSeconds: 3,
      worstSeconds: 9,
    });
    expect(record).toMatchObject({ paidJobs: 2, secondsFrom: 'own', usualSeconds: 3, worstSeconds: 9 });
    expect(record.latest.paidDelivery).toMatchObject({ by: 'own', at: NOW - DAY });
  });

  test('a purchase counts once, and a large loss outweighs small deliveries', () => {
    const small = Array.from({ length: 5 }, (_, one) => bought({ seconds: one, paidMsat: msat(1000n) }));
    expect(ownRecord(...small, ...small)).toEqual(ownRecord(...small));
    const cheated = ownRecord(
      ...small,
      bought({ outcome: 'paid-and-undelivered', paidMsat: msat(1_000_000n) }),
    );
    expect(cheated.reliability?.mean).toBeLessThan(0.5);
    expect(ownRecord(...small).reliability?.mean).toBeGreaterThan(0.8);
  });

  test('are joined by the own reviews: what was not good enough is no delivery', () => {
    const rated = (rating: number, outcome: OwnPurchase['outcome']) => {
      const { request, events } = job({ name: 'rated', rating });
      const evidence = new Evidence({ self: CUSTOMER });
      for (const event of events) evidence.add(event);
      evidence.setOwn([bought({ requestId: request.id, outcome })]);
      return evidence.record(PROVIDER, NOW);
    };
    expect(rated(0.5, 'paid-and-delivered').own).toMatchObject({
      paidAndDelivered: 1,
      paidAndUndelivered: 0,
    });
    const bad = rated(0.4, 'paid-and-delivered');
    expect(bad).toMatchObject({ paidJobs: 0, own: { paidAndUndelivered: 1, lostMsat: 21_000n } });
    expect(bad.reliability?.mean).toBeLessThan(0.5);
    expect(rated(0.4, 'delivered').own).toMatchObject({ delivered: 0, failed: 1 });
    expect(rated(0.4, 'refunded').own).toMatchObject({ refunded: 1 });
  });

  test('go before what events say about the same job', () => {
    const { request, events } = job({ name: 'a', rating: 1 });
    const evidence = new Evidence({ known });
    for (const event of events) evidence.add(event);
    evidence.setOwn([bought({ requestId: request.id, outcome: 'paid-and-undelivered' })]);
    expect(evidence.record(PROVIDER, NOW).others.delivered).toBe(0);
    expect(recordOf(events, { self: CUSTOMER, known })).toEqual(nobody);
  });
});
