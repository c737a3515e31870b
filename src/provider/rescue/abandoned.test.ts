import { array, assert, constantFrom, integer, option, property, record, subarray } from 'fast-check';
import { describe, expect, test } from 'vitest';
import { authored, CUSTOMER, OTHER_PROVIDER, PROVIDER, STRANGER } from '../../../test/protocol/events.ts';
import { request as requestFor, START } from '../../../test/protocol/job-events.ts';
import {
  buildCancellation,
  buildFeedback,
  buildResult,
  foldJob,
  RESCUE_REASONS,
  type JobFeedbackDraft,
  type NostrEvent,
} from '../../protocol/index.ts';
import { abandonment, type Abandonment, type RescueSigns } from './abandoned.ts';

const SIGNS: RescueSigns = { reasons: RESCUE_REASONS, silenceSeconds: 30, lateSeconds: 10, worstSeconds: 50 };
const forOne = requestFor({ targets: [PROVIDER] });
const forTwo = requestFor({ targets: [PROVIDER, OTHER_PROVIDER] });
const forAnybody = requestFor();

type Said = readonly [
  by: string,
  at: number,
  status: JobFeedbackDraft['status'] | 'result',
  more?: Partial<JobFeedbackDraft>,
];

function eventsOf(request: NostrEvent, said: readonly Said[]): NostrEvent[] {
  return said.map(([by, at, status, more]) => {
    const createdAt = START + at;
    return authored(
      by,
      status === 'result'
        ? buildResult({ request, content: 'done', createdAt })
        : buildFeedback({ request, status, createdAt, ...more }),
    );
  });
}

/** The verdict so many seconds after the request. */
function judged(
  request: NostrEvent,
  said: readonly Said[],
  at: number,
  told: Partial<RescueSigns> = {},
): Abandonment {
  const picture = foldJob({ request, events: eventsOf(request, said), at: START + at });
  return abandonment(picture, { ...SIGNS, ...told }, START + at);
}

const waiting = (until: number | null): Abandonment => ({
  is: 'waiting',
  until: until === null ? null : START + until,
});
const abandoned = (failedPubkey: string | null, reason: 'error' | 'silence' | 'late'): Abandonment => ({
  is: 'abandoned',
  by: { failedPubkey, reason },
});
const refusal = { error: { code: 'over-capacity', detail: '' } };

describe('a job is abandoned', () => {
  test('when nobody says anything for too long', () => {
    expect(judged(forOne, [], 29)).toEqual(waiting(30));
    expect(judged(forOne, [], 30)).toEqual(abandoned(PROVIDER, 'silence'));
    expect(judged(forTwo, [], 30)).toEqual(abandoned(null, 'silence'));
    expect(judged(forAnybody, [], 30)).toEqual(abandoned(null, 'silence'));
  });

  test('at once when all who were named have failed, later when others might still answer', () => {
    const failure: Said = [PROVIDER, 1, 'error', refusal];
    expect(judged(forOne, [failure], 1)).toEqual(abandoned(PROVIDER, 'error'));
    expect(judged(forTwo, [failure], 2)).toEqual(waiting(30));
    expect(judged(forTwo, [failure], 30)).toEqual(abandoned(PROVIDER, 'error'));
    expect(judged(forTwo, [failure, [OTHER_PROVIDER, 2, 'error']], 2)).toEqual(
      abandoned(OTHER_PROVIDER, 'error'),
    );
    expect(judged(forAnybody, [failure], 29)).toEqual(waiting(30));
    expect(judged(forAnybody, [failure], 30)).toEqual(abandoned(PROVIDER, 'error'));
  });

  test('when work is later than its provider said, in the offer or since, or than is usual', () => {
    const offer: Said = [PROVIDER, 1, 'payment-required', { usualSeconds: 5, worstSeconds: 20 }];
    const began: Said = [PROVIDER, 3, 'processing'];
    expect(judged(forOne, [offer, began], 32)).toEqual(waiting(33));
    expect(judged(forOne, [offer, began], 33)).toEqual(abandoned(PROVIDER, 'late'));
    const longer: Said = [PROVIDER, 4, 'processing', { usualSeconds: 5, worstSeconds: 90 }];
    expect(judged(forOne, [offer, began, longer], 33)).toEqual(waiting(103));
    expect(judged(forOne, [began], 62)).toEqual(waiting(63));
    expect(judged(forOne, [began], 63)).toEqual(abandoned(PROVIDER, 'late'));
  });

  test('not by one late provider while another one works in time', () => {
    const said: Said[] = [
      [PROVIDER, 1, 'processing'],
      [OTHER_PROVIDER, 20, 'processing'],
    ];
    expect(judged(forTwo, said, 70)).toEqual(waiting(80));
    expect(judged(forTwo, said, 80)).toEqual(abandoned(PROVIDER, 'late'));
  });

  test('only by failures that count', () => {
    expect(judged(forOne, [], 99, { reasons: ['error'] })).toEqual(waiting(null));
    expect(judged(forOne, [[PROVIDER, 1, 'error']], 99, { reasons: ['late'] })).toEqual(waiting(null));
    expect(judged(forOne, [[PROVIDER, 1, 'processing']], 99, { reasons: ['silence'] })).toEqual(
      waiting(null),
    );
  });
});

describe('a job needs nobody else', () => {
  test('while an offer is there for its customer to take, whoever else has failed', () => {
    const said: Said[] = [
      [PROVIDER, 1, 'error'],
      [OTHER_PROVIDER, 1, 'payment-required', { validUntil: START + 5 }],
    ];
    expect(judged(forTwo, said, 500)).toEqual(waiting(null));
  });

  test('once it was delivered, in time or late, or its customer broke it off', () => {
    for (const ending of ['result', 'success'] as const)
      for (const by of [PROVIDER, STRANGER])
        expect(
          judged(
            forOne,
            [
              [PROVIDER, 1, 'error'],
              [by, 400, ending],
            ],
            500,
          ),
        ).toEqual({ is: 'over' });
    const brokenOff = { error: { code: 'cancelled', detail: '' } };
    expect(judged(forOne, [[PROVIDER, 1, 'error', brokenOff]], 99)).toEqual({ is: 'over' });
    const cancellation = authored(
      CUSTOMER,
      buildCancellation({ requestId: forOne.id, createdAt: START + 1 }),
    );
    const picture = foldJob({ request: forOne, events: [cancellation], at: START + 99 });
    expect(abandonment(picture, SIGNS, START + 99)).toEqual({ is: 'over' });
  });

  test('after it has expired, or when only its provider can read it', () => {
    const short = requestFor({ expiresAt: START + 20 });
    expect(judged(short, [], 21)).toEqual({ is: 'over' });
    const sealed = authored(CUSTOMER, { ...forOne, tags: [...forOne.tags, ['encrypted']] });
    expect(judged(sealed, [], 99)).toEqual({ is: 'over' });
  });
});

describe('whatever is said', () => {
  const people = [PROVIDER, OTHER_PROVIDER, STRANGER, CUSTOMER];
  const said = record({
    by: constantFrom(...people),
    at: integer({ min: 0, max: 40 }),
    status: constantFrom('payment-required', 'processing', 'partial', 'error', 'success', 'result'),
    worstSeconds: option(integer({ min: 1, max: 60 }), { nil: undefined }),
  }).map(({ by, at, status, worstSeconds }): Said =>
    status === 'result' || worstSeconds === undefined
      ? [by, at, status]
      : [by, at, status, { usualSeconds: 1, worstSeconds }],
  );
  const histories = array(said, { maxLength: 8 });
  const requests = constantFrom(forOne, forTwo, forAnybody);
  const reasons = subarray([...RESCUE_REASONS]);
  const times = integer({ min: 0, max: 200 });

  test('the time to look again is the first at which the verdict changes by itself', () => {
    assert(
      property(requests, histories, reasons, times, (request, history, counting, at) => {
        const told = { reasons: counting };
        const verdict = judged(request, history, at, told);
        if (verdict.is !== 'waiting') return;
        const until = verdict.until === null ? 1000 : verdict.until - START;
        expect(until).toBeGreaterThan(at);
        expect(judged(request, history, until - 1, told)).toEqual(verdict);
        if (verdict.until !== null) expect(judged(request, history, until, told).is).toBe('abandoned');
      }),
    );
  });

  test('nobody who was not asked makes others step in, or keeps them from it but by a result', () => {
    assert(
      property(histories, times, (history, at) => {
        const byAsked = history.filter(([by]) => by === PROVIDER);
        const endings = history.filter(
          ([by, , status]) => by !== CUSTOMER && (status === 'result' || status === 'success'),
        );
        const verdict = judged(forOne, history, at);
        if (endings.length === 0) expect(verdict).toEqual(judged(forOne, byAsked, at));
        if (endings.some(([, , status]) => status === 'result')) expect(verdict).toEqual({ is: 'over' });
      }),
    );
  });

  test('an offer that stands keeps others out, and only failures that count let them in', () => {
    assert(
      property(requests, histories, reasons, times, (request, history, counting, at) => {
        const verdict = judged(request, history, at, { reasons: counting });
        if (verdict.is === 'abandoned') expect(counting).toContain(verdict.by.reason);
        const offered: Said = [PROVIDER, 60, 'payment-required'];
        expect(judged(request, [...history, offered], at).is).not.toBe('abandoned');
      }),
    );
  });
});
