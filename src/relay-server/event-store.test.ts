import { expect, test } from 'vitest';
import type { NostrEvent } from '../protocol/index.ts';
import { openSqlite } from '../store/index.ts';
import { tagKeys } from './event-rules.ts';
import { createEventStore } from './event-store.ts';
import { RELAY_MIGRATIONS } from './schema.ts';

const idOf = (n: number) => n.toString(16).padStart(64, '0');
const eventOf = (n: number, fields: Partial<NostrEvent>): NostrEvent => ({
  id: idOf(n),
  pubkey: 'a'.repeat(64),
  kind: 1,
  created_at: 1_000,
  tags: [],
  content: '',
  sig: '0'.repeat(128),
  ...fields,
});

/** A store with a look into its tables. */
function openStore() {
  const sqlite = openSqlite({ path: ':memory:', migrations: RELAY_MIGRATIONS });
  const store = createEventStore(sqlite);
  const add = (event: NostrEvent) => store.add(event, JSON.stringify(event));
  const column = (sql: string) =>
    sqlite.db
      .prepare(sql)
      .all()
      .map((row) => Object.values(row)[0]);
  return { store, add, column };
}

test('NIP-40 purging deletes what has expired, a batch at a time, and nothing else', async () => {
  const { store, add, column } = openStore();
  for (let n = 0; n < 10; n += 1)
    await add(
      eventOf(n, {
        tags: [
          ['t', 'x'],
          ['expiration', String(100 + n)],
        ],
      }),
    );
  await add(eventOf(10, { tags: [['t', 'x']] }));
  expect(await store.purgeExpired(99, 10)).toBe(0);
  expect(await store.purgeExpired(104, 3)).toBe(3);
  expect(await store.purgeExpired(104, 3)).toBe(2);
  expect(await store.purgeExpired(104, 3)).toBe(0);
  expect(column('SELECT id FROM events ORDER BY id')).toEqual([5, 6, 7, 8, 9, 10].map(idOf));
  expect(column('SELECT seq FROM tags ORDER BY seq')).toEqual(column('SELECT seq FROM events ORDER BY seq'));
  await store.close();
});

test('replaced and deleted events leave nothing in the tag index', async () => {
  const { store, add, column } = openStore();
  const tags = [
    ['d', ''],
    ['t', 'x'],
    ['t', 'x'],
    ['T', 'long '.repeat(100)],
    ['expiration', '5000'],
  ];
  await add(eventOf(1, { kind: 30_000, tags }));
  const newer = eventOf(2, { kind: 30_000, created_at: 1_001, tags: [['t', 'y']] });
  expect(await add(newer)).toEqual({ status: 'stored', seq: 2 });
  await add(eventOf(3, { tags }));
  const deletion = eventOf(4, { kind: 5, tags: [['e', idOf(3)]] });
  await add(deletion);
  expect(column('SELECT id FROM events ORDER BY id')).toEqual([newer.id, deletion.id]);
  expect(column('SELECT key FROM tags ORDER BY key')).toEqual([...tagKeys(deletion), ...tagKeys(newer)]);
  await store.close();
});

test('the number of a deleted last event is not given to the next', async () => {
  const { store, add } = openStore();
  await add(eventOf(1, { kind: 0 }));
  expect(await add(eventOf(2, { kind: 0, created_at: 1_001 }))).toEqual({ status: 'stored', seq: 2 });
  await add(eventOf(3, { tags: [['expiration', '2000']] }));
  await store.purgeExpired(2_000, 10);
  expect(store.lastSeq()).toBe(3);
  expect(await add(eventOf(4, {}))).toEqual({ status: 'stored', seq: 4 });
  await store.close();
});
