import { spawn } from 'node:child_process';
import { getEventListeners, once } from 'node:events';
import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest';
import { parseEvent, type NostrEvent } from '../../src/protocol/index.ts';
import { createRelayPool, type RelayLimits, type RelayPool } from '../../src/relays/index.ts';
import { createWorkerVerifier, NodeWebSocket } from '../../src/relays/node.ts';
import {
  newSigner,
  note,
  startScriptedRelay,
  stopScriptedRelays,
  until,
  type ScriptedRelay,
} from './scripted-relay.ts';

const NOW = 1_700_000_000;
const DAY = 86_400;
const verifier = createWorkerVerifier({ workers: 1 });
afterAll(() => verifier.close());

// Reconnecting soon keeps the tests short; what is tested does not depend on it.
const SOON: Partial<RelayLimits> = { minBackoffMs: 20, maxBackoffMs: 50 };

describe.each([
  ['the socket for servers', NodeWebSocket],
  ['the global WebSocket', globalThis.WebSocket],
])('over %s', (_name, WebSocket) => {
  let relay: ScriptedRelay;
  let pool: RelayPool;
  let stop: AbortController;
  const open = (limits: Partial<RelayLimits> = SOON) =>
    createRelayPool({ verifier, WebSocket, limits, now: () => NOW });

  /** Subscribes and returns the events as they come, and the EOSEs. */
  const follow = async (
    filters: Parameters<RelayPool['query']>[1],
    relays: readonly string[] = [relay.url],
  ) => {
    const got: NostrEvent[] = [];
    const eoses: string[] = [];
    await pool.subscribe({
      relays,
      filters,
      onEvent: (event) => got.push(event),
      onEose: (url) => eoses.push(url),
      signal: stop.signal,
    });
    return { got, eoses, has: (...ids: string[]) => ids.every((id) => got.some((event) => event.id === id)) };
  };

  beforeEach(async () => {
    relay = await startScriptedRelay();
    pool = open();
    stop = new AbortController();
  });
  afterEach(async () => {
    stop.abort();
    await pool.close();
    await stopScriptedRelays();
  });

  test('a subscription gets the stored events before EOSE and the new ones after', async () => {
    const [old, other, fresh] = [await note(), await note({ kind: 2 }), await note({ content: 'fresh' })];
    relay.stored.push(old, other);
    const { got, eoses } = await follow([{ kinds: [1] }]);
    expect(got).toEqual([old]);
    expect(eoses).toEqual([relay.url]);
    await pool.publish(fresh, [relay.url]);
    await until(() => got.length === 2);
    expect(got[1]).toEqual(fresh);
  });

  test('nothing that was sent during an outage is missed', async () => {
    const first = await note({ content: 'first' });
    relay.stored.push(first);
    const { got, eoses, has } = await follow([{ kinds: [1], limit: 1 }]);
    const missed = [
      await note({ content: 'same second' }),
      await note({ content: 'backdated', created_at: NOW - 200 }),
      await note({ content: 'later', created_at: NOW + 5 }),
    ];
    await relay.stop();
    relay.stored.push(...missed);
    await relay.start();
    await until(() => eoses.length === 2);
    expect(got).toHaveLength(4);
    expect(has(first.id, ...missed.map(({ id }) => id))).toBe(true);
    expect(relay.heardOf('REQ').at(-1)?.[2]).toEqual({ kinds: [1], since: NOW - 300 });
  });

  test('what was cut off before EOSE is asked for from the beginning', async () => {
    const stored = await Promise.all([0, 1, 2, 3].map((age) => note({ created_at: NOW - age * DAY })));
    relay.stored.push(...stored);
    relay.script = (client, [type, id], honestly) => {
      if (type !== 'REQ') return honestly();
      relay.script = (_client, _message, behave) => behave();
      client.say('EVENT', id, stored[0]);
      client.cut();
    };
    const { got, eoses } = await follow([{ kinds: [1] }]);
    await until(() => eoses.length === 1);
    expect(new Set(got)).toEqual(new Set(stored));
    expect(relay.heardOf('REQ').map((req) => req[2])).toEqual([{ kinds: [1] }, { kinds: [1] }]);
  });

  test('after an outage gift wraps and answers to an event are found however old they claim to be', async () => {
    const request = await note();
    relay.stored.push(request, await note({ kind: 1059 }));
    relay.stored.push(await note({ kind: 7000, tags: [['e', request.id]] }));
    const wraps = await follow([{ kinds: [1059] }]);
    const answers = await follow([{ kinds: [7000], '#e': [request.id] }]);
    await relay.stop();
    const wrap = await note({ kind: 1059, created_at: NOW - 2 * DAY });
    const answer = await note({ kind: 7000, created_at: NOW - 9 * DAY, tags: [['e', request.id]] });
    relay.stored.push(wrap, answer);
    await relay.start();
    await until(() => wraps.has(wrap.id) && answers.has(answer.id));
  });

  test('an event dated in the future does not move the resume point there', async () => {
    relay.stored.push(await note({ created_at: NOW + 1_000 * DAY }));
    const { has } = await follow([{ kinds: [1], since: NOW - DAY }]);
    await relay.stop();
    const missed = await note({ content: 'missed' });
    relay.stored.push(missed);
    await relay.start();
    await until(() => has(missed.id));
  });

  test('two relays and a republication bring an event once', async () => {
    const second = await startScriptedRelay();
    const event = await note();
    relay.stored.push(event);
    second.stored.push(event);
    const { got, eoses } = await follow([{ kinds: [1] }], [relay.url, second.url, `${relay.url}/`]);
    expect(eoses.toSorted()).toEqual([relay.url, second.url].toSorted());
    second.accept(event);
    const last = await note({ content: 'last' });
    second.accept(last);
    await until(() => got.length === 2);
    expect(got).toEqual([event, last]);
  });

  test('hundreds of subscriptions share one connection, and each gets its own', async () => {
    const topics = Array.from({ length: 300 }, (_, index) => `topic-${index}`);
    const got = new Map<string, string[]>(topics.map((topic) => [topic, []]));
    await Promise.all(
      topics.map((topic) =>
        pool.subscribe({
          relays: [relay.url],
          filters: [{ '#t': [topic] }],
          onEvent: ({ content }) => got.get(topic)?.push(content),
          signal: stop.signal,
        }),
      ),
    );
    const events = await Promise.all(topics.map((topic) => note({ tags: [['t', topic]], content: topic })));
    const receipts = await Promise.all(events.map((event) => pool.publish(event, [relay.url])));
    expect(receipts.flat().every(({ outcome }) => outcome === 'accepted')).toBe(true);
    await until(() => [...got].every(([topic, contents]) => contents.length === 1 && contents[0] === topic));
    expect(relay.connections.accepted).toBe(1);
  });

  test('an aborted subscription is closed at the relay and hears nothing more', async () => {
    const aborted = new AbortController();
    const got: NostrEvent[] = [];
    await pool.subscribe({
      relays: [relay.url],
      filters: [{ kinds: [1] }],
      onEvent: (event) => got.push(event),
      signal: aborted.signal,
    });
    const witness = await follow([{ kinds: [1] }]);
    aborted.abort();
    await until(() => relay.heardOf('CLOSE').length === 1);
    relay.accept(await note());
    await until(() => witness.got.length === 1);
    expect(got).toEqual([]);
  });

  test('an unused connection is closed, and opened again for the next wish', async () => {
    await pool.close();
    pool = open({ ...SOON, idleMs: 20 });
    expect(await pool.query([relay.url], [{ kinds: [1] }])).toEqual([]);
    await until(() => relay.connections.open === 0);
    expect(pool.status().size).toBe(0);
    expect(await pool.publish(await note(), [relay.url])).toMatchObject([{ outcome: 'accepted' }]);
  });

  test('a query returns what all relays stored, each event once, newest first', async () => {
    const second = await startScriptedRelay();
    const events = await Promise.all([3, 1, 4, 2].map((age) => note({ created_at: NOW - age })));
    relay.stored.push(...events.slice(0, 3));
    second.stored.push(...events.slice(1));
    const found = await pool.query([relay.url, second.url], [{ kinds: [1] }]);
    expect(found.map(({ created_at }) => NOW - created_at)).toEqual([1, 2, 3, 4]);
    await until(() => relay.heardOf('CLOSE').length === 1 && second.heardOf('CLOSE').length === 1);
  });

  test('a query returns the newest events when there are more than it may hold', async () => {
    await pool.close();
    pool = open({ ...SOON, queryEvents: 5 });
    relay.stored.push(
      ...(await Promise.all(Array.from({ length: 30 }, (_, age) => note({ created_at: NOW - age })))),
    );
    const found = await pool.query([relay.url], [{ kinds: [1] }]);
    expect(found.map(({ created_at }) => NOW - created_at)).toEqual([0, 1, 2, 3, 4]);
  });

  test('receipts name what each relay said', async () => {
    const second = await startScriptedRelay();
    const event = await note();
    second.stored.push(event);
    const dead = await startScriptedRelay();
    await dead.stop();
    const receipts = await pool.publish(event, [
      relay.url,
      second.url,
      dead.url,
      'https://no.relay',
      `${relay.url}/`,
    ]);
    expect(receipts).toEqual([
      { relay: relay.url, outcome: 'accepted', message: '' },
      { relay: second.url, outcome: 'duplicate', message: 'duplicate: already have this event' },
      { relay: dead.url, outcome: 'unreachable', message: expect.any(String) },
      { relay: 'https://no.relay', outcome: 'refused', message: expect.any(String) },
    ]);
  });

  test('a relay that drops the connection instead of answering is sent the event again', async () => {
    relay.script = (client, [type], honestly) => {
      if (type !== 'EVENT') return honestly();
      relay.script = (_client, _message, behave) => behave();
      client.cut();
    };
    const event = await note();
    expect(await pool.publish(event, [relay.url])).toMatchObject([{ outcome: 'accepted' }]);
    expect(relay.heardOf('EVENT')).toHaveLength(2);
    expect(relay.stored).toEqual([event]);
  });

  test('a relay that drops the connection whenever it is sent the event is given up', async () => {
    relay.script = (client, [type], honestly) => (type === 'EVENT' ? client.cut() : honestly());
    const receipts = await pool.publish(await note(), [relay.url], { timeoutMs: 600_000 });
    expect(receipts).toMatchObject([{ outcome: 'unreachable' }]);
    expect(relay.heardOf('EVENT')).toHaveLength(3);
  });

  test('a fresh wish does not wait for the backoff of an earlier failure', async () => {
    await pool.close();
    pool = open({ minBackoffMs: 20, maxBackoffMs: 600_000 });
    await relay.stop();
    await follow([{ kinds: [1] }]);
    for (let failures = 0; failures < 6; failures += 1)
      expect(await pool.publish(await note(), [relay.url])).toMatchObject([{ outcome: 'unreachable' }]);
    await relay.start();
    expect(await pool.publish(await note(), [relay.url])).toMatchObject([{ outcome: 'accepted' }]);
  });

  test('a callback that throws surfaces as uncaught and does not stop the events after it', async () => {
    relay.stored.push(await note({ content: 'one' }), await note({ content: 'two' }));
    const got: string[] = [];
    const uncaught: unknown[] = [];
    const listeners = process.listeners('uncaughtException');
    process.removeAllListeners('uncaughtException');
    process.on('uncaughtException', (error) => uncaught.push(error));
    try {
      await pool.subscribe({
        relays: [relay.url],
        filters: [{ kinds: [1] }],
        onEvent: ({ content }) => {
          got.push(content);
          throw new Error('a bug of the subscriber');
        },
        signal: stop.signal,
      });
      expect(got).toEqual(['one', 'two']);
      await until(() => uncaught.length === 2);
    } finally {
      process.removeAllListeners('uncaughtException');
      for (const listener of listeners) process.on('uncaughtException', listener);
    }
  });

  test('a closed pool refuses politely and leaves no connection', async () => {
    const followed = follow([{ kinds: [1] }]);
    relay.script = () => undefined;
    const unanswered = pool.publish(await note(), [relay.url]);
    const asked = pool.query([relay.url], [{ kinds: [1] }]);
    await until(() => relay.heardOf('EVENT').length === 1);
    await pool.close();
    expect(await unanswered).toMatchObject([{ outcome: 'unreachable' }]);
    expect(await asked).toEqual([]);
    await followed;
    expect(getEventListeners(stop.signal, 'abort')).toEqual([]);
    await until(() => relay.connections.open === 0);
    expect(await pool.publish(await note(), [relay.url])).toMatchObject([{ outcome: 'unreachable' }]);
    expect(await pool.query([relay.url], [{ kinds: [1] }])).toEqual([]);
    await follow([{ kinds: [1] }]);
    expect(pool.status().size).toBe(0);
  });

  test('a relay that insists is told who asks, once, and then serves', async () => {
    await pool.close();
    const signer = newSigner();
    pool = createRelayPool({ verifier, WebSocket, signer, limits: SOON, now: () => NOW });
    const stored = await note();
    relay.stored.push(stored);
    let proven = false;
    relay.onConnect = (client) => client.say('AUTH', 'prove it');
    relay.script = (client, [type, first], honestly) => {
      const event = parseEvent(first);
      const id = event.ok ? event.value.id : first;
      if (type === 'AUTH') proven = true;
      if (type === 'AUTH') client.say('OK', id, true, '');
      else if (proven) honestly();
      else if (type === 'REQ') client.say('CLOSED', id, 'auth-required: who are you?');
      else if (type === 'EVENT') client.say('OK', id, false, 'auth-required: who are you?');
    };
    const [{ got }, receipts] = await Promise.all([
      follow([{ kinds: [1] }]),
      pool.publish(await note({ content: 'new' }), [relay.url]),
    ]);
    expect(receipts).toMatchObject([{ outcome: 'accepted' }]);
    await until(() => got.length === 2);
    expect(relay.heardOf('AUTH')).toHaveLength(1);
    proven = false;
    relay.stored.push(await note({ content: 'during an outage' }));
    relay.cutAll();
    await until(() => got.length === 3);
    expect(relay.heardOf('AUTH')).toHaveLength(2);
    expect(relay.heardOf('AUTH')[0]?.[1]).toMatchObject({
      kind: 22_242,
      pubkey: signer.pubkey,
      created_at: NOW,
      tags: [
        ['relay', relay.url],
        ['challenge', 'prove it'],
      ],
    });
  });
});

test('a process ends when its pool is closed, though a relay answers nothing', async () => {
  const relay = await startScriptedRelay();
  relay.script = (client) => client.freeze();
  const root = new URL('../../src/', import.meta.url).href;
  const program = `
    const { createRelayPool, createInlineVerifier } = await import('${root}relays/index.ts');
    const { createWorkerVerifier, NodeWebSocket } = await import('${root}relays/node.ts');
    const idle = createWorkerVerifier();
    if (!(await idle.verify(${JSON.stringify(await note())}))) throw new Error('not verified');
    const pool = createRelayPool({ verifier: createInlineVerifier(), WebSocket: NodeWebSocket });
    const stop = new AbortController();
    void pool.subscribe({ relays: ['${relay.url}'], filters: [{}], onEvent() {}, signal: stop.signal });
    void pool.publish({ id: '' }, ['${relay.url}']);
    while (pool.status().get('${relay.url}') !== 'connected') await new Promise(setImmediate);
    await pool.close();
    console.log('closed');
  `;
  const child = spawn(process.execPath, ['--input-type=module', '-e', program]);
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (data: Buffer) => (output += data.toString()));
  const [code] = await once(child, 'close');
  expect({ code, output }).toEqual({ code: 0, output: 'closed\n' });
  await stopScriptedRelays();
});
