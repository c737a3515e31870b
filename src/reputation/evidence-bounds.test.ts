import { describe, expect, test } from 'vitest';
import { buildFeedback, type NostrEvent } from '../protocol/index.ts';
import { authored, CUSTOMER, PROVIDER } from '../../test/protocol/events.ts';
import { job, NOW } from '../../test/reputation/jobs.ts';
import { Evidence, type ProviderRecord } from './index.ts';

const known = new Set([CUSTOMER]);

/** What these events and nothing else say about the provider. */
function recordOf(events: readonly NostrEvent[]): ProviderRecord {
  const evidence = new Evidence({ known });
  for (const event of events) evidence.add(event);
  return evidence.record(PROVIDER, NOW);
}

describe('bounds', () => {
  test('what came first is forgotten first, and nothing of it stays', () => {
    const evidence = new Evidence({ known, limits: { events: 4 } });
    const [first, second] = [job({ name: 'a', rating: 1 }), job({ name: 'b', rating: 1 })];
    for (const event of first.events) evidence.add(event);
    expect(evidence.record(PROVIDER, NOW).paidJobs).toBe(1);
    for (const event of second.events) evidence.add(event);
    expect(evidence.record(PROVIDER, NOW)).toEqual(recordOf(second.events));
    for (const event of first.events) expect(evidence.add(event)).toBe(true);
    expect(evidence.record(PROVIDER, NOW)).toEqual(recordOf(first.events));
  });

  test('long events, many characters, and one author’s many words have an end', () => {
    const [first, second] = ['a', 'b'].map((name) => job({ name, content: name.repeat(800) }).result);
    const { request } = job({ name: 'a' });
    if (first === undefined || second === undefined) throw new Error('Two results are needed.');
    expect(new Evidence({ limits: { eventChars: 800 } }).add(first)).toBe(false);
    const small = new Evidence({ limits: { chars: 2000 } });
    expect([first, second, second, first].map((event) => small.add(event))).toEqual([
      true,
      true,
      false,
      true,
    ]);
    const evidence = new Evidence({ limits: { perAuthor: 2 } });
    const says = (nonce: number) =>
      evidence.add(
        authored(PROVIDER, buildFeedback({ request, status: 'processing', createdAt: NOW + nonce })),
      );
    expect([says(1), says(2), says(3)]).toEqual([true, true, false]);
  });
});
