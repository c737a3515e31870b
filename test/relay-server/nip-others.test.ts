import { createServer, request } from 'node:http';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { DEFAULT_LIMITS, type RelayServer } from '../../src/relay-server/index.ts';
import { newKey, nowS, RelayClient, sign, startRelay } from './relay-client.ts';

let relay: RelayServer;
let client: RelayClient;
let clock = nowS();
const key = newKey();
const other = newKey();
const pubkeyOf = (of: Uint8Array) => sign({}, of).pubkey;
const PRIVATE_KINDS = [4, 1059, 1060];

beforeEach(async () => {
  clock = nowS();
  relay = await startRelay({ now: () => clock, privateKinds: PRIVATE_KINDS });
  client = await RelayClient.connect(relay.url);
});
afterEach(async () => {
  await client.end();
  await relay.close();
});

describe('NIP-09', () => {
  test('NIP-09 a deletion removes own events by id, is itself stored and passed on, and keeps them away', async () => {
    const reader = await RelayClient.connect(relay.url);
    await reader.subscribe('live', { kinds: [5] });
    const events = [
      sign({ content: 'a', tags: [['t', 'x']] }, key),
      sign({ content: 'b', tags: [['t', 'x']] }, key),
    ];
    for (const event of events) await client.publish(event);
    const deletion = sign({ kind: 5, tags: events.map(({ id }) => ['e', id]) }, key);
    expect(await client.publish(deletion)).toEqual([true, '']);
    await reader.hearsEvent('live', deletion.id);
    expect(await client.query({ '#t': ['x'] }, { ids: events.map(({ id }) => id) })).toEqual([]);
    expect(await client.query({ kinds: [5] })).toEqual([deletion]);
    for (const event of events)
      expect(await client.publish(event)).toEqual([false, 'blocked: its author has deleted it']);
    await reader.end();
  });

  test('NIP-09 a deletion that comes before the event keeps it away', async () => {
    const event = sign({}, key);
    await client.publish(sign({ kind: 5, tags: [['e', event.id]] }, key));
    expect(await client.publish(event)).toEqual([false, 'blocked: its author has deleted it']);
  });

  test('NIP-09 nobody deletes the events of others, neither stored ones nor those to come', async () => {
    const [stored, later] = [sign({ content: '1' }, key), sign({ content: '2' }, key)];
    const profile = sign({ kind: 0 }, key);
    await client.publish(stored);
    await client.publish(profile);
    const tags = [
      ['e', stored.id],
      ['e', later.id],
      ['e', profile.id],
      ['a', `0:${profile.pubkey}:`],
      ['e', 'junk'],
      ['a', ':'],
    ];
    expect(await client.publish(sign({ kind: 5, tags, created_at: nowS() + 5 }, other))).toEqual([true, '']);
    expect(await client.publish(later)).toEqual([true, '']);
    expect(await client.query({ ids: [stored.id, later.id, profile.id] })).toHaveLength(3);
  });

  test('NIP-09 an address is deleted up to the time of the request', async () => {
    const version = (created_at: number, d = 'x:y') =>
      sign({ kind: 30_023, tags: [['d', d]], created_at, content: String(created_at) }, key);
    const pubkey = pubkeyOf(key);
    const untouched = version(100, 'x');
    await client.publish(version(100));
    await client.publish(untouched);
    await client.publish(sign({ kind: 5, tags: [['a', `30023:${pubkey}:x:y`]], created_at: 200 }, key));
    expect(await client.query({ kinds: [30_023] })).toEqual([untouched]);
    expect(await client.publish(version(200))).toEqual([false, 'blocked: its author has deleted it']);
    const newer = version(201);
    expect(await client.publish(newer)).toEqual([true, '']);
    // An older request that arrives late does not reach the newer version.
    await client.publish(sign({ kind: 5, tags: [['a', `30023:${pubkey}:x:y`]], created_at: 150 }, key));
    expect(await client.query({ '#d': ['x:y'] })).toEqual([newer]);
    expect(await client.publish(version(180))).toEqual([false, 'blocked: its author has deleted it']);
  });

  test('NIP-09 replaceable kinds are deleted by address, regular ones are not', async () => {
    const profile = sign({ kind: 0, created_at: 100 }, key);
    const note = sign({ kind: 1, created_at: 100 }, key);
    await client.publish(profile);
    await client.publish(note);
    const tags = [
      ['a', `0:${profile.pubkey}:`],
      ['a', `1:${profile.pubkey}:`],
    ];
    await client.publish(sign({ kind: 5, tags, created_at: 200 }, key));
    expect(await client.query({ until: 150 })).toEqual([note]);
  });

  test('NIP-09 deleting a deletion has no effect', async () => {
    const event = sign({}, key);
    const deletion = sign({ kind: 5, tags: [['e', event.id]] }, key);
    await client.publish(deletion);
    await client.publish(sign({ kind: 5, tags: [['e', deletion.id]] }, key));
    expect(await client.query({ ids: [deletion.id] })).toEqual([deletion]);
    expect((await client.publish(event))[0]).toBe(false);
  });

  test('NIP-59 a gift wrap is deleted by its receiver, not by others', async () => {
    await client.authenticate(other, relay.url);
    const wrap = (n: number) =>
      sign({ kind: 1059, tags: [['p', pubkeyOf(other)]], content: String(n) }, newKey());
    const [stored, later] = [wrap(1), wrap(2)];
    await client.publish(stored);
    const tags = [
      ['e', stored.id],
      ['e', later.id],
      ['k', '1059'],
    ];
    await client.publish(sign({ kind: 5, tags }, newKey()));
    expect(await client.query({ kinds: [1059] })).toEqual([stored]);
    await client.publish(sign({ kind: 5, tags }, other));
    expect(await client.query({ kinds: [1059] })).toEqual([]);
    expect((await client.publish(later))[0]).toBe(false);
  });
});

describe('NIP-11', () => {
  test('NIP-11 the document is served on the URL of the relay with CORS headers', async () => {
    const response = await fetch(relay.url.replace('ws:', 'http:'), {
      headers: { accept: 'application/nostr+json' },
    });
    expect(response.headers.get('content-type')).toBe('application/nostr+json');
    for (const header of ['origin', 'headers', 'methods'])
      expect(response.headers.get(`access-control-allow-${header}`)).toBeTruthy();
    const document: unknown = await response.json();
    expect(document).toEqual(relay.information());
    expect(document).toMatchObject({
      supported_nips: [1, 9, 11, 40, 42, 45, 70],
      limitation: {
        max_message_length: DEFAULT_LIMITS.maxMessageBytes,
        max_limit: DEFAULT_LIMITS.maxResults,
      },
    });
  });

  test('NIP-11 other requests are told to use a WebSocket, and an HTTP front gets null for them', async () => {
    const url = relay.url.replace('ws:', 'http:');
    const status = await new Promise((resolve) =>
      request(url, (response) => resolve(response.resume().statusCode)).end(),
    );
    expect(status).toBe(426);
    expect(relay.informationResponse(new Request(url))).toBeNull();
    const asked = new Request(url, { headers: { accept: 'Application/Nostr+JSON' } });
    expect(await relay.informationResponse(asked)?.json()).toEqual(relay.information());
  });
});

describe('NIP-40', () => {
  test('NIP-40 an expired event is refused, one that expires later is served until then and never after', async () => {
    const reader = await RelayClient.connect(relay.url);
    const expiring = (at: number, kind = 1) => sign({ kind, tags: [['expiration', String(at)]] }, key);
    expect(await client.publish(expiring(clock))).toEqual([false, 'invalid: the event has expired']);
    expect((await client.publish(expiring(clock - 1, 23_194)))[0]).toBe(false);
    const event = expiring(clock + 100);
    const unreadable = sign({ tags: [['expiration', 'soon']] }, key);
    for (const one of [event, unreadable]) expect(await client.publish(one)).toEqual([true, '']);
    expect(await client.query({ ids: [event.id] })).toEqual([event]);
    clock += 99;
    expect(await reader.query({ ids: [event.id] })).toEqual([event]);
    clock += 1;
    for (const filter of [{ ids: [event.id] }, { authors: [event.pubkey] }, {}])
      expect(await reader.query(filter)).toEqual('ids' in filter ? [] : [unreadable]);
    reader.say('COUNT', 'n', {});
    expect(await reader.hears(([verb]) => verb === 'COUNT')).toEqual(['COUNT', 'n', { count: 1 }]);
    expect((await client.publish(event))[0]).toBe(false);
    await reader.end();
  });
});

describe('NIP-42', () => {
  test('NIP-42 every connection is challenged differently', async () => {
    const second = await RelayClient.connect(relay.url);
    const [, a] = await client.hears(([verb]) => verb === 'AUTH');
    const [, b] = await second.hears(([verb]) => verb === 'AUTH');
    expect(a).toEqual(expect.stringMatching(/.{16}/));
    expect(a).not.toBe(b);
    await second.end();
  });

  test('NIP-42 AUTH wants kind, time, challenge, relay and signature right, under any name of this machine', async () => {
    const [, challenge] = await client.hears(([verb]) => verb === 'AUTH');
    const auth = async (changes: {
      kind?: number;
      created_at?: number;
      challenge?: string;
      relay?: string;
      forge?: true;
    }) => {
      const tags = [
        ['relay', changes.relay ?? relay.url],
        ['challenge', changes.challenge ?? String(challenge)],
      ];
      const event = sign(
        { kind: changes.kind ?? 22_242, created_at: changes.created_at ?? clock, tags },
        newKey(),
      );
      const sent = changes.forge ? { ...event, pubkey: pubkeyOf(other) } : event;
      client.say('AUTH', sent);
      const ok = await client.hears((message) => message[0] === 'OK' && message[1] === event.id);
      return ok[2];
    };
    const { port } = new URL(relay.url);
    expect(await auth({ kind: 1 })).toBe(false);
    expect(await auth({ created_at: clock - 601 })).toBe(false);
    expect(await auth({ created_at: clock + 601 })).toBe(false);
    expect(await auth({ challenge: 'another' })).toBe(false);
    expect(await auth({ relay: 'wss://relay.example.com' })).toBe(false);
    expect(await auth({ relay: `ws://127.0.0.1:${Number(port) - 1}` })).toBe(false);
    expect(await auth({ relay: 'nonsense' })).toBe(false);
    expect(await auth({ forge: true })).toBe(false);
    expect(await auth({})).toBe(true);
    expect(await auth({ relay: `ws://localhost:${port}/` })).toBe(true);
  });

  test('NIP-42 where a public URL is told, it counts as well, with any path', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
    const behind = await startRelay({ server, publicUrl: 'wss://relay.example.com/nostr' });
    expect(behind.url).toBe('wss://relay.example.com/nostr');
    const address = server.address();
    const port = typeof address === 'object' ? address?.port : null;
    const proxied = await RelayClient.connect(`ws://127.0.0.1:${port}/`);
    expect(await proxied.authenticate(key, 'wss://relay.example.com/')).toEqual([true, '']);
    expect((await proxied.authenticate(key, 'wss://relay.example.com:444/'))[0]).toBe(false);
    await proxied.end();
    await behind.close();
    server.close();
  });

  test('NIP-42 AUTH events are never stored or passed on', async () => {
    await client.subscribe('all', {});
    expect(await client.publish(sign({ kind: 22_242 }, key))).toEqual([
      false,
      expect.stringMatching(/^invalid: /),
    ]);
    expect(await client.authenticate(key, relay.url)).toEqual([true, '']);
    expect(await client.query({})).toEqual([]);
    expect(client.events('all')).toEqual([]);
  });

  test('NIP-42 private kinds: auth-required, then restricted, then one’s own only', async () => {
    const third = newKey();
    const mine = sign({ kind: 4, tags: [['p', pubkeyOf(key)]] }, other);
    const theirs = sign({ kind: 4, tags: [['p', pubkeyOf(third)]] }, other);
    const note = sign({ content: 'public' }, key);
    for (const event of [mine, theirs, note]) await client.publish(event);
    expect(await client.refusal('a', { kinds: [4] })).toMatch(/^auth-required: /);
    client.say('COUNT', 'c', { kinds: [1, 4] });
    await client.hears(
      ([verb, id, reason]) => verb === 'CLOSED' && id === 'c' && String(reason).startsWith('auth-required: '),
    );
    expect(await client.query({})).toEqual([note]);
    await client.authenticate(key, relay.url);
    expect(await client.refusal('b', { kinds: [4], '#p': [pubkeyOf(third)] })).toMatch(/^restricted: /);
    expect(await client.query({ kinds: [4] })).toEqual([mine]);
    expect(await client.query({ kinds: [4], authors: [mine.pubkey], '#p': [pubkeyOf(key)] })).toEqual([mine]);
    expect((await client.query({})).map(({ id }) => id).toSorted()).toEqual([mine.id, note.id].toSorted());
    client.say('COUNT', 'd', { kinds: [4] });
    expect(await client.hears(([verb, id]) => verb === 'COUNT' && id === 'd')).toEqual([
      'COUNT',
      'd',
      { count: 1 },
    ]);
  });

  test('NIP-42 live private events reach only whom they name', async () => {
    const reader = await RelayClient.connect(relay.url);
    await reader.subscribe('all', {});
    await client.authenticate(key, relay.url);
    await client.subscribe('all', { kinds: [1059] });
    const wrap = sign({ kind: 1059, tags: [['p', pubkeyOf(key)]] }, newKey());
    const note = sign({}, key);
    await client.publish(wrap);
    await client.publish(note);
    await client.hearsEvent('all', wrap.id);
    await reader.hearsEvent('all', note.id);
    expect(reader.events('all')).toEqual([note]);
    await reader.end();
  });

  test('NIP-47 wallet traffic stays open to everybody', async () => {
    await client.subscribe('nwc', { kinds: [23_194, 23_195, 23_196, 23_197] });
    const events = [23_194, 23_195, 23_196, 23_197].map((kind) =>
      sign({ kind, tags: [['p', pubkeyOf(other)]] }, key),
    );
    for (const event of events) await client.publish(event);
    await client.hearsEvent('nwc', events[3]?.id ?? '');
    expect(client.events('nwc')).toEqual(events);
  });
});

describe('NIP-45', () => {
  test('NIP-45 COUNT counts each matching event once and ignores limits', async () => {
    const events = Array.from({ length: 5 }, (_, n) => sign({ content: String(n), tags: [['t', 'x']] }, key));
    for (const event of events) await client.publish(event);
    client.say('COUNT', 'n', { '#t': ['x'], limit: 2 }, { kinds: [1] }, { ids: ['0'.repeat(64)] });
    expect(await client.hears(([verb]) => verb === 'COUNT')).toEqual(['COUNT', 'n', { count: 5 }]);
    client.say('COUNT', 'm', { search: 'x' });
    await client.hears(
      ([verb, id, reason]) => verb === 'CLOSED' && id === 'm' && String(reason).startsWith('unsupported: '),
    );
  });
});

describe('NIP-70', () => {
  test('NIP-70 a protected event is accepted from its authenticated author only', async () => {
    const event = sign({ tags: [['-']] }, key);
    expect(await client.publish(event)).toEqual([false, expect.stringMatching(/^auth-required: /)]);
    await client.authenticate(other, relay.url);
    expect(await client.publish(event)).toEqual([false, expect.stringMatching(/^restricted: /)]);
    await client.authenticate(key, relay.url);
    expect(await client.publish(event)).toEqual([true, '']);
    expect(await client.query({ ids: [event.id] })).toEqual([event]);
  });

  test('NIP-70 a repost that contains a protected event is refused', async () => {
    const secret = sign({ tags: [['-']] }, key);
    for (const [kind, content, accepted] of [
      [6, JSON.stringify(secret), false],
      [16, JSON.stringify(secret), false],
      [6, JSON.stringify(sign({}, key)), true],
      [6, '', true],
      [6, '{"tags":7}', true],
      [6, 'null', true],
      [1, JSON.stringify(secret), true],
    ] as const)
      expect((await client.publish(sign({ kind, content }, key)))[0]).toBe(accepted);
  });
});
