import { expect, test } from 'vitest';
import { isPayableUrl } from './payable-url.ts';

test.each([
  ['https://example.com', true, true],
  ['http://example.com', false, false],
  ['http://127.0.0.1:80', true, false],
  ['http://[::1]', true, false],
  ['http://localhost', true, false],
  ['http://127.0.0.1.example.com', false, false],
  ['http://localhost.example.com', false, false],
  ['ftp://localhost', false, false],
])('money over %s: play %s, real %s', (text, play, real) => {
  const url = new URL(text);
  expect([isPayableUrl(url, 'regtest'), isPayableUrl(url, 'bitcoin')]).toEqual([play, real]);
});
