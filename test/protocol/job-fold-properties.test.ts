import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, hexToBytes } from '@noble/hashes/utils.js';
import {
  array,
  assert,
  constantFrom,
  integer,
  option,
  property,
  record,
  shuffledSubarray,
  subarray,
  tuple,
} from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  buildCancellation,
  buildFeedback,
  buildResult,
  buildReview,
  foldJob,
  msat,
  type EventTemplate,
  type NostrEvent,
} from '../../src/protocol/index.ts';
import { sampleInvoice } from '../fixtures/signed-invoice.ts';
import { authored, CUSTOMER, hex32, OTHER_PROVIDER, PROVIDER, STRANGER } from './events.ts';
import { job, request, START } from './job-events.ts';

/** Everything that may be published around one job, by anybody, within a few seconds so that ties are common. */
const timed = request({ expiresAt: START + 4, targets: [PROVIDER] });
const PREIMAGE = hex32(0x42);
const INVOICE = sampleInvoice({ paymentHash: bytesToHex(sha256(hexToBytes(PREIMAGE))) });
const STRENGTHS = ['claimed', 'vouched', 'shown', 'known'];
const FEEDBACK = ['payment-required', 'processing', 'partial', 'error', 'success'] as const;
const STATEMENTS = new Set(['review', 'zap', 'nutzap', 'redemption', 'built-on']);
const offered = authored(
  PROVIDER,
  buildFeedback({ request: timed, status: 'payment-required', bolt11: INVOICE, createdAt: START + 1 }),
);
const resultBy = (by: string): NostrEvent =>
  authored(by, buildResult({ request: timed, content: 'done', createdAt: START + 2 }));
const [first, second] = [resultBy(PROVIDER), resultBy(OTHER_PROVIDER)];
/** What payments and reviews are about; each may be missing from a history. */
const targets = [timed, offered, first, second];

function statementAbout(what: string, about: NostrEvent, nonce: number, created_at: number): EventTemplate {
  const [content, payee] = [`${nonce}`, about === second ? OTHER_PROVIDER : PROVIDER];
  const tags = [
    ['e', about.id],
    ['p', payee],
  ];
  switch (what) {
    case 'review':
      return buildReview({
        reviewed: about,
        rating: nonce / 3,
        comment: content,
        createdAt: created_at,
        ...(nonce > 1 ? { payment: { bolt11: INVOICE, preimage: PREIMAGE } } : {}),
      });
    case 'zap':
      tags.push(['bolt11', INVOICE], ['description', content], ['preimage', nonce > 1 ? PREIMAGE : 'none']);
      return { kind: 9735, created_at, tags, content: '' };
    case 'nutzap':
      tags.push(['u', 'https://mint.example'], ['proof', PROOF]);
      return { kind: 9321, created_at, tags, content: '' };
    case 'redemption':
      return { kind: 7376, created_at, tags: [['e', nutzapOf(about).id, '', 'redeemed']], content };
    default:
      return { kind: 5002, created_at, tags: [['i', about.id, 'job']], content };
  }
}

/** The nutzap for that event which the redemptions of these histories are about. */
function nutzapOf(about: NostrEvent): NostrEvent {
  return authored(CUSTOMER, statementAbout('nutzap', about, 0, START + 3));
}

const PROOF = JSON.stringify({ amount: 2, id: '009a1f293253e41e', secret: 's', C: `02${hex32(3)}` });
const author = constantFrom(CUSTOMER, PROVIDER, OTHER_PROVIDER, STRANGER);
const anyJobEvent = record({
  author,
  at: integer({ min: 0, max: 5 }),
  what: constantFrom(
    'payment-required',
    'processing',
    'partial',
    'error',
    'success',
    'result',
    'cancel',
    'wrong-kind',
    'other-job',
    'note',
    'review',
    'zap',
    'nutzap',
    'redemption',
    'built-on',
  ),
  of: integer({ min: 0, max: 3 }),
  nonce: integer({ min: 0, max: 3 }),
}).map(({ author: by, at, what, of, nonce }): NostrEvent => {
  const createdAt = START + at;
  const content = `${nonce}`;
  if (STATEMENTS.has(what)) return authored(by, statementAbout(what, targets[of] ?? timed, nonce, createdAt));
  if (what === 'cancel')
    return authored(by, buildCancellation({ requestId: timed.id, createdAt, reason: content }));
  if (what === 'note')
    return authored(by, { kind: 1, created_at: createdAt, tags: [['e', timed.id]], content });
  const result = buildResult({ request: what === 'other-job' ? job : timed, content, createdAt });
  if (what === 'wrong-kind') return authored(by, { ...result, kind: 6999 });
  if (what === 'result' || what === 'other-job') return authored(by, result);
  const amountMsat = msat(BigInt(nonce) * 1000n);
  const exchange = nonce % 2 === 0 ? 'sample' : 'hold';
  const status = FEEDBACK.find((word) => word === what) ?? 'processing';
  return authored(
    by,
    buildFeedback({ request: timed, status, amountMsat, bolt11: INVOICE, exchange, content, createdAt }),
  );
});
/** Its answers and nutzaps are often among the events, so that statements have something to be about. */
const anyHistory = tuple(
  array(anyJobEvent, { maxLength: 14 }),
  subarray([...targets.slice(1), ...targets.map((about) => nutzapOf(about))]),
).map(([events, answers]) => [...events, ...answers]);
const anyTime = option(
  integer({ min: 0, max: 6 }).map((at) => ({ at: START + at })),
  { nil: {} },
);

describe('the picture depends only on the set of events', () => {
  test('not on their order, repetition or batches, nor on how the request came', () => {
    const scrambled = anyHistory.chain((events) =>
      record({
        events: constantFrom(events),
        order: shuffledSubarray(events, { minLength: events.length }),
        again: shuffledSubarray(events),
        cut: integer({ min: 0, max: events.length }),
      }),
    );
    assert(
      property(scrambled, anyTime, ({ events, order, again, cut }, time) => {
        const picture = foldJob({ request: timed, events, ...time });
        const shuffled = [...order.slice(cut), ...again, ...order.slice(0, cut), timed];
        expect(foldJob({ request: timed, events: new Set(order), ...time })).toEqual(picture);
        expect(foldJob({ request: timed.id, events: shuffled.values(), ...time })).toEqual(picture);
        expect(foldJob({ request: timed, events: structuredClone(shuffled), ...time })).toEqual(picture);
      }),
      { numRuns: 500 },
    );
  });

  test('every event is told of once: in the timeline or set aside', () => {
    assert(
      property(anyHistory, anyTime, (events, time) => {
        const { timeline, setAside } = foldJob({ request: timed, events, ...time });
        const told = [...timeline.map(({ eventId }) => eventId), ...setAside.map(({ event }) => event.id)];
        expect(new Set(told).size).toBe(told.length);
        expect(new Set(told)).toEqual(new Set([timed.id, ...events.map(({ id }) => id)]));
      }),
      { numRuns: 2000 },
    );
  });

  test('strangers cannot cancel, and customers cannot answer', () => {
    assert(
      property(anyHistory, anyTime, integer({ min: 0, max: 5 }), (events, time, at) => {
        const { setAside: _, setAsideCount, ...before } = foldJob({ request: timed, events, ...time });
        const createdAt = START + at;
        const forged = [
          authored(PROVIDER, buildCancellation({ requestId: timed.id, createdAt, reason: 'forged' })),
          authored(CUSTOMER, buildResult({ request: timed, content: 'forged', createdAt })),
          authored(
            CUSTOMER,
            buildFeedback({ request: timed, status: 'success', content: 'forged', createdAt }),
          ),
        ];
        const { setAside, ...after } = foldJob({ request: timed, events: [...events, ...forged], ...time });
        expect(after).toEqual({ ...before, setAsideCount: setAsideCount + forged.length });
        expect(setAside.map(({ event }) => event.id)).toEqual(
          expect.arrayContaining(forged.map(({ id }) => id)),
        );
      }),
    );
  });

  test('a final state is what its evidence says', () => {
    assert(
      property(anyHistory, anyTime, (events, time) => {
        const { state, final, providers, cancellation } = foldJob({ request: timed, events, ...time });
        const delivered = providers.some(({ results }) => results.length > 0);
        expect(state === 'delivered').toBe(delivered);
        expect(state === 'cancelled').toBe(!delivered && cancellation !== null);
        expect(final).toBe(['delivered', 'cancelled', 'expired'].includes(state));
        if (final) expect(providers.some(({ offer }) => offer?.standing)).toBe(false);
      }),
    );
  });

  test('what providers and strangers publish takes no result in the name of the customer', () => {
    const byOthers = array(
      anyJobEvent.filter(
        ({ pubkey, kind }) => pubkey !== CUSTOMER && (kind < 6000 || kind > 7000 || kind === 7),
      ),
      { maxLength: 8 },
    );
    assert(
      property(anyHistory, byOthers, (events, forged) => {
        const takenFrom = (all: readonly NostrEvent[]) =>
          foldJob({ request: timed, events: all }).accepted.map(({ resultId, by }) => [resultId, by]);
        expect(takenFrom([...events, ...forged])).toEqual(takenFrom(events));
      }),
    );
  });

  test('a taken result is one that counts, taken once, by what the customer or the caller says', () => {
    assert(
      property(anyHistory, anyTime, constantFrom(true, false), (events, time, isPaid) => {
        const preimages = new Map(isPaid ? [[INVOICE, PREIMAGE]] : []);
        const picture = foldJob({ request: timed, events, preimages, ...time });
        const results = picture.providers.flatMap((part) => part.results.map(({ id }) => id));
        const taken = picture.accepted.map(({ resultId }) => resultId);
        expect(results).toEqual(expect.arrayContaining(taken));
        expect(new Set(taken).size).toBe(taken.length);
        const signed = new Map(events.map(({ id, pubkey }) => [id, pubkey]));
        for (const { eventId } of picture.accepted)
          if (eventId === null) expect(isPaid).toBe(true);
          else expect(signed.get(eventId)).toBe(CUSTOMER);
      }),
    );
  });

  test('payments name their strongest evidence first, and each event once', () => {
    assert(
      property(anyHistory, (events) => {
        for (const { payments } of foldJob({ request: timed, events }).providers) {
          const ids = payments.flatMap(({ evidence }) => evidence.map(({ eventId }) => eventId));
          expect(new Set(ids).size).toBe(ids.length);
          const ranks = payments.map(({ strength }) => STRENGTHS.indexOf(strength));
          expect(ranks).toEqual(ranks.toSorted((left, right) => right - left));
          for (const { strength, evidence } of payments) expect(evidence[0]?.strength).toBe(strength);
        }
      }),
    );
  });
});
