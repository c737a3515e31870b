import { array, assert, constantFrom, integer, option, property, record, shuffledSubarray } from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  buildCancellation,
  buildFeedback,
  buildResult,
  foldJob,
  msat,
  type NostrEvent,
} from '../../src/protocol/index.ts';
import { authored, CUSTOMER, OTHER_PROVIDER, PROVIDER, STRANGER } from './events.ts';
import { job, request, START } from './job-events.ts';

/** Everything that may be published around one job, by anybody, within a few seconds so that ties are common. */
const timed = request({ expiresAt: START + 4, targets: [PROVIDER] });
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
    'zap',
  ),
  nonce: integer({ min: 0, max: 3 }),
}).map(({ author: by, at, what, nonce }): NostrEvent => {
  const createdAt = START + at;
  const content = `${nonce}`;
  if (what === 'cancel')
    return authored(by, buildCancellation({ requestId: timed.id, createdAt, reason: content }));
  if (what === 'zap')
    return authored(by, { kind: 9735, created_at: createdAt, tags: [['e', timed.id]], content });
  const result = buildResult({ request: what === 'other-job' ? job : timed, content, createdAt });
  if (what === 'wrong-kind') return authored(by, { ...result, kind: 6999 });
  if (what === 'result' || what === 'other-job') return authored(by, result);
  const amountMsat = msat(BigInt(nonce) * 1000n);
  const exchange = nonce % 2 === 0 ? 'sample' : 'hold';
  return authored(
    by,
    buildFeedback({ request: timed, status: what, amountMsat, exchange, content, createdAt }),
  );
});
const anyHistory = array(anyJobEvent, { maxLength: 14 });
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
        const { setAside: _, ...before } = foldJob({ request: timed, events, ...time });
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
        expect(after).toEqual(before);
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
});
