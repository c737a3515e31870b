import { describe, expect, it } from 'vitest';
import type { NostrEvent } from '../protocol/index.ts';
import { DEFAULT_LIMITS } from './context.ts';
import { createRequestRates } from './request-rates.ts';

const NOW = 1_700_000_040;
const PER_MINUTE = 2;

/** How many of the requests, made at these ages, are within what one key may ask for. */
function served(agesSeconds: readonly number[]): number {
  const limits = { ...DEFAULT_LIMITS, requestsPerMinute: PER_MINUTE };
  const rates = createRequestRates({ limits, now: () => NOW });
  const made = agesSeconds.map((age): NostrEvent => {
    const facts = { id: '00'.repeat(32), pubkey: 'aa'.repeat(32), created_at: NOW - age };
    return { ...facts, kind: 5050, tags: [], content: '', sig: '00'.repeat(64) };
  });
  return made.filter((event) => rates.ofCustomer(event) === 'within').length;
}

describe('the rate of a customer', () => {
  it('is that of the minute', () => {
    expect(served([0, 0, 0, 0])).toBe(PER_MINUTE);
  });

  it('lets in what an outage held back', () => {
    expect(served([0, 0, 60, 60, 120, 120])).toBe(6);
  });

  it('is not multiplied by backdating', () => {
    const backdated = Array.from({ length: 60 }, (_, minute) => [minute * 60, minute * 60]).flat();
    expect(served(backdated)).toBe(10 * PER_MINUTE);
  });
});
