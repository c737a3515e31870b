import { afterEach, beforeEach, expect, test } from 'vitest';
import {
  answerFilter,
  buildCancellation,
  buildFirstDraftRequest,
  buildResult,
  orThrow,
  requestFilters,
  type EventTemplate,
  type NostrEvent,
} from '../../src/protocol/index.ts';
import type { RelayServer } from '../../src/relay-server/index.ts';
import { newKey, nowS, RelayClient, sign, startRelay } from './relay-client.ts';

let relay: RelayServer;
let client: RelayClient;
let clock = nowS();
const [customer, provider] = [newKey(), newKey()];

function signed({ kind, created_at, tags, content }: EventTemplate, key: Uint8Array): NostrEvent {
  return sign({ kind, created_at, content, tags: tags.map((tag) => [...tag]) }, key);
}

function request(kind: number, more: { expiresAt?: number; identifier?: string; content?: string } = {}) {
  const wish = { kind, inputs: [], params: new Map(), outputs: [], relays: [], createdAt: clock };
  return signed(orThrow(buildFirstDraftRequest({ ...wish, ...more })), customer);
}

beforeEach(async () => {
  clock = nowS();
  relay = await startRelay({ now: () => clock });
  client = await RelayClient.connect(relay.url);
});
afterEach(async () => {
  await client.end();
  await relay.close();
});

test('a job of the first draft is taken, found by its type, answered and withdrawn', async () => {
  const wanted = requestFilters({ kinds: [5001], dialects: ['first-draft'], since: clock - 60 });
  await client.subscribe('provider', ...wanted);
  const job = request(5001);
  await client.subscribe('customer', answerFilter(job));
  expect(await client.publish(job)).toEqual([true, '']);
  expect(await client.publish(request(5002))).toEqual([true, '']);
  const result = signed(buildResult({ request: job, content: 'short', createdAt: clock }), provider);
  expect(await client.publish(result)).toEqual([true, '']);
  await client.hearsEvent('customer', result.id);
  expect(client.events('provider')).toEqual([job]);
  expect(await client.query(...wanted)).toEqual([job]);
  expect(await client.query(answerFilter(job))).toEqual([result]);

  const withdrawal = signed(
    buildCancellation({ requestId: job.id, requestKind: job.kind, createdAt: clock }),
    customer,
  );
  expect(await client.publish(withdrawal)).toEqual([true, '']);
  await client.hearsEvent('provider', withdrawal.id);
  expect(await client.query(...wanted)).toEqual([withdrawal]);
});

test('its kinds are regular: two jobs of one name are both kept', async () => {
  const jobs = ['one', 'two'].map((content) => request(5001, { identifier: 'x', content }));
  for (const job of jobs) expect(await client.publish(job)).toEqual([true, '']);
  const found = await client.query({ kinds: [68_001], '#d': ['x'] });
  expect(new Set(found.map(({ id }) => id))).toEqual(new Set(jobs.map(({ id }) => id)));
});

test('NIP-40 counts for it as well', async () => {
  const job = request(5001, { expiresAt: clock + 10 });
  await client.publish(job);
  expect(await client.query({ kinds: [68_001] })).toEqual([job]);
  clock += 20;
  expect(await client.query({ kinds: [68_001] })).toEqual([]);
});

test('kinds beyond what an event can hold are refused, in events and in filters', async () => {
  const { id } = request(5001);
  expect(await client.publish({ ...request(5001), id, kind: 2 ** 32 } as NostrEvent)).toEqual([
    false,
    expect.stringContaining('invalid:') as string,
  ]);
  expect(await client.refusal('x', { kinds: [2 ** 32] })).toContain('invalid: kinds');
});
