import { expect, test } from 'vitest';
import { clientTurns } from './client-turns.ts';

test('each client has its own count, which begins anew with each minute', () => {
  let now = 120;
  const take = clientTurns(2, () => now);
  expect([take('a'), take('a'), take('a'), take('b')]).toEqual([0, 0, 60, 0]);
  now = 179;
  expect(take('a')).toBe(1);
  now = 180;
  expect(take('a')).toBe(0);
});

test('one subscriber of IPv6 is one client', () => {
  const take = clientTurns(1, () => 0);
  expect([take('2001:db8:1:2:3:4:5:6'), take('2001:db8:1:2::1'), take('2001:db8:1:3::1')]).toEqual([
    0, 60, 0,
  ]);
  expect([take('2001:db8::1'), take('2001:db8:0:0:9::'), take('::1')]).toEqual([0, 60, 0]);
  expect([take('::ffff:1.2.3.4'), take('::ffff:1.2.3.5')]).toEqual([0, 0]);
});

test('a flood of addresses fills no memory: those that are new wait', () => {
  const take = clientTurns(1, () => 0);
  for (let client = 0; client < 20_000; client++) take(String(client));
  expect(take('one more')).toBe(60);
});
