import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { verifyResult } from '../../src/customer/verify-result/verify-result.ts';
import type { NostrEvent } from '../../src/protocol/index.ts';
import type { JobContext, JobProgress, Service } from '../../src/provider/index.ts';
import { shelfScheduledPublishing } from '../../src/services/scheduled-publishing/scheduled-publishing.ts';
import { failureCode, jobContext, resolvedInput, runJob } from '../fixtures/job-context.ts';
import { newSigner, openShelfStage, unixNow, type Shelf, type ShelfStage } from './shelf-stage.ts';

let stage: ShelfStage;
const author = newSigner();
const shelves: Shelf[] = [];
let opened = 0;
let notes = 0;

/** The clock of the service: behind that of the relay, so that what is due is never in the relay's future. */
const clock = { now: 0 };
/** When the tests begin, by the service's clock; the relay's is an hour on. */
let start = 0;

/** An event that is due so many seconds after the start. */
const signed = (dueIn: number, content = `Good morning ${(notes += 1)}`) =>
  author.sign({ kind: 1, created_at: start + dueIn, tags: [], content });

function order(
  events: readonly unknown[],
  told: { relays?: string[]; signal?: AbortSignal } = {},
): JobContext {
  return jobContext({
    kind: 5905,
    inputs: events.map((event) => {
      const text = typeof event === 'string' ? event : JSON.stringify(event);
      return { ...resolvedInput(text, { source: text }), type: 'text' };
    }),
    ...(told.relays === undefined ? {} : { params: { relays: told.relays } }),
    ...(told.signal === undefined ? {} : { signal: told.signal }),
  });
}

async function openService(name = `schedule-${(opened += 1)}`, settings = {}): Promise<Service> {
  const shelf = stage.openShelf(name, { now: () => clock.now });
  shelves.push(shelf);
  return shelf.open(shelfScheduledPublishing, settings);
}

const onRelay = ({ id }: NostrEvent) => stage.pool.query([stage.relayUrl], [{ ids: [id] }]);

/** Starts a job and waits until it is scheduled; `finished` is its rest. */
async function schedule(service: Service, job: JobContext) {
  const running = service.handler(job) as AsyncGenerator<JobProgress, { content: string }>;
  const first = await running.next();
  const finish = async () => {
    for (;;) {
      const step = await running.next();
      if (step.done) return step.value.content;
    }
  };
  return { note: first.value, finish };
}

beforeAll(async () => {
  stage = await openShelfStage();
});
beforeEach(() => {
  start = unixNow() - 3600;
  clock.now = start;
});
afterEach(async () => {
  for (const shelf of shelves.splice(0)) await shelf.close();
});
afterAll(() => stage.close());

describe('events are published at their time', () => {
  test('not before it; the relays that took them are named, and the proof holds', async () => {
    const service = await openService();
    const event = await signed(600);
    const job = order([event], { relays: [stage.relayUrl] });
    const { note, finish } = await schedule(service, job);
    expect(note).toMatchObject({ note: expect.stringMatching(/^Scheduled for .*Z on ws:/) });
    const finishing = finish();
    clock.now = event.created_at - 1;
    expect(await onRelay(event)).toEqual([]);
    clock.now = event.created_at;
    const content = await finishing;
    expect(content).toBe(event.id);
    const evidence = { findEvent: async () => (await onRelay(event))[0] ?? null };
    const verdict = await verifyResult({ request: job.request, content, createdAt: 0 }, evidence);
    expect(verdict.verdict).toBe('verified');
  });

  test('several each at its own, what is late at once', async () => {
    const service = await openService();
    const events = [await signed(60, 'second'), await signed(-5000, 'first')];
    clock.now = start + 61;
    const { content, progress } = await runJob(service.handler, order(events));
    expect(content.split('\n')).toEqual(events.map(({ id }) => id));
    expect(progress.map((step) => (step.type === 'progress' ? step.note : ''))).toEqual([
      expect.stringContaining('Scheduled'),
      expect.stringContaining(events[1]?.id ?? '-'),
      expect.stringContaining(events[0]?.id ?? '-'),
    ]);
    for (const event of events) expect(await onRelay(event)).toHaveLength(1);
  });
});

describe('a schedule outlives what happens to it', () => {
  test('the process ends: the job that is handled again publishes in time', async () => {
    const event = await signed(600);
    const stopping = new AbortController();
    const before = await schedule(
      await openService('restarted'),
      order([event], { signal: stopping.signal }),
    );
    stopping.abort(new Error('the process ends'));
    await expect(before.finish()).rejects.toThrow('the process ends');
    for (const shelf of shelves.splice(0)) await shelf.close();
    clock.now = event.created_at;
    const again = await runJob((await openService('restarted')).handler, order([event]));
    expect(again.content).toBe(event.id);
    expect(await onRelay(event)).toHaveLength(1);
  });

  test('a crash after publishing: the job that is handled again knows where', async () => {
    const event = await signed(0);
    const job = order([event]);
    const service = await openService('crashed');
    await runJob(service.handler, job);
    const { progress } = await runJob(service.handler, {
      ...job,
      params: new Map([['relays', ['ws://127.0.0.1:1']]]),
    });
    expect(progress.at(-1)).toMatchObject({ note: expect.stringContaining(new URL(stage.relayUrl).host) });
  });

  test('a job that is cancelled publishes nothing, and its place is free', async () => {
    const service = await openService(undefined, { max_waiting: 1 });
    const event = await signed(600);
    const cancelled = new AbortController();
    const first = await schedule(service, order([event], { signal: cancelled.signal }));
    expect(await failureCode(service.handler, order([await signed(5)]))).toBe('schedule-full');
    cancelled.abort(new Error('cancelled'));
    await expect(first.finish()).rejects.toThrow('cancelled');
    const next = await signed(700);
    clock.now = next.created_at;
    await runJob(service.handler, order([next]));
    expect(await onRelay(next)).toHaveLength(1);
    expect(await onRelay(event)).toEqual([]);
  });
});

describe('what is not published', () => {
  test('what no relay would take, or what is too much', async () => {
    const service = await openService(undefined, { max_hours: 1 });
    const event = await signed(0);
    const code = (inputs: readonly unknown[]) => failureCode(service.handler, order(inputs));
    expect(await code(['tomorrow'])).toBe('invalid-event');
    expect(await code([{ ...event, content: 'forged' }])).toBe('bad-signature');
    expect(await code([await signed(2 * 3600)])).toBe('too-far-ahead');
    expect(await code(Array.from({ length: 21 }, () => event))).toBe('too-many-events');
  });

  test('an event that all relays refuse for good fails with their words', async () => {
    const service = await openService();
    const gone = await author.sign({
      kind: 1,
      created_at: start,
      tags: [['expiration', '1000']],
      content: 'too late',
    });
    expect(await failureCode(service.handler, order([gone]))).toBe('not-published');
  });
});
