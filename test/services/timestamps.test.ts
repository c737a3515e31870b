import { base64 } from '@scure/base';
import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { verifyResult } from '../../src/customer/verify-result/verify-result.ts';
import { orThrow, parseTimestampProof, TIMESTAMP_KIND, type NostrEvent } from '../../src/protocol/index.ts';
import type { JobContext, Service } from '../../src/provider/index.ts';
import { splitTimestamp } from '../../src/services/timestamps/timestamp-paths.ts';
import { shelfTimestamps } from '../../src/services/timestamps/timestamps.ts';
import { writeTimestamp } from '../fixtures/timestamp-writer.ts';
import { failureCode, jobContext, resolvedInput, runJob } from '../fixtures/job-context.ts';
import { startCalendarServer, type CalendarServer } from './calendar-server.ts';
import { newSigner, openShelfStage, unixNow, type ShelfStage } from './shelf-stage.ts';

let stage: ShelfStage;
let calendars: CalendarServer[];
let note: NostrEvent;
let opened = 0;

function order(id: string, signal?: AbortSignal): JobContext {
  const job = jobContext({ kind: 5900, inputs: [{ ...resolvedInput('', { source: id }), type: 'event' }] });
  const request = { ...job.request, createdAt: unixNow() };
  return { ...job, request, ...(signal === undefined ? {} : { signal }) };
}

function openService(name = `stamps-${(opened += 1)}`, settings: object = {}): Promise<Service> {
  const urls = calendars.map(({ url }) => url);
  return stage
    .openShelf(name)
    .open(shelfTimestamps, { calendars: urls, ask_every_seconds: 0.05, ...settings });
}

const evidence = {
  findEvent: async (id: string) => (await stage.pool.query([stage.relayUrl], [{ ids: [id] }]))[0] ?? null,
  blockHeader: async (height: number) =>
    calendars.map((calendar) => calendar.blockHeader(height)).find((header) => header !== null) ?? null,
};

beforeAll(async () => {
  stage = await openShelfStage();
  calendars = [await startCalendarServer(), await startCalendarServer()];
  note = await stage.publish(newSigner(), { content: 'I was here first' });
});
afterAll(async () => {
  await stage.close();
  for (const calendar of calendars) await calendar.close();
});

describe('an event is stamped', () => {
  test('with a promise at once, and a proof that leads into a block when there is one', async () => {
    const service = await openService();
    const job = order(note.id);
    const running = service.handler(job) as AsyncGenerator<{ content?: string }, { content: string }>;
    await running.next();
    const promised = (await running.next()).value.content ?? '';
    expect(orThrow(parseTimestampProof(base64.decode(promised)))).toMatchObject({
      hash: 'sha256',
      digest: note.id,
      attestations: calendars.map(({ url }) => ({ type: 'pending', calendarUrl: url })),
    });
    for (const { submitted } of calendars) expect(submitted).not.toContain(note.id);
    calendars[1]?.mine(800_001);
    calendars[0]?.mine(800_002);
    const { content } = (await running.next()).value as { content: string };
    const event = await evidence.findEvent(content);
    expect(event).toMatchObject({
      kind: TIMESTAMP_KIND,
      tags: expect.arrayContaining([['e', note.id, stage.relayUrl]]),
    });
    const proof = orThrow(parseTimestampProof(base64.decode(event?.content ?? '')));
    expect(proof.attestations).toMatchObject([{ type: 'bitcoin' }]);
    const verdict = await verifyResult({ request: job.request, content, createdAt: 0 }, evidence);
    expect(verdict.verdict).toBe('verified');
  });

  test('once: whoever asks again gets the same proof', async () => {
    const service = await openService('again');
    const other = await stage.publish(newSigner(), { content: 'again' });
    const asked = calendars[0]?.submitted.length ?? 0;
    const first = runJob(service.handler, order(other.id));
    await expect.poll(() => calendars[0]?.submitted.length, { timeout: 20_000 }).toBe(asked + 1);
    for (const calendar of calendars) calendar.mine(800_003);
    const second = await runJob(service.handler, order(other.id));
    expect(second.content).toBe((await first).content);
  });

  test('after a restart the promise is still waited for', async () => {
    const other = await stage.publish(newSigner(), { content: 'restart' });
    const stopping = new AbortController();
    const before = (await openService('restarted')).handler(
      order(other.id, stopping.signal),
    ) as AsyncGenerator;
    await before.next();
    const asked = calendars[0]?.submitted.length;
    stopping.abort(new Error('the process ends'));
    await before.return(null);
    for (const calendar of calendars) calendar.mine(800_004);
    const { content } = await runJob((await openService('restarted')).handler, order(other.id));
    expect(await evidence.findEvent(content)).toMatchObject({ kind: TIMESTAMP_KIND });
    expect(calendars[0]?.submitted.length).toBe(asked);
  });

  test('where no block comes in time, the result is the promise', async () => {
    const service = await openService(undefined, { wait_hours: 0 });
    const other = await stage.publish(newSigner(), { content: 'impatient' });
    const job = order(other.id);
    const { content } = await runJob(service.handler, job);
    const verdict = await verifyResult({ request: job.request, content, createdAt: 0 }, evidence);
    expect(verdict.verdict).toBe('plausible');
  });

  test('by the calendars that answer', async () => {
    const dead = 'http://127.0.0.1:1';
    const service = await openService(undefined, { calendars: [dead, calendars[0]?.url], wait_hours: 0 });
    const other = await stage.publish(newSigner(), { content: 'one of two' });
    await expect(runJob(service.handler, order(other.id))).resolves.toMatchObject({
      content: expect.any(String),
    });
    const none = await openService(undefined, { calendars: [dead] });
    expect(await failureCode(none.handler, order('ab'.repeat(32)))).toBe('calendars-unreachable');
    expect(await failureCode(none.handler, order('words'))).toBe('invalid-event');
  });
});

test('it is not sold where no calendar answers', async () => {
  const missing = (url: string | undefined) =>
    shelfTimestamps.missing(shelfTimestamps.settings.parse({ calendars: [url] }));
  expect(await missing(calendars[0]?.url)).toBeNull();
  expect(await missing('http://127.0.0.1:1')).toMatchObject({ code: 'endpoint-unreachable' });
});

describe('hostile calendars', () => {
  test.each([
    ['nothing', new Uint8Array()],
    ['words', new TextEncoder().encode('<html>')],
    ['branches without end', new Uint8Array(9000).fill(0xff)],
    ['hashes without end', new Uint8Array(9000).fill(0x08)],
    ['too much', new Uint8Array(20_000).fill(0x08)],
  ])('%s is no timestamp', async (_, junk) => {
    const [calendar] = calendars as [CalendarServer];
    const service = await openService(undefined, { calendars: [calendar.url] });
    calendar.junk = junk;
    expect(await failureCode(service.handler, order('cd'.repeat(32)))).toBe('calendars-unreachable');
    calendar.junk = null;
  });

  test('a promise that names another server is not followed there', async () => {
    const [calendar, elsewhere] = calendars as [CalendarServer, CalendarServer];
    const asked = elsewhere.submitted.length;
    const attestation = { type: 'pending', calendarUrl: elsewhere.url } as const;
    calendar.junk = writeTimestamp('ef'.repeat(32), [{ steps: [{ op: 'sha256' }], attestation }]).subarray(
      65,
    );
    const service = await openService(undefined, { calendars: [calendar.url], wait_hours: 0 });
    const { content } = await runJob(service.handler, order('ef'.repeat(32)));
    calendar.junk = null;
    expect(orThrow(parseTimestampProof(base64.decode(content))).attestations).toHaveLength(1);
    expect(elsewhere.submitted.length).toBe(asked);
  });

  test('splitting never throws, and what it splits can be written again', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => void splitTimestamp(bytes)));
    const steps = [{ op: 'append', hex: '0102' }, { op: 'sha256' }] as const;
    const paths = [1, 2, 3].map((height) => ({ steps, attestation: { type: 'bitcoin', height } as const }));
    const split = orThrow(splitTimestamp(writeTimestamp('ab'.repeat(32), paths).subarray(65)));
    expect(split).toHaveLength(3);
  });
});
