import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { NostrEvent } from '../../src/protocol/index.ts';
import type { RelayServer } from '../../src/relay-server/index.ts';
import { newKey, nowS, RelayClient, sign, startRelay } from './relay-client.ts';

let relay: RelayServer;
let client: RelayClient;
const key = newKey();

beforeEach(async () => {
  relay = await startRelay();
  client = await RelayClient.connect(relay.url);
});
afterEach(async () => {
  await client.end();
  await relay.close();
});

/** Two versions of one second; the first has the lower id. */
function tie(fields: { kind: number; tags?: string[][] }): [NostrEvent, NostrEvent] {
  const created_at = nowS();
  const a = sign({ ...fields, content: 'a', created_at }, key);
  const b = sign({ ...fields, content: 'b', created_at }, key);
  return a.id < b.id ? [a, b] : [b, a];
}

describe('NIP-01 EVENT', () => {
  test('NIP-01 an accepted event gets OK true and is found by an identical REQ right after', async () => {
    const event = sign({ content: 'hello "world" \n ü \u0001', tags: [['t', 'x'], ['alt']] }, key);
    expect(await client.query({ ids: [event.id] })).toEqual([]);
    expect(await client.publish(event)).toEqual([true, '']);
    expect(await client.query({ ids: [event.id] })).toEqual([event]);
  });

  test('NIP-01 an event sent twice is accepted as a duplicate and stored once', async () => {
    const event = sign({}, key);
    const answers = [client.publish(event), client.publish(event)];
    await Promise.all(answers);
    expect(await client.publish(event)).toEqual([true, 'duplicate: already have this event']);
    expect(await client.query({ authors: [event.pubkey] })).toEqual([event]);
    expect(relay.stats().accepted).toBe(1);
  });

  test('NIP-01 a forged event is refused as invalid and not passed on', async () => {
    await client.subscribe('all', {});
    const event = sign({ content: 'mine' }, key);
    for (const forged of [
      { ...event, content: 'forged' },
      { ...event, sig: event.sig.replace(/^../, event.sig.startsWith('00') ? '11' : '00') },
      { ...event, pubkey: sign({}, newKey()).pubkey },
    ])
      expect(await client.publish(forged)).toEqual([false, 'invalid: the id or signature is wrong']);
    expect(await client.query({})).toEqual([]);
    expect(client.events('all')).toEqual([]);
  });

  test('NIP-01 an event with an id but a wrong shape gets OK false, one without gets NOTICE', async () => {
    const event = sign({}, key);
    for (const broken of [
      { ...event, kind: '1' },
      { ...event, kind: 1.5 },
      { ...event, created_at: -1 },
      { ...event, tags: [['t', 1]] },
      { ...event, tags: {} },
      { ...event, content: null },
      { ...event, sig: 'AB' },
      { id: event.id },
    ])
      expect(await client.publish(broken)).toEqual([false, expect.stringMatching(/^invalid: /)]);
    client.say('EVENT', { ...event, id: 'nonsense' });
    await client.hears(([verb, words]) => verb === 'NOTICE' && String(words).startsWith('invalid: '));
    expect(await client.query({})).toEqual([]);
  });

  test.each([0, 3, 10_002])(
    'NIP-01 replaceable kind %i: only the latest is kept and served',
    async (kind) => {
      const at = (created_at: number) => sign({ kind, created_at, content: String(created_at) }, key);
      const [older, newer, newest] = [at(nowS() - 20), at(nowS() - 10), at(nowS())];
      expect(await client.publish(newer)).toEqual([true, '']);
      expect(await client.publish(older)).toEqual([true, 'duplicate: already have a newer version']);
      expect(await client.query({ kinds: [kind] })).toEqual([newer]);
      expect(await client.publish(newest)).toEqual([true, '']);
      expect(await client.query({ authors: [newest.pubkey] })).toEqual([newest]);
      expect(await client.query({ ids: [newer.id] })).toEqual([]);
    },
  );

  test.each([10_002, 31_990])(
    'NIP-01 kind %i, same second: the lowest id stays, whichever comes first',
    async (kind) => {
      for (const order of [0, 1]) {
        const [low, high] = tie({ kind, tags: [['d', `order ${order}`]] });
        for (const event of order === 0 ? [low, high] : [high, low]) await client.publish(event);
        expect(await client.query({ kinds: [kind], '#d': [`order ${order}`] })).toEqual([low]);
        await client.publish(sign({ kind: 5, tags: [['e', low.id]] }, key));
      }
    },
  );

  test('NIP-01 addressable events are kept for each author, kind and d tag; a missing d is an empty one', async () => {
    const now = nowS();
    const of = (d: string[][], age: number, by = key) =>
      sign({ kind: 30_023, tags: d, created_at: now - age, content: String(age) }, by);
    const long = 'd'.repeat(500);
    const a = [of([['d', 'a']], 9), of([['d', 'a']], 5)] as const;
    const b = [of([['d', long]], 8), of([['d', long]], 4)] as const;
    const empty = [of([], 7), of([['d', '']], 3)] as const;
    const others = of([['d', 'a']], 2, newKey());
    for (const event of [...a, ...b, ...empty, others])
      expect(await client.publish(event)).toEqual([true, '']);
    expect(await client.query({ kinds: [30_023] })).toEqual([others, empty[1], b[1], a[1]]);
    expect(await client.query({ '#d': [long] })).toEqual([b[1]]);
  });

  test('NIP-01 ephemeral events reach subscribers and are not stored', async () => {
    const reader = await RelayClient.connect(relay.url);
    await reader.subscribe('live', { kinds: [23_194] });
    const event = sign({ kind: 23_194, tags: [['p', '1'.repeat(64)]] }, key);
    expect(await client.publish(event)).toEqual([true, '']);
    await reader.hearsEvent('live', event.id);
    expect(await client.query({ kinds: [23_194] })).toEqual([]);
    await reader.end();
  });

  test.each([1, 5_100, 45_000, 68_001, 68_002])(
    'NIP-01 kind %i is regular: every event is kept',
    async (kind) => {
      const [low, high] = tie({ kind });
      await client.publish(high);
      await client.publish(low);
      expect(await client.query({ kinds: [kind] })).toEqual([low, high]);
    },
  );
});

describe('NIP-01 REQ', () => {
  test('NIP-01 filters are alternatives, their parts conditions; each event comes once, newest first', async () => {
    const other = newKey();
    const now = nowS();
    const at = (age: number, kind: number, tags: string[][], by = key) =>
      sign({ kind, tags, created_at: now - age }, by);
    const one = at(4, 1, [
      ['t', 'x'],
      ['t', 'y'],
    ]);
    const two = at(3, 7, [['t', 'x']]);
    const three = at(
      2,
      1,
      [
        ['e', one.id],
        ['T', 'x'],
      ],
      other,
    );
    const four = at(1, 1, [['nonce', 'x']], other);
    for (const event of [three, one, four, two]) await client.publish(event);
    expect(await client.query({ '#t': ['x', 'y'] }, { kinds: [1] })).toEqual([four, three, two, one]);
    expect(await client.query({ '#t': ['x'], kinds: [1] })).toEqual([one]);
    expect(await client.query({ authors: [three.pubkey], '#e': [one.id] }, { ids: [two.id] })).toEqual([
      three,
      two,
    ]);
    expect(await client.query({ '#T': ['x'] })).toEqual([three]);
    expect(await client.query({ since: two.created_at, until: three.created_at })).toEqual([three, two]);
    expect(await client.query({ kinds: [1], limit: 2 }, { kinds: [7] })).toEqual([four, three, two]);
    expect(await client.query({ kinds: [1], limit: 0 }, { ids: [] })).toEqual([]);
  });

  test('NIP-01 a limit takes the newest, and of one second those with the lowest ids', async () => {
    const events = Array.from({ length: 5 }, (_, n) => sign({ content: String(n), created_at: 1_000 }, key));
    for (const event of events) await client.publish(event);
    const lowest = events.toSorted((a, b) => (a.id < b.id ? -1 : 1)).slice(0, 3);
    expect(await client.query({ kinds: [1], limit: 3 })).toEqual(lowest);
  });

  test('NIP-01 after EOSE new events come live, of any age, and the limit plays no part', async () => {
    const reader = await RelayClient.connect(relay.url);
    await reader.subscribe('live', { kinds: [1], limit: 1, since: 500 });
    const events = [1_000, 2_000, 1_000].map((created_at, n) =>
      sign({ created_at, content: String(n) }, key),
    );
    for (const event of events) await client.publish(event);
    await client.publish(sign({ created_at: 499 }, key));
    await client.publish(sign({ kind: 2 }, key));
    const last = sign({ content: 'last' }, key);
    await client.publish(last);
    await reader.hearsEvent('live', last.id);
    expect(reader.events('live')).toEqual([...events, last]);
    await reader.end();
  });

  test('NIP-01 CLOSE ends a subscription, a REQ of the same id replaces it, ids belong to a connection', async () => {
    const other = await RelayClient.connect(relay.url);
    await client.subscribe('s', { kinds: [1] });
    await other.subscribe('s', { kinds: [1] });
    client.say('REQ', 's', { kinds: [2] });
    await client.hears((message) => message[0] === 'EOSE' && client.heard.indexOf(message) > 1);
    const [one, two] = [sign({ kind: 1 }, key), sign({ kind: 2 }, key)];
    await other.publish(one);
    await other.publish(two);
    await client.hearsEvent('s', two.id);
    expect(client.events('s')).toEqual([two]);
    await other.hearsEvent('s', one.id);
    client.say('CLOSE', 's');
    client.say('CLOSE', 'never opened');
    const three = sign({ kind: 2, content: 'after' }, key);
    expect(await client.publish(three)).toEqual([true, '']);
    expect(await client.query({ ids: [three.id] })).toEqual([three]);
    expect(client.events('s')).toEqual([two]);
    await client.publish(three); // by its answer the CLOSE of the query has been read
    expect(relay.stats().subscriptions).toBe(1);
    await other.end();
  });

  test.each([
    ['invalid', {}, []],
    ['invalid', { ids: ['short'] }],
    ['invalid', { authors: ['A'.repeat(64)] }],
    ['invalid', { '#p': ['not a key'] }],
    ['invalid', { '#e': [''] }],
    ['invalid', { kinds: ['1'] }],
    ['invalid', { kinds: 1 }],
    ['invalid', { kinds: [-1] }],
    ['invalid', { since: 1.5 }],
    ['invalid', { limit: -1 }],
    ['invalid', { '#t': [1] }],
    ['invalid', null],
    ['invalid', 'filter'],
    ['unsupported', { search: 'words' }],
    ['unsupported', { '#tag': ['x'] }],
    ['unsupported', { '&t': ['x'] }],
    ['unsupported', JSON.parse('{"__proto__": ["x"]}')],
  ])('NIP-01 a filter that cannot be answered is CLOSED as %s: %j', async (prefix, ...filters) => {
    expect(await client.refusal('s', ...filters)).toMatch(new RegExp(`^${prefix}: .+`));
    expect(relay.stats().subscriptions).toBe(0);
  });

  test('NIP-01 a REQ without filters is CLOSED, one with a bad id gets NOTICE', async () => {
    expect(await client.refusal('s')).toMatch(/^invalid: /);
    for (const id of ['', 'x'.repeat(65), 7, null]) client.say('REQ', id, {});
    const notices = () => client.heard.filter(([verb]) => verb === 'NOTICE').length;
    await client.hears(() => notices() === 4, 'four notices');
    expect(await client.query({})).toEqual([]);
  });
});
