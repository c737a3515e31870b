import { matchFilters, type Filter as LibraryFilter } from 'nostr-tools/filter';
import { vi } from 'vitest';
import { WebSocketServer, type WebSocket } from 'ws';
import { generateSecretKey, type Signer } from '../../src/keys/index.ts';
import { fastSecretKeySigner } from '../../src/keys/node.ts';
import { orThrow, parseEvent, type EventTemplate, type NostrEvent } from '../../src/protocol/index.ts';

/** One client of a scripted relay. */
interface Client {
  say(...message: unknown[]): void;
  sayRaw(frame: string | Uint8Array): void;
  /** Cuts the connection without a goodbye. */
  cut(): void;
  /** Stops reading from the client and answering its pings and closes. */
  freeze(): void;
}

/** What the relay does with a message instead of behaving; `honestly` lets it behave after all. */
type Script = (client: Client, message: readonly unknown[], honestly: () => void) => void;

/** A relay on a real socket that behaves like one until a test tells it otherwise. */
export interface ScriptedRelay {
  readonly url: string;
  /** Every message of every client, oldest first. */
  readonly heard: readonly (readonly unknown[])[];
  readonly stored: NostrEvent[];
  /** Connections accepted so far, and open now. */
  readonly connections: { accepted: number; open: number };
  script: Script;
  onConnect: (client: Client) => void;
  /** Stores the event and sends it to the subscriptions that match. */
  accept(event: NostrEvent): void;
  /** Messages of this type so far. */
  heardOf(type: string): (readonly unknown[])[];
  /** Cuts all connections and refuses new ones until `start`. */
  stop(): Promise<void>;
  start(): Promise<void>;
  cutAll(): void;
}

const running = new Set<ScriptedRelay>();

/** Ends every relay that the test started. */
export async function stopScriptedRelays(): Promise<void> {
  await Promise.all([...running].map((relay) => relay.stop()));
  running.clear();
}

export async function startScriptedRelay(): Promise<ScriptedRelay> {
  const subscriptions = new Map<WebSocket, Map<string, LibraryFilter[]>>();
  const heard: unknown[][] = [];
  let server: WebSocketServer | null = null;
  let port = 0;

  const behave = (socket: WebSocket, message: unknown[]) => {
    const say = (...answer: unknown[]) => socket.send(JSON.stringify(answer));
    const [type, first, ...rest] = message;
    if (type === 'EVENT') {
      const event = orThrow(parseEvent(first));
      const known = relay.stored.some(({ id }) => id === event.id);
      if (!known) relay.accept(event);
      say('OK', event.id, true, known ? 'duplicate: already have this event' : '');
    } else if (type === 'REQ' && typeof first === 'string') {
      const filters = rest.filter((filter): filter is LibraryFilter => typeof filter === 'object');
      subscriptions.get(socket)?.set(first, filters);
      for (const event of storedFor(relay.stored, filters)) say('EVENT', first, event);
      say('EOSE', first);
    } else if (type === 'CLOSE' && typeof first === 'string') subscriptions.get(socket)?.delete(first);
  };
  const relay: ScriptedRelay = {
    url: '',
    heard,
    stored: [],
    connections: { accepted: 0, open: 0 },
    script: (_client, _message, honestly) => honestly(),
    onConnect: () => undefined,
    accept: (event) => {
      relay.stored.push(event);
      for (const [socket, asked] of subscriptions)
        for (const [id, filters] of asked)
          if (matchFilters(filters, libraryEvent(event))) socket.send(JSON.stringify(['EVENT', id, event]));
    },
    heardOf: (type) => heard.filter((message) => message[0] === type),
    cutAll: () => {
      for (const socket of subscriptions.keys()) socket.terminate();
    },
    stop: async () => {
      const stopping = server;
      server = null;
      relay.cutAll();
      if (stopping) await new Promise((resolve) => stopping.close(resolve));
    },
    start: async () => {
      const starting = new WebSocketServer({ port, host: '127.0.0.1' });
      server = starting;
      starting.on('connection', (socket) => {
        subscriptions.set(socket, new Map());
        relay.connections.accepted += 1;
        relay.connections.open += 1;
        socket.on('error', () => undefined);
        socket.on('close', () => {
          subscriptions.delete(socket);
          relay.connections.open -= 1;
        });
        socket.on('message', (data: Buffer) => {
          const message: unknown = JSON.parse(data.toString());
          if (!Array.isArray(message)) throw new Error('a client sends arrays');
          heard.push(message);
          relay.script(clientOf(socket), message, () => behave(socket, message));
        });
        relay.onConnect(clientOf(socket));
      });
      await new Promise((resolve) => starting.once('listening', resolve));
      const address = starting.address();
      if (typeof address === 'object' && address !== null) port = address.port;
    },
  };
  await relay.start();
  running.add(relay);
  return Object.assign(relay, { url: `ws://127.0.0.1:${port}` });
}

function clientOf(socket: WebSocket): Client {
  return {
    say: (...message) => socket.send(JSON.stringify(message)),
    sayRaw: (frame) => socket.send(frame),
    cut: () => socket.terminate(),
    freeze: () => socket.pause(),
  };
}

/** Per filter the newest `limit`, then newest first, each once. */
function storedFor(stored: readonly NostrEvent[], filters: readonly LibraryFilter[]): NostrEvent[] {
  const newestFirst = stored.toSorted((left, right) => right.created_at - left.created_at);
  const chosen = filters.flatMap((filter) =>
    newestFirst.filter((event) => matchFilters([filter], libraryEvent(event))).slice(0, filter.limit),
  );
  return [...new Set(chosen)].toSorted((left, right) => right.created_at - left.created_at);
}

function libraryEvent(event: NostrEvent) {
  return { ...event, tags: event.tags.map((tag) => [...tag]) };
}

/** Waits until the condition holds, at most 15 s. */
export function until(condition: () => boolean): Promise<void> {
  return vi.waitFor(
    () => {
      if (!condition()) throw new Error(`never came true: ${condition.toString()}`);
    },
    { timeout: 20_000, interval: 5 },
  );
}

/** A fresh identity. */
export function newSigner(): Signer {
  return fastSecretKeySigner(generateSecretKey());
}

const author = newSigner();

/** A signed note of one author, as wished. */
export function note(wish: Partial<EventTemplate> = {}, signer: Signer = author): Promise<NostrEvent> {
  return signer.sign({ kind: 1, created_at: 1_700_000_000, tags: [], content: '', ...wish });
}
