import { describe, expect, test } from 'vitest';
import {
  authored,
  CUSTOMER,
  hex32,
  OTHER_PROVIDER,
  PROVIDER,
  STRANGER,
} from '../../../test/protocol/events.ts';
import { START } from '../../../test/protocol/job-events.ts';
import {
  buildCancellation,
  buildFeedback,
  buildJobRequest,
  buildResult,
  orThrow,
  parseJobRequest,
  type FeedbackStatus,
  type JobRequest,
} from '../../protocol/index.ts';
import { WatchedJobs } from './watched-jobs.ts';

let asked = 0;
/** A request like no other. */
function requestOf(customer = CUSTOMER, told: { targets?: string[]; content?: string } = {}): JobRequest {
  asked += 1;
  const draft = { kind: 5001, inputs: [], params: new Map(), outputs: [], relays: [], createdAt: START };
  return orThrow(
    parseJobRequest(authored(customer, buildJobRequest({ ...draft, content: `${asked}`, ...told }))),
  );
}
/** The customer with that number, of many. */
const customerOf = (index: number) => index.toString(16).padStart(64, '0');

function feedback(request: JobRequest, by: string, at: number, status: Exclude<FeedbackStatus, 'other'>) {
  return authored(
    by,
    buildFeedback({
      request,
      status,
      createdAt: START + at,
      usualSeconds: 1,
      worstSeconds: at,
      content: 'x'.repeat(10_000),
    }),
  );
}

const NEWS = { stood: false };
const watched = (jobs: WatchedJobs) => jobs.due(START, 10_000).map(({ id }) => id);

describe('the memory of watched jobs', () => {
  test('holds a thousand, of which the first makes room, and few of one customer', () => {
    const jobs = new WatchedJobs();
    const requests = Array.from({ length: 1100 }, (_, index) => requestOf(customerOf(index)));
    for (const request of requests) expect(jobs.add(request, NEWS)).toBe(true);
    expect(watched(jobs)).toEqual(requests.slice(100).map(({ id }) => id));
    const many = Array.from({ length: 30 }, () => jobs.add(requestOf(hex32(0xbb)), NEWS));
    expect(many.filter(Boolean)).toHaveLength(20);
  });

  test('takes a request once, and none that is too large', () => {
    const jobs = new WatchedJobs();
    const request = requestOf();
    expect([jobs.add(request, NEWS), jobs.add(request, NEWS)]).toEqual([true, false]);
    expect(jobs.add(requestOf(CUSTOMER, { content: 'x'.repeat(40_000) }), NEWS)).toBe(false);
  });

  test('keeps of endless progress the first and the latest, and nothing but what tells how it goes', () => {
    const jobs = new WatchedJobs();
    const request = requestOf();
    jobs.add(request, NEWS);
    for (let at = 10; at > 0; at--) jobs.hear(feedback(request, PROVIDER, at, 'processing'));
    jobs.hear(feedback(request, PROVIDER, 11, 'error'));
    const kept = jobs.answersTo(request.id);
    expect(kept.map(({ created_at }) => created_at - START)).toEqual([1, 10, 11, 11]);
    expect(JSON.stringify(kept).length).toBeLessThan(4000);
    for (let other = 0; other < 50; other++) jobs.hear(feedback(request, customerOf(other), 1, 'error'));
    expect(new Set(jobs.answersTo(request.id).map(({ pubkey }) => pubkey)).size).toBe(8);
  });

  test('keeps only what those say who were asked', () => {
    const jobs = new WatchedJobs();
    const request = requestOf(CUSTOMER, { targets: [PROVIDER] });
    jobs.add(request, NEWS);
    for (const by of [STRANGER, CUSTOMER]) jobs.hear(feedback(request, by, 1, 'error'));
    expect(jobs.answersTo(request.id)).toEqual([]);
  });
});

describe('a watch ends', () => {
  const endings = {
    'with a result': (request: JobRequest) =>
      authored(STRANGER, buildResult({ request, content: 'done', createdAt: START + 9 })),
    'with a success': (request: JobRequest) => feedback(request, STRANGER, 9, 'success'),
    'when the customer withdraws the request': ({ id }: JobRequest) =>
      authored(CUSTOMER, buildCancellation({ requestId: id, createdAt: START + 9 })),
  };
  test.each(Object.entries(endings))('%s', (_, ending) => {
    const jobs = new WatchedJobs();
    const request = requestOf(CUSTOMER, { targets: [PROVIDER] });
    jobs.add(request, NEWS);
    jobs.hear(ending(request));
    expect(watched(jobs)).toEqual([]);
  });

  test('not with what its customer says of it, with a result of another kind, or when somebody else withdraws it', () => {
    const jobs = new WatchedJobs();
    const request = requestOf();
    jobs.add(request, NEWS);
    jobs.hear(authored(CUSTOMER, buildResult({ request, content: 'done', createdAt: START + 9 })));
    const result = buildResult({ request, content: 'done', createdAt: START + 9 });
    jobs.hear(authored(OTHER_PROVIDER, { ...result, kind: 6002 }));
    jobs.hear(authored(STRANGER, buildCancellation({ requestId: request.id, createdAt: START + 9 })));
    expect(watched(jobs)).toEqual([request.id]);
  });
});

test('a job is looked at at once, then at its time, or when something new is heard of it', () => {
  const jobs = new WatchedJobs();
  const request = requestOf();
  jobs.add(request, NEWS);
  jobs.lookAgain(request.id, START + 30);
  expect([jobs.due(START + 29, 9).length, jobs.due(START + 30, 9).length]).toEqual([0, 1]);
  jobs.lookAgain(request.id, null);
  expect(jobs.due(START + 9999, 9)).toEqual([]);
  jobs.hear(feedback(request, PROVIDER, 1, 'error'));
  expect(jobs.due(START, 9)).toHaveLength(1);
  jobs.forgetPast(START + 3601, 3600);
  expect(jobs.due(START, 9)).toEqual([]);
});

test('a job that stood on the relays is asked about once, and judged only then', () => {
  const jobs = new WatchedJobs();
  const request = requestOf();
  jobs.add(request, { stood: true });
  expect(watched(jobs)).toEqual([]);
  expect([jobs.takeUnasked(9), jobs.takeUnasked(9)]).toEqual([[request], []]);
  expect(watched(jobs)).toEqual([request.id]);
});
