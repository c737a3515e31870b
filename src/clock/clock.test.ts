import { getEventListeners } from 'node:events';
import { expect, test } from 'vitest';
import { pause, unixNow } from './index.ts';

test('a pause ends when its signal aborts, and leaves no listener behind', async () => {
  const stop = new AbortController();
  const paused = pause(1_000_000, stop.signal);
  stop.abort();
  await paused;
  expect(getEventListeners(stop.signal, 'abort')).toEqual([]);
});

test('a pause whose signal has aborted already ends at once', () => pause(1_000_000, AbortSignal.abort()));

test('a pause ends by itself', async () => {
  const { signal } = new AbortController();
  await pause(1, signal);
  expect(getEventListeners(signal, 'abort')).toEqual([]);
});

test('the clock is in whole seconds', () => {
  expect(Number.isInteger(unixNow())).toBe(true);
  expect(unixNow() * 1000).toBeLessThanOrEqual(Date.now());
});
