import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Filter, NostrEvent } from '../../src/protocol/index.ts';
import { startRelayServer, type RelayServer } from '../../src/relay-server/index.ts';
import { createRelayPool, type RelayLimits, type RelayPool, type Verifier } from '../../src/relays/index.ts';
import { createWorkerVerifier, NodeWebSocket } from '../../src/relays/node.ts';
import type { Signer } from '../../src/keys/index.ts';
import { newSigner, note, until } from './scripted-relay.ts';

const PRIVATE_KIND = 1059;
const now = Math.floor(Date.now() / 1000);

let verifier: Verifier;
let relay: RelayServer;
let stop: AbortController;
let pools: RelayPool[];

beforeEach(async () => {
  verifier = createWorkerVerifier({ workers: 1 });
  const started = await startRelayServer({
    databasePath: ':memory:',
    verify: (event) => verifier.verify(event),
    privateKinds: [PRIVATE_KIND],
    limits: { maxSubscriptions: 20 },
  });
  if (!started.ok) throw new Error(started.failure.message);
  relay = started.value;
  stop = new AbortController();
  pools = [];
});
afterEach(async () => {
  stop.abort();
  for (const pool of pools) await pool.close();
  await relay.close();
  await verifier.close();
});

function open(limits: Partial<RelayLimits> = {}, signer?: Signer): RelayPool {
  const pool = createRelayPool({
    verifier,
    WebSocket: NodeWebSocket,
    limits: { minBackoffMs: 20, maxBackoffMs: 50, ...limits },
    ...(signer ? { signer } : {}),
  });
  pools.push(pool);
  return pool;
}

function follow(pool: RelayPool, filter: Filter, signal = stop.signal) {
  const heard = { got: new Array<NostrEvent>(), eoses: 0, refusals: new Array<string>() };
  const answered = pool.subscribe({
    relays: [relay.url],
    filters: [filter],
    onEvent: (event) => heard.got.push(event),
    onEose: () => (heard.eoses += 1),
    onClosed: (_relay, message) => heard.refusals.push(message),
    signal,
  });
  return Object.assign(heard, { answered });
}

test('events are accepted once, and forged ones refused', async () => {
  const pool = open();
  const event = await note({ created_at: now });
  expect(await pool.publish(event, [relay.url])).toMatchObject([{ outcome: 'accepted' }]);
  expect(await pool.publish(event, [relay.url])).toMatchObject([{ outcome: 'duplicate' }]);
  const forged = { ...(await note({ created_at: now, content: 'signed' })), content: 'forged' };
  expect(await pool.publish(forged, [relay.url])).toMatchObject([{ outcome: 'refused' }]);
  expect(await pool.query([relay.url], [{ kinds: [1] }])).toEqual([event]);
});

test('a subscriber misses nothing of a busy feed although its connection keeps breaking', async () => {
  const heard = follow(open(), { kinds: [1], limit: 0 });
  await heard.answered;
  const publisher = open();
  const events = await Promise.all(
    Array.from({ length: 300 }, (_, index) => note({ created_at: now - (index % 60), content: `${index}` })),
  );
  for (const [index, event] of events.entries()) {
    await publisher.publish(event, [relay.url]);
    if (index % 60 === 30) relay.dropConnections();
  }
  await until(() => heard.got.length >= events.length);
  expect(new Set(heard.got.map(({ id }) => id))).toEqual(new Set(events.map(({ id }) => id)));
  expect(heard.got).toHaveLength(events.length);
});

test('a subscriber catches up with a relay that hung', async () => {
  const heard = follow(open({ quietMs: 20, probeTimeoutMs: 20, connectTimeoutMs: 500 }), { kinds: [1] });
  await heard.answered;
  relay.pause();
  const event = await note({ created_at: now });
  const published = open().publish(event, [relay.url]);
  await until(() => heard.eoses === 1 && relay.stats().connections > 2);
  relay.resume();
  expect(await published).toMatchObject([{ outcome: 'accepted' }]);
  await until(() => heard.got.length === 1);
});

test('what only its addressee may read is served after NIP-42', async () => {
  const addressee = newSigner();
  const wrap = await note({ kind: PRIVATE_KIND, created_at: now, tags: [['p', addressee.pubkey]] });
  await open().publish(wrap, [relay.url]);
  const filter = { kinds: [PRIVATE_KIND], '#p': [addressee.pubkey] };
  const known = follow(open({}, addressee), filter);
  const unknown = follow(open(), filter);
  await Promise.all([known.answered, unknown.answered]);
  expect(known).toMatchObject({ got: [wrap], refusals: [] });
  expect(unknown).toMatchObject({ got: [], refusals: [expect.stringMatching(/^auth-required:/)] });
});

test('subscriptions beyond what the relay allows wait for their turn', async () => {
  const pool = open();
  const early = new AbortController();
  const first = Array.from({ length: 20 }, () => follow(pool, { kinds: [1] }, early.signal));
  await Promise.all(first.map(({ answered }) => answered));
  const late = Array.from({ length: 5 }, () => follow(pool, { kinds: [1] }));
  await Promise.all(late.map(({ answered }) => answered));
  expect(late.every(({ eoses }) => eoses === 0)).toBe(true);
  early.abort();
  await until(() => late.every(({ eoses }) => eoses === 1));
});
