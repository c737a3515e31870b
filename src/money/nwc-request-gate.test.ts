import { expect, test } from 'vitest';
import type { NostrEvent } from '../protocol/index.ts';
import { createRequestGate, isExpiredRequest } from './nwc-request-gate.ts';

const clientPubkey = 'aa'.repeat(32);
const request = (changes: Partial<NostrEvent> = {}): NostrEvent => ({
  id: '01'.repeat(32),
  pubkey: clientPubkey,
  created_at: 1_000,
  kind: 23194,
  tags: [],
  content: '',
  sig: '02'.repeat(64),
  ...changes,
});
const numbered = (index: number) => request({ id: index.toString(16).padStart(64, '0') });
const connections = [{ clientPubkey }];

test('lets a request of a known client through once', () => {
  const admit = createRequestGate({ connections, now: () => 1_000 });
  expect(admit(request())).toEqual({ clientPubkey });
  expect(admit(request())).toBeNull();
  expect(admit(request({ id: '03'.repeat(32) }))).toEqual({ clientPubkey });
});

test.each([
  ['a stranger', request({ pubkey: 'bb'.repeat(32) })],
  ['another kind', request({ kind: 23195 })],
  ['more than two minutes ago', request({ created_at: 879 })],
  ['more than two minutes ahead', request({ created_at: 1_121 })],
])('keeps out %s', (_title, event) => {
  expect(createRequestGate({ connections, now: () => 1_000 })(event)).toBeNull();
});

test('remembers a bounded number of requests, the newest', () => {
  const admit = createRequestGate({ connections, now: () => 1_000 });
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
