import {
  array,
  assert,
  boolean,
  constantFrom,
  integer,
  property,
  record,
  shuffledSubarray,
  tuple,
} from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { NostrEvent } from '../protocol/index.ts';
import { CUSTOMER, OTHER_PROVIDER, PROVIDER, STRANGER } from '../../test/protocol/events.ts';
import { DAY, job, keyOf, NOW } from '../../test/reputation/jobs.ts';
import { Evidence, type ProviderRecord } from './index.ts';

const known = new Set([CUSTOMER]);

function recordsOf(evidence: Evidence): ProviderRecord[] {
  return [PROVIDER, OTHER_PROVIDER].map((provider) => evidence.record(provider, NOW));
}

function recordsFrom(events: Iterable<NostrEvent>): ProviderRecord[] {
  const evidence = new Evidence({ known });
  for (const event of events) evidence.add(event);
  return recordsOf(evidence);
}

/** Jobs of which some share customer, provider, words or invoice, and some are dated oddly. */
const anyJob = record({
  name: constantFrom('a', 'b', 'c'),
  customer: constantFrom(CUSTOMER, STRANGER, PROVIDER),
  provider: constantFrom(PROVIDER, OTHER_PROVIDER),
  at: constantFrom(NOW - DAY, NOW - 100 * DAY, NOW + DAY),
  sats: constantFrom(1, 21, 500),
  rating: constantFrom(0, 0.4, 0.5, 1),
  seconds: constantFrom(-3600, 0, 7),
  content: constantFrom('the same words', 'other words'),
});
const anyHistory = array(anyJob, { minLength: 1, maxLength: 4 }).map((jobs) => [
  ...new Map(jobs.flatMap((told) => job(told).events).map((event) => [event.id, event])).values(),
]);

describe('what the evidence says', () => {
  test('depends on which events came, not on their order, repetition or what was asked in between', () => {
    assert(
      property(
        anyHistory.chain((events) =>
          tuple(
            shuffledSubarray(events, { minLength: events.length }),
            shuffledSubarray(events),
            array(boolean(), { minLength: events.length, maxLength: events.length }),
          ),
        ),
        ([events, repeated, looks]) => {
          const evidence = new Evidence({ known });
          for (const [place, event] of events.entries()) {
            evidence.add(event);
            if (looks[place] === true) recordsOf(evidence);
          }
          for (const event of repeated) expect(evidence.add({ ...event })).toBe(false);
          expect(recordsOf(evidence)).toEqual(recordsFrom(events.toSorted((a, b) => (a.id < b.id ? -1 : 1))));
        },
      ),
      { numRuns: 60 },
    );
  });

  test('keeps its numbers in their bounds, whatever part of a history is seen', () => {
    assert(
      property(
        anyHistory.chain((events) => shuffledSubarray(events)),
        (events) => {
          for (const { reliability, ratings, others, paidJobs } of recordsFrom(events)) {
            expect(paidJobs).toBeLessThanOrEqual(others.delivered);
            expect(others.knownCustomers).toBeLessThanOrEqual(others.customers);
            if (ratings.mean !== null) expect(Math.abs(ratings.mean - 0.5)).toBeLessThanOrEqual(0.5);
            if (reliability === null) continue;
            expect(reliability.low).toBeGreaterThanOrEqual(0);
            expect(reliability.low).toBeLessThanOrEqual(reliability.mean + 1e-9);
            expect(reliability.mean).toBeLessThan(1);
          }
        },
      ),
      { numRuns: 60 },
    );
  });

  test('never becomes better by a complaint that shows its payment', () => {
    assert(
      property(anyHistory, integer({ min: 1, max: 1000 }), (events, sats) => {
        const complaint = job({
          name: 'complaint',
          customer: keyOf('another customer'),
          sats,
          rating: 0,
        }).events;
        const [before] = recordsFrom(events);
        const [after] = recordsFrom([...events, ...complaint]);
        expect(after?.reliability?.mean).toBeLessThan(before?.reliability?.mean ?? 0.5);
        expect(after?.reliability?.low).toBeLessThanOrEqual((before?.reliability?.low ?? 0) + 1e-9);
      }),
      { numRuns: 25 },
    );
  });
});

describe('to split a payment', () => {
  const weightOf = (events: readonly NostrEvent[]) => recordsFrom(events)[0]?.reliability?.weight ?? 0;
  const parts = array(integer({ min: 1, max: 60 }), { minLength: 2, maxLength: 5 });

  test('into several of one customer gains nothing', () => {
    assert(
      property(parts, (sats) => {
        const total = sats.reduce((sum, part) => sum + part, 0);
        const whole = weightOf(job({ name: 'whole', sats: total, rating: 1 }).events);
        const split = weightOf(
          sats.flatMap((part, one) => job({ name: `part ${one}`, sats: part, rating: 1 }).events),
        );
        expect(split).toBeCloseTo(whole, 9);
      }),
      { numRuns: 20 },
    );
  });

  test('among several invented customers gains nothing', () => {
    assert(
      property(parts, (sats) => {
        const total = sats.reduce((sum, part) => sum + part, 0);
        const whole = weightOf(job({ name: 'whole', customer: STRANGER, sats: total, rating: 1 }).events);
        const split = weightOf(
          sats.flatMap(
            (part, one) =>
              job({ name: 'part', customer: keyOf(`sybil ${one}`), sats: part, rating: 1 }).events,
          ),
        );
        expect(split).toBeCloseTo(whole, 9);
      }),
      { numRuns: 20 },
    );
  });

  test('of a larger total adds ever less', () => {
    const weights = [10, 20, 30, 40].map((sats) => weightOf(job({ name: 'w', sats, rating: 1 }).events));
    const [first = 0, second = 0, third = 0, fourth = 0] = weights;
    expect(second - first).toBeGreaterThan(third - second);
    expect(third - second).toBeGreaterThan(fourth - third);
  });
});
