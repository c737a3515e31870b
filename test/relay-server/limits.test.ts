import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import { WebSocket } from 'ws';
import type { RelayLimits } from '../../src/relay-server/index.ts';
import { newKey, nowS, RelayClient, sign, startRelay } from './relay-client.ts';

const key = newKey();
const isBusy = ([verb, , , reason]: readonly unknown[]) =>
  verb === 'OK' && String(reason).startsWith('rate-limited: ');
const kinds = (count: number) => ({ kinds: Array.from({ length: count }, (_, n) => n) });

/** A relay with these limits and one client of it. */
async function limited(limits: Partial<RelayLimits>, clock = { now: nowS() }) {
  const relay = await startRelay({ limits, now: () => clock.now });
  const client = await RelayClient.connect(relay.url);
  const end = async () => {
    await client.end();
    await relay.close();
  };
  return { relay, client, clock, end };
}

test.each([
  ['tags', { maxTags: 2 }, { tags: [['a'], ['b'], ['c']] }, { tags: [['a'], ['b']] }],
  ['content', { maxContentLength: 10 }, { content: 'x'.repeat(11) }, { content: 'x'.repeat(10) }],
  ['bytes', { maxEventBytes: 500 }, { tags: [['x', 'ü'.repeat(100)]] }, { tags: [['x', 'u'.repeat(100)]] }],
  ['future', { maxFutureSeconds: 60 }, { created_at: nowS() + 120 }, { created_at: nowS() + 30 }],
])(
  'an event beyond the limit of %s is refused as invalid, one within it is not',
  async (_, limits, beyond, within) => {
    const { client, end } = await limited(limits);
    expect(await client.publish(sign(beyond, key))).toEqual([false, expect.stringMatching(/^invalid: /)]);
    expect(await client.publish(sign(within, key))).toEqual([true, '']);
    await end();
  },
);

test('a message beyond the limit of bytes closes its connection and no other', async () => {
  const { relay, client, end } = await limited({ maxMessageBytes: 1_000 });
  const other = await RelayClient.connect(relay.url);
  client.say('EVENT', sign({ content: 'x'.repeat(1_000) }, key));
  expect(await client.closed).toMatchObject({ code: 1009 });
  expect(await other.publish(sign({}, key))).toEqual([true, '']);
  await other.end();
  await end();
});

test('filters, values, subscriptions and ids beyond the limits are CLOSED', async () => {
  const { client, end } = await limited({ maxFilters: 2, maxFilterValues: 10, maxSubscriptions: 3 });
  expect(await client.refusal('a', {}, {}, {})).toMatch(/^invalid: at most 2 filters/);
  expect(await client.refusal('b', kinds(6), kinds(5))).toMatch(/^rate-limited: .*10 values/);
  await client.subscribe('c', kinds(8));
  expect(await client.refusal('d', kinds(3))).toMatch(/^rate-limited: .*10 values/);
  await client.subscribe('e', kinds(2));
  client.say('CLOSE', 'c');
  await client.subscribe('f', kinds(8));
  await client.subscribe('g', {});
  expect(await client.refusal('h', {})).toMatch(/^rate-limited: at most 3/);
  client.say('CLOSE', 'g');
  await client.subscribe('i', {});
  await end();
});

test('a filter gets at most as many results as the limit, also when it asks for more', async () => {
  const { client, end } = await limited({ maxResults: 3 });
  for (let n = 0; n < 5; n += 1) await client.publish(sign({ content: String(n) }, key));
  expect(await client.query({ limit: 5 })).toHaveLength(3);
  expect(await client.query({})).toHaveLength(3);
  await end();
});

test('events and requests beyond the rate are rate-limited until time has passed', async () => {
  const { client, clock, end } = await limited({
    eventsPerSecond: 2,
    eventBurst: 3,
    requestsPerSecond: 1,
    requestBurst: 2,
  });
  const publish = async (n: number) =>
    (await client.publish(sign({ content: String(n) }, key)))[1].split(':')[0];
  const answers = [];
  for (let n = 0; n < 4; n += 1) answers.push(await publish(n));
  expect(answers).toEqual(['', '', '', 'rate-limited']);
  clock.now += 1;
  expect([await publish(4), await publish(5), await publish(6)]).toEqual(['', '', 'rate-limited']);
  await client.query({ limit: 1 });
  await client.query({ limit: 1 });
  expect(await client.refusal('too-many', {})).toMatch(/^rate-limited: /);
  clock.now += 1;
  await client.query({ limit: 1 });
  await end();
});

test('connections beyond the limit are told to try later; a free place is given away again', async () => {
  const { relay, client, end } = await limited({ maxConnections: 2 });
  const second = await RelayClient.connect(relay.url);
  const third = new RelayClient(new WebSocket(relay.url));
  expect(await third.closed).toMatchObject({ code: 1013 });
  await second.end();
  await expect.poll(() => relay.stats().connections).toBe(1);
  const fourth = await RelayClient.connect(relay.url);
  await fourth.publish(sign({}, key));
  await fourth.end();
  await client.publish(sign({ content: '2' }, key));
  await end();
});

test('events that wait for verification are bounded, and accepted again when the queue is empty', async () => {
  const gate = Promise.withResolvers<boolean>();
  const relay = await startRelay({ verify: () => gate.promise, limits: { maxPendingBytes: 5_000 } });
  const client = await RelayClient.connect(relay.url);
  const events = Array.from({ length: 10 }, (_, n) => sign({ content: String(n) }, key));
  for (const event of events) client.say('EVENT', event);
  await client.hears(isBusy);
  gate.resolve(true);
  await client.hearsMany(10, ([verb]) => verb === 'OK');
  const refused = client.heard.filter(isBusy).map(([, id]) => id);
  expect(refused.length).toBeGreaterThan(0);
  expect(refused.length).toBeLessThan(10);
  expect(relay.stats().pendingBytes).toBe(0);
  expect(await client.publish(events[9] ?? { id: '' })).toEqual([true, '']);
  await client.end();
  await relay.close();
});

test('a verifier that fails refuses the event as error and spares the rest', async () => {
  const relay = await startRelay({
    verify: ({ content }) =>
      content === 'boom' ? Promise.reject(new Error('worker lost')) : Promise.resolve(true),
  });
  const client = await RelayClient.connect(relay.url);
  expect(await client.publish(sign({ content: 'boom' }, key))).toEqual([
    false,
    expect.stringMatching(/^error: /),
  ]);
  expect(await client.publish(sign({}, key))).toEqual([true, '']);
  await client.end();
  await relay.close();
});

test('a subscriber that stops reading is closed, and the others get everything', async () => {
  const relay = await startRelay({
    verify: () => Promise.resolve(true),
    limits: { maxBufferedBytes: 200_000 },
  });
  const [slow, fast, writer] = await Promise.all([1, 2, 3].map(() => RelayClient.connect(relay.url)));
  if (!slow || !fast || !writer) throw new Error('unreachable');
  for (const reader of [slow, fast]) await reader.subscribe('all', {});
  slow.socket.pause();
  const event = sign({ content: 'x'.repeat(100_000) }, key);
  let n = 0;
  // The kernel's buffers of both sides come on top of what the relay holds.
  while (relay.stats().connections === 3 && n < 1_000) {
    n += 1;
    await writer.publish({ ...event, id: n.toString(16).padStart(64, '0') });
  }
  expect(relay.stats().connections).toBe(2);
  await fast.hearsMany(n, ([verb]) => verb === 'EVENT');
  slow.socket.resume();
  await slow.closed;
  await Promise.all([fast.end(), writer.end()]);
  await relay.close();
});

test('stored results go at the pace of their reader and are complete', async () => {
  const relay = await startRelay({
    verify: () => Promise.resolve(true),
    limits: { maxBufferedBytes: 200_000 },
  });
  const writer = await RelayClient.connect(relay.url);
  const event = sign({ content: 'x'.repeat(50_000) }, key);
  for (let n = 0; n < 400; n += 1) await writer.publish({ ...event, id: n.toString(16).padStart(64, '0') });
  const reader = await RelayClient.connect(relay.url);
  reader.socket.pause();
  reader.say('REQ', 'all', {});
  await expect.poll(() => relay.stats().subscriptions).toBe(1);
  // 20 MB are more than the relay and the kernel hold: the answer cannot be under way as a whole.
  const live = sign({ content: 'live' }, key);
  await writer.publish(live);
  expect(relay.stats().connections).toBe(2);
  reader.socket.resume();
  await reader.hearsEvent('all', live.id);
  expect(reader.events('all')).toHaveLength(401);
  expect(reader.heard.at(-2)).toEqual(['EOSE', 'all']);
  await Promise.all([reader.end(), writer.end()]);
  await relay.close();
});

test('a reader that takes nothing of its stored results is closed after the bound', async () => {
  const relay = await startRelay({
    verify: () => Promise.resolve(true),
    limits: { maxBufferedBytes: 200_000, maxStallMs: 50 },
  });
  const writer = await RelayClient.connect(relay.url);
  const event = sign({ content: 'x'.repeat(50_000) }, key);
  for (let n = 0; n < 400; n += 1) await writer.publish({ ...event, id: n.toString(16).padStart(64, '0') });
  const reader = await RelayClient.connect(relay.url);
  reader.socket.pause();
  reader.say('REQ', 'all', {});
  await expect.poll(() => relay.stats().connections, { timeout: 20_000 }).toBe(1);
  reader.socket.resume();
  await reader.closed;
  await writer.end();
  await relay.close();
});

test('a flood of garbage ends its connection and harms nobody', async () => {
  const { relay, client, end } = await limited({});
  const deep = '['.repeat(100_000);
  const garbage = [
    'nonsense',
    '{}',
    'null',
    '[]',
    '[1]',
    '["EVENT"]',
    '["EVENT",null]',
    '["EVENT",[]]',
    '["REQ"]',
    '["REQ",{}]',
    '["AUTH"]',
    '["AUTH",{"id":7}]',
    '["CLOSE"]',
    '["COUNT",""]',
    '["NOPE"]',
    deep,
    `${deep}${']'.repeat(100_000)}`,
    `["EVENT",${deep}${']'.repeat(100_000)}]`,
    `["REQ","s",${deep}${']'.repeat(100_000)}]`,
    '\u0000',
  ];
  const hostile = await RelayClient.connect(relay.url);
  for (const text of garbage) hostile.socket.send(text);
  hostile.socket.send(randomBytes(1_000));
  hostile.socket.send(randomBytes(1_000).toString('latin1'));
  // Each gets its NOTICE, but for the well-formed REQ with a senseless filter, which gets CLOSED.
  await hostile.hearsMany(garbage.length + 2, ([verb]) => verb === 'NOTICE' || verb === 'CLOSED');
  for (let n = 0; n < 100; n += 1) hostile.socket.send('nonsense');
  expect(await hostile.closed).toMatchObject({ code: 1008 });
  expect(await client.publish(sign({}, key))).toEqual([true, '']);
  await end();
});
