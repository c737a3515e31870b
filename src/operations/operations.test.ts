import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { boundedLabel } from './metrics/registry.ts';
import { onceIn } from './once-in.ts';
import { parseAdminAddress } from './operations.ts';

test.each([
  ['9464', '127.0.0.1', 9464],
  ['127.0.0.1:0', '127.0.0.1', 0],
  ['0.0.0.0:9464', '0.0.0.0', 9464],
  ['[::1]:65535', '::1', 65_535],
  ['coinop.internal:80', 'coinop.internal', 80],
])('%s is where pages are served', (text, host, port) => {
  expect(parseAdminAddress(text)).toEqual({ ok: true, value: { host, port } });
});

test.each([
  '',
  ':9464',
  '127.0.0.1',
  '127.0.0.1:65536',
  '::1:80',
  'a b:80',
  '127.0.0.1:80/x',
  'http://a:80',
  '-1',
])('an address such as "%s" is refused', (text) => {
  expect(parseAdminAddress(text)).toMatchObject({ ok: false, failure: { code: 'invalid-argument' } });
});

test('whatever others choose as a code, there are never more labels than a few', () => {
  fc.assert(
    fc.property(
      fc.array(fc.oneof(fc.string(), fc.stringMatching(/^[a-z][a-z0-9-]{0,20}$/)), { maxLength: 300 }),
      (codes) => {
        const label = boundedLabel();
        const labels = new Set(codes.map(label));
        expect(labels.size).toBeLessThanOrEqual(65);
        for (const each of labels) expect(each).toMatch(/^[a-z0-9][a-z0-9-]{0,63}$/);
        for (const each of labels) if (each !== 'other') expect(codes).toContain(each);
      },
    ),
  );
  const label = boundedLabel();
  expect(['handler-failed', 'Handler', 'x'.repeat(65), '', 'handler-failed'].map(label)).toEqual([
    'handler-failed',
    'other',
    'other',
    'other',
    'handler-failed',
  ]);
});

test('who asks again soon gets the same answer, and a look that broke is taken again', async () => {
  let looks = 0;
  const ask = onceIn(60_000, async () => {
    looks += 1;
    if (looks === 1) throw new Error('broken');
    return looks;
  });
  await expect(Promise.all([ask(), ask()])).rejects.toThrow('broken');
  expect(looks).toBe(1);
  expect(await Promise.all([ask(), ask(), ask()])).toEqual([2, 2, 2]);
  expect(await ask()).toBe(2);
});
