import { once } from 'node:events';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { SELF_SIGNED } from '../../test/fixtures/self-signed.ts';
import { fetchTrusting } from './node.ts';
import { connectWalletServer, type WalletServer } from './wallet-server.ts';

const PATIENT = { timeoutMs: 20_000, signal: undefined };
const ASK = { path: '/ask' };

let server: Server;
let port: number;
beforeEach(async () => {
  server = createServer(SELF_SIGNED, (request, response) => {
    if (request.url === '/none') response.writeHead(204).end();
    else if (request.url === '/moved') response.writeHead(302, { location: '/ask' }).write('unfinished');
    else if (request.url === '/broken') {
      response.writeHead(200).write('{"half":');
      setImmediate(() => response.destroy());
    } else if (request.method === 'POST') request.pipe(response);
    else response.end('{"first":true}\n{"last":true}\n');
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  ({ port } = server.address() as AddressInfo);
});
afterEach(async () => {
  server.close();
  server.closeAllConnections();
  await once(server, 'close');
});

function connect(options: { readonly host?: string; readonly trusting?: boolean } = {}): WalletServer {
  const { host = '127.0.0.1', trusting = true } = options;
  return connectWalletServer({
    url: `https://${host}:${port}`,
    headers: {},
    fetch: trusting ? fetchTrusting(SELF_SIGNED.cert) : undefined,
    signal: new AbortController().signal,
  });
}

test('trusts the certificate it was given, and streams through it', async () => {
  const body = { amount: '21' };
  expect(await connect().call({ ...ASK, body }, PATIENT)).toEqual({ ok: true, value: { status: 200, body } });
  const last = await connect().stream(ASK, PATIENT, (message) => message['last']);
  expect(last).toMatchObject({ ok: true, value: { taken: true } });
});

test.each(['/none', '/moved'])('leaves alone an answer that nobody reads: %s', async (path) => {
  const answer = await connect().call({ path }, PATIENT);
  expect(answer).toMatchObject({ failure: { code: 'wallet-internal' } });
});

test('tells a connection that broke off as fetch does', async () => {
  const broken = await connect().call({ path: '/broken' }, PATIENT);
  expect(broken).toMatchObject({ failure: { code: 'wallet-unreachable' } });
});

test('trusts it for the names in it only, and fetch does not trust it at all', async () => {
  const elsewhere = await connect({ host: '127.0.0.2' }).call(ASK, PATIENT);
  expect(elsewhere).toMatchObject({ failure: { code: 'wallet-unreachable' } });
  const plain = await connect({ trusting: false }).call(ASK, PATIENT);
  expect(plain).toMatchObject({
    failure: { code: 'wallet-unreachable', data: { reason: 'DEPTH_ZERO_SELF_SIGNED_CERT' } },
  });
});

test('ends with its signal', async () => {
  const aborted = await connect().call(ASK, { ...PATIENT, signal: AbortSignal.abort() });
  expect(aborted).toMatchObject({ failure: { code: 'wallet-timeout' } });
});
