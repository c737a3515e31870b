import { assert, boolean, constantFrom, integer, property, record } from 'fast-check';
import { expect, test } from 'vitest';
import {
  buildOperatorStatement,
  formatAddress,
  OPERATOR_STATEMENT_KIND,
  operatorLinkFilters,
  verifyOperatorLink,
  type NostrEvent,
} from '../../src/protocol/index.ts';
import { id, roundTrips, unix } from './event-readers.ts';
import { authored, hex32 } from './events.ts';

const [WORKER, PERSON, STRANGER] = [hex32(0xa1), hex32(0xb2), hex32(0xee)];
const NOW = 1_800_000_000;

const nameOf = (about: string) => `coinop/worker/${about}`;
const says = (by: string, about: string, stands: boolean, at: number) =>
  authored(by, buildOperatorStatement({ workerPubkey: about, stands, createdAt: at }));
const deletes = (by: string, about: string, at: number): NostrEvent =>
  authored(by, {
    kind: 5,
    created_at: at,
    tags: [
      ['a', formatAddress({ kind: OPERATOR_STATEMENT_KIND, pubkey: PERSON, identifier: nameOf(about) })],
    ],
    content: '',
  });
const isProven = (events: readonly NostrEvent[], operatorPubkey: string | null = PERSON) =>
  verifyOperatorLink({ pubkey: WORKER, operatorPubkey }, events, NOW);

test('a statement reads as it was written', () => {
  roundTrips(record({ workerPubkey: id, stands: boolean(), createdAt: unix }), buildOperatorStatement);
});

test('a link takes both keys, and both about each other', () => {
  const statement = says(PERSON, WORKER, true, NOW);
  expect(isProven([statement])).toBe(true);
  expect(isProven([statement], null)).toBe(false);
  expect(isProven([statement], STRANGER)).toBe(false);
  expect(isProven([])).toBe(false);
  expect(isProven([says(PERSON, STRANGER, true, NOW), says(STRANGER, WORKER, true, NOW)])).toBe(false);
  expect(isProven([says(WORKER, WORKER, true, NOW)])).toBe(false);
});

test('relays are asked for exactly what decides it', () => {
  const { tags } = says(PERSON, WORKER, true, NOW);
  expect(operatorLinkFilters(PERSON, WORKER)).toMatchObject([
    { authors: [PERSON], kinds: [30078], '#d': [tags[0]?.[1]] },
    { authors: [PERSON], kinds: [5], '#a': [deletes(PERSON, WORKER, NOW).tags[0]?.[1]] },
  ]);
});

test('whoever takes it back ends it, and nobody else can', () => {
  const statement = says(PERSON, WORKER, true, NOW - 100);
  expect(isProven([statement, deletes(PERSON, WORKER, NOW - 50)])).toBe(false);
  expect(isProven([statement, says(PERSON, WORKER, false, NOW - 50)])).toBe(false);
  expect(isProven([statement, deletes(STRANGER, WORKER, NOW - 50), deletes(WORKER, WORKER, NOW)])).toBe(true);
  expect(isProven([statement, deletes(PERSON, STRANGER, NOW - 50)])).toBe(true);
  expect(isProven([statement, deletes(PERSON, WORKER, NOW - 50), says(PERSON, WORKER, true, NOW)])).toBe(
    true,
  );
});

test('a statement of the far future, which nothing could replace, is none', () => {
  expect(isProven([says(PERSON, WORKER, true, NOW + 100_000)])).toBe(false);
});

test('the last word counts, in whatever order the relays tell it', () => {
  const word = record({ at: integer({ min: 1, max: 6 }), what: constantFrom('says', 'unsays', 'deletes') });
  assert(
    property(word, word, word, (...words) => {
      const events = words.map(({ at, what }) =>
        what === 'deletes'
          ? deletes(PERSON, WORKER, NOW - 10 + at)
          : says(PERSON, WORKER, what === 'says', NOW - 10 + at),
      );
      expect(isProven(events)).toBe(isProven(events.toReversed()));
      const last = Math.max(...words.map(({ at }) => at));
      const lastWords = new Set(words.filter(({ at }) => at === last).map(({ what }) => what));
      if (lastWords.size === 1) expect(isProven(events)).toBe(lastWords.has('says'));
      if (lastWords.has('deletes')) expect(isProven(events)).toBe(false);
    }),
  );
});
