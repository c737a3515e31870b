import { expect, test } from 'vitest';
import type { NostrEvent } from '../protocol/index.ts';
import { createRequestGate, createRequestMeter, isExpiredRequest } from './nwc-request-gate.ts';

const clientPubkey = 'aa'.repeat(32);
const servicePubkey = 'cc'.repeat(32);
const served = { clientPubkey, servicePubkey };
const gateAt = (now: number) =>
  createRequestGate({
    served: (pubkey) => (pubkey === clientPubkey ? served : undefined),
    now: () => now,
  });
const request = (changes: Partial<NostrEvent> = {}): NostrEvent => ({
  id: '01'.repeat(32),
  pubkey: clientPubkey,
  created_at: 1_000,
  kind: 23194,
  tags: [['p', servicePubkey]],
  content: '',
  sig: '02'.repeat(64),
  ...changes,
});
const numbered = (index: number) => request({ id: index.toString(16).padStart(64, '0') });

test('lets a request of a known client through once', () => {
  const admit = gateAt(1_000);
  expect(admit(request())).toEqual(served);
  expect(admit(request())).toBeNull();
  expect(admit(request({ id: '03'.repeat(32) }))).toEqual(served);
});

test.each([
  ['a stranger', request({ pubkey: 'bb'.repeat(32) })],
  ['a request to another wallet key', request({ tags: [['p', 'dd'.repeat(32)]] })],
  ['a request to nobody', request({ tags: [] })],
  ['another kind', request({ kind: 23195 })],
  ['more than two minutes ago', request({ created_at: 879 })],
  ['more than two minutes ahead', request({ created_at: 1_121 })],
])('keeps out %s', (_title, event) => {
  expect(gateAt(1_000)(event)).toBeNull();
});

test('remembers a bounded number of requests, the newest', () => {
  const admit = gateAt(1_000);
  for (let index = 0; index <= 10_000; index += 1) expect(admit(numbered(index))).not.toBeNull();
  expect(admit(numbered(10_000))).toBeNull();
  expect(admit(numbered(1))).toBeNull();
  expect(admit(numbered(0))).not.toBeNull();
});

test.each([
  [[], false],
  [[['expiration', '1000']], false],
  [[['expiration', '999']], true],
  [[['expiration', 'soon']], true],
  [[['expiration', '']], true],
])('a request with %j is expired: %s', (tags, expired) => {
  expect(isExpiredRequest(request({ tags }), 1_000)).toBe(expired);
});

test('the meter lets so many through a minute, refuses as many, then is silent until the next', () => {
  let now = 60_000;
  const meter = createRequestMeter({ requestsPerMinute: 2, now: () => now });
  const five = () => Array.from({ length: 5 }, meter);
  expect(five()).toEqual(['within', 'within', 'refused', 'refused', 'ignored']);
  now += 60;
  expect(five()).toEqual(['within', 'within', 'refused', 'refused', 'ignored']);
});
