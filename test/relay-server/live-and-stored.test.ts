import { expect, test } from 'vitest';
import type { NostrEvent } from '../../src/protocol/index.ts';
import { newKey, nowS, RelayClient, sign, startRelay } from './relay-client.ts';

const trusting = () => Promise.resolve(true);
/** Random delays, as a pool of workers has them. */
const unordered = () => new Promise<boolean>((resolve) => setTimeout(() => resolve(true), Math.random() * 5));
const isEvent = ([verb]: readonly unknown[]) => verb === 'EVENT';
const key = newKey();
const template = sign({}, key);

/** Unsigned events for relays that trust everything: signing thousands would take long. */
function numbered(n: number, created_at = 1_000, kind = 1): NostrEvent {
  return { ...template, id: n.toString(16).padStart(64, '0'), content: String(n), created_at, kind };
}

test('NIP-01 a subscriber that joins while events arrive gets each of them exactly once', async () => {
  const relay = await startRelay({ verify: unordered });
  const writers = await Promise.all([1, 2].map(() => RelayClient.connect(relay.url)));
  const readers: RelayClient[] = [];
  const perWriter = 600;
  // All of one second: nothing but the order of arrival tells stored and new ones apart.
  const acknowledged = writers.map(async (writer, w) => {
    for (let n = 0; n < perWriter; n += 1) {
      writer.say('EVENT', numbered(w * perWriter + n));
      if (n % 60 === 0) {
        const reader = await RelayClient.connect(relay.url);
        reader.say('REQ', 'all', { kinds: [1] }, { since: 1_000 });
        readers.push(reader);
      }
    }
    const last = numbered(w * perWriter + perWriter - 1).id;
    await writer.hears(([verb, id]) => verb === 'OK' && id === last);
  });
  await Promise.all(acknowledged);
  expect(readers).toHaveLength(20);
  for (const reader of readers) {
    await reader.hearsMany(2 * perWriter, isEvent);
    const ids = reader.events('all').map(({ id }) => id);
    expect(ids).toHaveLength(2 * perWriter);
    expect(new Set(ids).size).toBe(2 * perWriter);
    await reader.end();
  }
  for (const writer of writers) await writer.end();
  await relay.close();
});

test('NIP-01 live events that come during a long stored answer are sent after EOSE, once', async () => {
  const relay = await startRelay({ verify: trusting });
  const writer = await RelayClient.connect(relay.url);
  for (let n = 0; n < 2_000; n += 1) writer.say('EVENT', numbered(n));
  await writer.hears(([verb, id]) => verb === 'OK' && id === numbered(1_999).id);
  const reader = await RelayClient.connect(relay.url);
  reader.say('REQ', 'all', { kinds: [1] });
  await reader.hears(isEvent);
  const fresh = numbered(5_000);
  await writer.publish(fresh);
  await reader.hearsEvent('all', fresh.id);
  const verbs = reader.heard.filter(([verb]) => verb === 'EVENT' || verb === 'EOSE').map(([verb]) => verb);
  expect(verbs.indexOf('EOSE')).toBe(2_000);
  expect(verbs).toHaveLength(2_002);
  expect(reader.events('all').at(-1)).toEqual(fresh);
  await reader.end();
  await writer.end();
  await relay.close();
});

test('events of one connection keep their order through unordered verification, ephemeral ones among them', async () => {
  const relay = await startRelay({ verify: unordered });
  const [reader, writer] = [await RelayClient.connect(relay.url), await RelayClient.connect(relay.url)];
  await reader.subscribe('all', {});
  const events = Array.from({ length: 300 }, (_, n) => numbered(n, 1_000 - n, n % 3 === 0 ? 20_001 : 1));
  for (const event of events) writer.say('EVENT', event);
  await reader.hearsEvent('all', events.at(-1)?.id ?? '');
  expect(reader.events('all')).toEqual(events);
  await writer.hearsMany(events.length, ([verb]) => verb === 'OK');
  const oks = writer.heard.filter(([verb]) => verb === 'OK').map(([, id]) => id);
  expect(oks).toEqual(events.map(({ id }) => id));
  await Promise.all([reader.end(), writer.end()]);
  await relay.close();
});

test('two subscribers see the events of many writers in the same order', async () => {
  const relay = await startRelay({ verify: unordered });
  const readers = await Promise.all([1, 2].map(() => RelayClient.connect(relay.url)));
  const writers = await Promise.all([1, 2, 3, 4].map(() => RelayClient.connect(relay.url)));
  for (const reader of readers) await reader.subscribe('all', {});
  for (let n = 0; n < 400; n += 1) writers[n % 4]?.say('EVENT', numbered(n));
  const seen = await Promise.all(
    readers.map(async (reader) => {
      await reader.hearsMany(400, isEvent);
      return reader.events('all').map(({ id }) => id);
    }),
  );
  expect(seen[0]).toEqual(seen[1]);
  await Promise.all([...readers, ...writers].map((client) => client.end()));
  await relay.close();
});

test('NIP-01 replaceable events that race over many connections leave the one winner', async () => {
  const relay = await startRelay();
  const clients = await Promise.all([1, 2, 3, 4, 5].map(() => RelayClient.connect(relay.url)));
  const newest = nowS();
  const versions = Array.from({ length: 40 }, (_, n) =>
    sign({ kind: 31_990, tags: [['d', 'x']], created_at: newest - (n % 4), content: String(n) }, key),
  );
  const answers = await Promise.all(versions.map(async (event, n) => clients[n % 5]?.publish(event)));
  expect(answers.every((answer) => answer?.[0])).toBe(true);
  const winner = versions
    .filter(({ created_at }) => created_at === newest)
    .reduce((a, b) => (a.id < b.id ? a : b));
  expect(await clients[0]?.query({ kinds: [31_990] })).toEqual([winner]);
  await Promise.all(clients.map((client) => client.end()));
  await relay.close();
});

test('a subscription by ids, authors, tags or nothing gets its live events, and only those', async () => {
  const relay = await startRelay();
  const client = await RelayClient.connect(relay.url);
  const [mine, other] = [
    sign(
      {
        kind: 7000,
        tags: [
          ['e', 'f'.repeat(64)],
          ['p', 'e'.repeat(64)],
          ['t', 'x'],
        ],
      },
      key,
    ),
    newKey(),
  ];
  const wanted = [
    { ids: [mine.id] },
    { authors: [mine.pubkey] },
    { authors: [mine.pubkey], kinds: [7000, 6100] },
    { kinds: [7000] },
    { '#e': ['f'.repeat(64)] },
    { '#p': ['e'.repeat(64)], '#t': ['x', 'y'] },
    { '#t': ['x'], kinds: [7000] },
    { until: mine.created_at },
    {},
  ];
  const unwanted = [
    { ids: ['0'.repeat(64)] },
    { authors: [sign({}, other).pubkey] },
    { kinds: [] },
    { '#e': [] },
    { '#t': ['x'], kinds: [1] },
    { '#p': ['e'.repeat(64)], '#t': ['y'] },
    { '#T': ['x'] },
    { since: mine.created_at + 1 },
  ];
  for (const [n, filter] of wanted.entries()) await client.subscribe(`wanted ${n}`, filter);
  for (const [n, filter] of unwanted.entries()) await client.subscribe(`unwanted ${n}`, filter);
  await client.publish(mine);
  const end = sign({ kind: 1, created_at: mine.created_at - 1 }, other);
  await client.publish(end);
  await client.hearsEvent(`wanted ${wanted.length - 1}`, end.id);
  for (const n of wanted.keys())
    expect(client.events(`wanted ${n}`), JSON.stringify(wanted[n])).toContainEqual(mine);
  for (const n of unwanted.keys())
    expect(client.events(`unwanted ${n}`), JSON.stringify(unwanted[n])).not.toContainEqual(mine);
  await client.end();
  await relay.close();
});
