import * as fc from 'fast-check';
import { matchFilters } from 'nostr-tools/filter';
import { expect, test } from 'vitest';
import { compileFilters } from './filter-match.ts';

const hex = fc.constantFrom('a'.repeat(64), 'b'.repeat(64), 'c'.repeat(64));
const event = fc.record({
  id: hex,
  pubkey: hex,
  created_at: fc.integer({ min: 0, max: 5 }),
  kind: fc.integer({ min: 0, max: 2 }),
  tags: fc.array(fc.array(fc.constantFrom('e', 'p', 'x', 'a'.repeat(64)), { maxLength: 3 }), {
    maxLength: 3,
  }),
  content: fc.constant(''),
  sig: fc.constant('d'.repeat(128)),
});
const filter = fc.record(
  {
    ids: fc.array(hex, { maxLength: 2 }),
    authors: fc.array(hex, { maxLength: 2 }),
    kinds: fc.array(fc.integer({ min: 0, max: 2 }), { maxLength: 2 }),
    since: fc.integer({ min: 1, max: 5 }), // the library takes 0 for absent
    until: fc.integer({ min: 1, max: 5 }),
    '#e': fc.array(fc.constantFrom('p', 'x', 'a'.repeat(64)), { minLength: 1, maxLength: 2 }),
    '#p': fc.array(fc.constantFrom('p', 'x', 'a'.repeat(64)), { minLength: 1, maxLength: 2 }),
  },
  { requiredKeys: [] },
);

test('matches what nostr-tools matches', () => {
  fc.assert(
    fc.property(fc.array(filter, { maxLength: 3 }), event, (filters, candidate) => {
      expect(compileFilters(filters)(candidate)).toBe(matchFilters(filters, candidate));
    }),
    { numRuns: 1_000 },
  );
});
