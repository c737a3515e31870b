import * as fc from 'fast-check';
import { matchFilter } from 'nostr-tools/filter';
import { expect, test } from 'vitest';
import { orThrow, parseEvent, type Filter, type NostrEvent } from '../protocol/index.ts';
import { openSqlite } from '../store/index.ts';
import { addressOf, expiresAt } from './event-rules.ts';
import { createEventStore, type EventStore } from './event-store.ts';
import { parseFilters } from './filters.ts';
import { DEFAULT_LIMITS } from './limits.ts';
import { RELAY_MIGRATIONS } from './schema.ts';
import { storedEvents } from './stored-query.ts';

const NOW = 1_000;
const hex = (digit: string) => digit.repeat(64);
const PUBKEYS = ['a', 'b', 'c'].map(hex);
const KINDS = [1, 7, 1059, 5100, 7000, 68_001];
// Values that are easy to get wrong: long ones, one prefix of another, NUL, quotes, the form of a hashed key.
const VALUES = ['', 'x', 'x'.repeat(129), 'x'.repeat(128), 'a\0b', 'a\0c', '\ufffd', `"'`, 'ünï', '#x', ':x'];
/** No event holds a lone surrogate, but a filter may ask for one, and SQLite would read it as U+FFFD. */
const WANTED = [...VALUES, '\ud800', '\udbff'];
const HEXES = ['1', '2', '3'].map(hex);

const tag = fc.oneof(
  fc.tuple(fc.constantFrom('e', 'p'), fc.constantFrom(...HEXES)),
  fc.tuple(fc.constantFrom('t', 'd', 'T', 'i'), fc.constantFrom(...VALUES)),
  fc.tuple(fc.constantFrom('t', 'alt', '')),
  fc.tuple(fc.constant('alt'), fc.constantFrom(...VALUES)),
  fc.tuple(fc.constant('expiration'), fc.constantFrom('999', '1000', '1001', 'never')),
);
const event: fc.Arbitrary<NostrEvent> = fc.record({
  id: fc.stringMatching(/^[0-9a-f]{64}$/),
  pubkey: fc.constantFrom(...PUBKEYS),
  kind: fc.constantFrom(...KINDS),
  created_at: fc.integer({ min: 0, max: 6 }),
  tags: fc.array(tag, { maxLength: 5 }),
  content: fc.constant(''),
  sig: fc.constant(hex('0').repeat(2)),
});
const some = <Value>(...values: Value[]) => fc.subarray(values);
const filterOver = (ids: readonly string[]): fc.Arbitrary<Filter> =>
  fc.record(
    {
      ids: some(...ids),
      authors: some(...PUBKEYS),
      kinds: some(...KINDS),
      '#e': some(...HEXES),
      '#p': some(...HEXES),
      '#t': some(...WANTED),
      '#d': some(...WANTED),
      // Not 0, which the matcher that we compare with takes for absent.
      since: fc.integer({ min: 1, max: 6 }),
      until: fc.integer({ min: 1, max: 6 }),
      limit: fc.integer({ min: 0, max: 30 }),
    },
    { requiredKeys: [] },
  );
const events = fc.uniqueArray(event, { selector: ({ id }) => id, maxLength: 60 });
const scene = events.chain((stored) =>
  fc.record({
    stored: fc.constant(stored),
    filters: fc.array(filterOver(stored.slice(0, 10).map(({ id }) => id)), { minLength: 1, maxLength: 4 }),
  }),
);

/** A deep copy without `readonly`, which the other library does not know. */
function mutable<Value>(value: Value): Mutable<Value> {
  return structuredClone(value);
}
type Mutable<Value> = { -readonly [Key in keyof Value]: Mutable<Value[Key]> };

/** NIP-01 in the plainest words, with another library's matcher: each filter takes its newest, and together they are sorted. */
function expected(stored: readonly NostrEvent[], filters: readonly Filter[]): string[] {
  const inOrder = stored
    .filter((one) => (expiresAt(one) ?? Infinity) > NOW)
    .toSorted((a, b) => b.created_at - a.created_at || (a.id < b.id ? -1 : 1));
  const found = new Set(
    filters.flatMap((one) =>
      inOrder
        .filter((candidate) => matchFilter(mutable(one), mutable(candidate)))
        .slice(0, one.limit ?? DEFAULT_LIMITS.maxResults),
    ),
  );
  return inOrder.filter((one) => found.has(one)).map(({ id }) => id);
}

/** The ids that a query gives, in its order. */
function idsOf(store: EventStore, filters: readonly Filter[]): string[] {
  const keys = storedEvents({
    store,
    filters,
    upToSeq: store.lastSeq(),
    now: () => NOW,
    isPrivate: () => false,
    mayRead: () => false,
  });
  return [...keys].flatMap((key) => {
    const json = key === null ? null : store.json(key.seq, NOW);
    return json === null ? [] : [orThrow(parseEvent(JSON.parse(json))).id];
  });
}

test('NIP-01 stored events that match random filters are those that match in memory, each once, in order', async () => {
  await fc.assert(
    fc.asyncProperty(scene, async ({ stored, filters }) => {
      const store = createEventStore(openSqlite({ path: ':memory:', migrations: RELAY_MIGRATIONS }));
      try {
        for (const one of stored) {
          expect(addressOf(one)).toBeNull();
          expect(await store.add(one, JSON.stringify(one))).toMatchObject({ status: 'stored' });
        }
        const parsed = parseFilters(filters, DEFAULT_LIMITS);
        if (!parsed.ok) throw new Error(parsed.failure.message);
        expect(idsOf(store, parsed.value.filters)).toEqual(expected(stored, filters));
      } finally {
        await store.close();
      }
    }),
    { numRuns: 300 },
  );
});

test('a query over many pages gives every event of one second once', async () => {
  const store = createEventStore(openSqlite({ path: ':memory:', migrations: RELAY_MIGRATIONS }));
  const ids = Array.from({ length: 1_500 }, (_, n) => n.toString(16).padStart(4, '0').padEnd(64, '0'));
  await Promise.all(
    ids.toReversed().map((id) => {
      const one = {
        id,
        pubkey: hex('a'),
        kind: 1,
        created_at: 5,
        tags: [['t', 'x']],
        content: '',
        sig: hex('0').repeat(2),
      };
      return store.add(one, JSON.stringify(one));
    }),
  );
  for (const filter of [{ kinds: [1] }, { authors: [hex('a')] }, { '#t': ['x'] }, {}, { ids }])
    expect(idsOf(store, [filter])).toEqual(ids);
  await store.close();
});

test('values that SQLite or the index cannot hold as they are keep apart', async () => {
  const store = createEventStore(openSqlite({ path: ':memory:', migrations: RELAY_MIGRATIONS }));
  const long = 'x'.repeat(300);
  for (const [n, value] of ['\ufffd', 'a\0b', long].entries()) {
    const one = {
      id: hex(String(n)),
      pubkey: hex('a'),
      kind: 1,
      created_at: 5,
      tags: [['t', value]],
      content: '',
      sig: hex('0').repeat(2),
    };
    await store.add(one, JSON.stringify(one));
  }
  const found = (value: string) => idsOf(store, [{ '#t': [value] }]);
  expect(['\ufffd', '\ud800', 'a\0b', 'a\0c', 'a', long, `${long}x`].map(found)).toEqual([
    [hex('0')],
    [],
    [hex('1')],
    [],
    [],
    [hex('2')],
    [],
  ]);
  await store.close();
});
