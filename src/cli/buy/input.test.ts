import { PassThrough } from 'node:stream';
import { expect, test } from 'vitest';
import { readBuyInput } from './input.ts';

test('an interruption ends the wait for stdin', async () => {
  const stopping = new AbortController();
  const stdin = new PassThrough();
  stdin.write('the beginning of a text');
  const reading = readBuyInput('-', stdin, stopping.signal);
  stopping.abort();
  expect(await reading).toMatchObject({ ok: false, failure: { code: 'interrupted' } });
  expect(stdin.destroyed).toBe(true);
});

test('stdin is read to its end, and not beyond what relays take', async () => {
  const { signal } = new AbortController();
  const words = new PassThrough();
  words.end('a red fox');
  expect(await readBuyInput('-', words, signal)).toMatchObject({ ok: true, value: { data: 'a red fox' } });
  const flood = new PassThrough();
  flood.end('x'.repeat(1_000_000));
  expect(await readBuyInput('-', flood, signal)).toMatchObject({
    ok: false,
    failure: { code: 'input-too-large' },
  });
});
