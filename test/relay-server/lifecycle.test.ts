import { createServer } from 'node:http';
import { once } from 'node:events';
import { expect, test } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import { startRelayServer } from '../../src/relay-server/index.ts';
import { newKey, RelayClient, sign, startRelay } from './relay-client.ts';

const key = newKey();

/** The HTTP status with which an upgrade is refused. */
const status = (url: string) =>
  new Promise((resolve) =>
    new WebSocket(url)
      .once('unexpected-response', (_, response) => resolve(response.statusCode))
      .once('error', resolve),
  );

test('a taken port fails with a code, and the port is free again after close', async () => {
  const relay = await startRelay();
  const port = Number(new URL(relay.url).port);
  const options = { databasePath: ':memory:', verify: () => Promise.resolve(true), port };
  expect(await startRelayServer(options)).toMatchObject({
    ok: false,
    failure: { code: 'port-taken', data: { port } },
  });
  await relay.close();
  const again = await startRelay({ port });
  expect(again.url).toBe(relay.url);
  await again.close();
});

test('the relay shares an HTTP server on its path and leaves the rest to others', async () => {
  const server = createServer((_, response) => response.end('the page'));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
  const relay = await startRelay({ server, urlPath: '/relay' });
  const base = relay.url.slice(0, -'/relay'.length);
  expect(await (await fetch(base.replace('ws', 'http'))).text()).toBe('the page');
  expect(await status(`${base}/other`)).toBe(404);
  expect(await status(`${base}/relay/more`)).toBe(404);

  const sockets = new WebSocketServer({ noServer: true });
  server.on('upgrade', (request, stream, head) => {
    if (request.url === '/other')
      sockets.handleUpgrade(request, stream, head, (socket) => socket.send('["OTHER"]'));
  });
  const other = await RelayClient.connect(`${base}/other`);
  await other.hears(([verb]) => verb === 'OTHER');
  const client = await RelayClient.connect(`${relay.url}?token=x`);
  expect(await client.publish(sign({}, key))).toEqual([true, '']);
  expect(await client.authenticate(key, relay.url)).toEqual([true, '']);

  await relay.close();
  expect(await client.closed).toMatchObject({ code: 1001 });
  expect(server.listening).toBe(true);
  await other.end();
  server.close();
  await once(server, 'close');
});

test('close answers what was taken, closes every connection and can be called twice', async () => {
  const gate = Promise.withResolvers<boolean>();
  const relay = await startRelay({ verify: () => gate.promise });
  const [client, idle, deaf] = await Promise.all([1, 2, 3].map(() => RelayClient.connect(relay.url)));
  if (!client || !idle || !deaf) throw new Error('unreachable');
  deaf.socket.pause(); // never answers the close frame
  const event = sign({}, key);
  client.say('EVENT', event);
  await expect.poll(() => relay.stats().pendingBytes).toBeGreaterThan(0);
  const closing = Promise.all([relay.close(), relay.close()]);
  gate.resolve(true);
  await closing;
  expect(await client.closed).toMatchObject({ code: 1001 });
  expect(await idle.closed).toMatchObject({ code: 1001 });
  expect(client.heard).toContainEqual(['OK', event.id, true, '']);
  expect(relay.stats()).toMatchObject({ connections: 0, subscriptions: 0, pendingBytes: 0 });
  deaf.socket.resume();
  await deaf.closed;
});

test('a paused relay accepts connections and says nothing; resumed, it answers everything', async () => {
  const relay = await startRelay();
  const [reader, writer] = [await RelayClient.connect(relay.url), await RelayClient.connect(relay.url)];
  await reader.subscribe('live', { kinds: [1] });
  await writer.hears(([verb]) => verb === 'AUTH');
  relay.pause();
  const late = await RelayClient.connect(relay.url);
  const event = sign({}, key);
  writer.say('EVENT', event);
  late.say('REQ', 's', { kinds: [1] });
  const before = [reader, writer].map(({ heard }) => heard.length);
  // Another relay in the same process does all of this meanwhile: enough time to have answered.
  const other = await startRelay();
  const there = await RelayClient.connect(other.url);
  for (let n = 0; n < 20; n += 1) await there.publish(sign({ content: String(n) }, key));
  expect([reader, writer].map(({ heard }) => heard.length)).toEqual(before);
  expect(late.heard).toEqual([]);
  expect(relay.stats()).toMatchObject({ accepted: 0, connections: 3 });
  relay.resume();
  await writer.hears(([verb, id]) => verb === 'OK' && id === event.id);
  await reader.hearsEvent('live', event.id);
  await late.hearsEvent('s', event.id);
  await Promise.all([reader, writer, late, there].map((client) => client.end()));
  await Promise.all([relay.close(), other.close()]);
});

test('dropped connections end without a close frame, also paused ones, and clients may come back', async () => {
  const relay = await startRelay();
  const clients = [await RelayClient.connect(relay.url), await RelayClient.connect(relay.url)];
  await clients[0]?.subscribe('s', {});
  relay.pause();
  expect(relay.dropConnections()).toBe(2);
  for (const client of clients) expect(await client.closed).toEqual({ code: 1006, reason: '' });
  await expect.poll(() => relay.stats()).toMatchObject({ connections: 0, subscriptions: 0 });
  relay.resume();
  const again = await RelayClient.connect(relay.url);
  expect(await again.publish(sign({}, key))).toEqual([true, '']);
  await again.end();
  await relay.close();
});

test('a paused relay can be closed', async () => {
  const relay = await startRelay();
  const client = await RelayClient.connect(relay.url);
  relay.pause();
  await relay.close();
  expect(await client.closed).toMatchObject({ code: 1001 });
});
