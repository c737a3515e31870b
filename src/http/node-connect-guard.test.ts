import { lookup } from 'node:dns';
import { expect, test } from 'vitest';
import { guardConnect } from './node.ts';

test.each([
  ['ws://127.0.0.1:7777', 'url-private'],
  ['wss://[::1]/', 'url-private'],
  ['ws://10.0.0.1', 'url-private'],
  ['wss://169.254.169.254/latest', 'url-private'],
  ['ws://localhost:80', 'url-private'],
  ['wss://user:pass@relay.example', 'url-invalid'],
  ['ftp://relay.example', 'url-invalid'],
])('%s is refused: %s', (url, code) => {
  expect(guardConnect(url, [])).toMatchObject({ ok: false, failure: { code } });
});

test('a host that is allowed is resolved as ever', () => {
  expect(guardConnect('ws://127.0.0.1:7777', ['127.0.0.1:7777'])).toEqual({ ok: true, value: null });
  expect(guardConnect('wss://127.0.0.1', ['127.0.0.1:443'])).toEqual({ ok: true, value: null });
  expect(guardConnect('ws://127.0.0.1:7778', ['127.0.0.1:7777'])).toMatchObject({ ok: false });
});

test('a name that leads to a private address finds nothing', async () => {
  const guarded = guardConnect('wss://relay.example', []);
  const resolve = guarded.ok ? guarded.value : null;
  if (resolve === null) throw new Error('It is not guarded.');
  const localhost = await new Promise<string[]>((found) =>
    lookup('localhost', { all: true }, (_error, records) => found(records.map(({ address }) => address))),
  );
  expect(localhost.length).toBeGreaterThan(0);
  const error = await new Promise((told) => resolve('localhost', { all: true }, (problem) => told(problem)));
  expect(error).toMatchObject({ message: 'localhost is not a public address.' });
});
