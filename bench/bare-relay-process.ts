/**
 * The baseline: a relay that only passes on. It verifies nothing and stores nothing, and its subscriptions
 * know `kinds` only.
 */
import { once } from 'node:events';
import { WebSocketServer, type WebSocket } from 'ws';
import type { Filter, NostrEvent } from '../src/protocol/index.ts';
import { serveParent } from './parent.ts';

const subscriptions = new Map<WebSocket, { readonly id: string; readonly kinds: readonly number[] }>();
const server = new WebSocketServer({ host: '127.0.0.1', port: 0, perMessageDeflate: false });
server.on('connection', (socket) => {
  socket.on('message', (data: Buffer) => onMessage(socket, data.toString()));
  socket.on('close', () => subscriptions.delete(socket));
});
await once(server, 'listening');
const address = server.address();
if (address === null || typeof address === 'string') throw new Error('the bare relay has no port');

serveParent({
  facts: `ws://127.0.0.1:${address.port}/`,
  commands: {},
  close: async () => {
    for (const socket of server.clients) socket.terminate();
    server.close();
    await once(server, 'close');
  },
});

function onMessage(socket: WebSocket, text: string): void {
  const message: ['EVENT', NostrEvent] | ['REQ', string, Filter] = JSON.parse(text);
  if (message[0] === 'REQ') {
    subscriptions.set(socket, { id: message[1], kinds: message[2].kinds ?? [] });
    socket.send(JSON.stringify(['EOSE', message[1]]));
    return;
  }
  const event = message[1];
  socket.send(JSON.stringify(['OK', event.id, true, '']));
  for (const [subscriber, { id, kinds }] of subscriptions)
    if (kinds.includes(event.kind)) subscriber.send(JSON.stringify(['EVENT', id, event]));
}
