import { describe, expect, test } from 'vitest';
import { orThrow, parseHeartbeat } from '../protocol/index.ts';
import { Evidence, type ProviderRecord, type Sighting } from '../reputation/index.ts';
import { authored, hex32, PROVIDER } from '../../test/protocol/events.ts';
import { DAY, NOW } from '../../test/reputation/jobs.ts';
import { HOLDS_SECONDS, livenessOf } from './liveness.ts';
import { NO_SIGNS, type SignsOfLife } from './signs-of-life.ts';

const unknown = new Evidence().record(PROVIDER, NOW);
const announcement = { id: hex32(1), created_at: NOW - 3 * DAY };
const nothing = { announcement: null, signs: NO_SIGNS, pong: null, record: unknown, now: NOW };

function beating(secondsAgo: number, status = 'online'): SignsOfLife {
  const tags = [['status', status]];
  const event = authored(PROVIDER, { kind: 11998, created_at: NOW - secondsAgo, tags, content: '' });
  return { ...NO_SIGNS, heartbeat: { beat: orThrow(parseHeartbeat(event)), eventId: event.id } };
}

function seen(latest: Partial<ProviderRecord['latest']>): ProviderRecord {
  return { ...unknown, latest: { ...unknown.latest, ...latest } };
}

const sighting = (secondsAgo: number): Sighting => ({
  at: NOW - secondsAgo,
  evidenceId: hex32(2),
  by: 'anybody',
});
const stepsOf = (told: Partial<Parameters<typeof livenessOf>[0]>) =>
  livenessOf({ ...nothing, ...told })?.steps.map(({ step }) => step) ?? [];

describe('liveness', () => {
  test('is nothing where nothing was seen, and at least announced where something is announced', () => {
    expect(livenessOf(nothing)).toBeNull();
    expect(livenessOf({ ...nothing, announcement })).toEqual({
      step: 'announced',
      steps: [{ step: 'announced', at: NOW - 3 * DAY, evidenceId: hex32(1), by: 'provider' }],
      lastSignAt: NOW - 3 * DAY,
    });
  });

  test.each([
    ['heartbeat', HOLDS_SECONDS.heartbeat, (ago: number) => ({ signs: beating(ago) })],
    ['replies', HOLDS_SECONDS.pong, (ago: number) => ({ pong: { at: NOW - ago, eventId: hex32(3) } })],
    ['replies', HOLDS_SECONDS.answer, (ago: number) => ({ record: seen({ answer: sighting(ago) }) })],
    ['delivers', HOLDS_SECONDS.delivers, (ago: number) => ({ record: seen({ delivery: sighting(ago) }) })],
    [
      'paid-and-delivered',
      HOLDS_SECONDS['paid-and-delivered'],
      (ago: number) => ({ record: seen({ paidDelivery: sighting(ago) }) }),
    ],
  ])('%s holds for a while, and stays the last sign of life after that', (step, holds, told) => {
    expect(stepsOf({ announcement, ...told(holds) })).toEqual(['announced', step]);
    expect(stepsOf({ announcement, ...told(holds + 1) })).toEqual(['announced']);
    const after = livenessOf({ ...nothing, announcement, ...told(holds + 1) });
    expect(after?.lastSignAt).toBe(Math.max(NOW - holds - 1, announcement.created_at));
  });

  test('a heartbeat that says offline is no life', () => {
    expect(stepsOf({ signs: beating(1, 'Offline') })).toEqual([]);
  });

  test('of two replies the newer one is shown', () => {
    const pong = { at: NOW - 10, eventId: hex32(3) };
    const report = (answered: number) =>
      livenessOf({ ...nothing, pong, record: seen({ answer: sighting(answered) }) });
    expect(report(5)?.steps).toMatchObject([{ step: 'replies', at: NOW - 5, by: 'anybody' }]);
    expect(report(20)?.steps).toMatchObject([{ step: 'replies', at: NOW - 10, by: 'provider' }]);
    expect(report(10)?.steps).toHaveLength(1);
  });
});
