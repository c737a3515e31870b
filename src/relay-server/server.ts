import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { unixNow } from '../clock/index.ts';
import { failure, success, type Failure, type NostrEvent, type Outcome } from '../protocol/index.ts';
import { openSqlite, StoreError, type StoreErrorCode } from '../store/index.ts';
import { createEventStore, type EventStore } from './event-store.ts';
import {
  informationResponse,
  relayInformation,
  type RelayDescription,
  type RelayInformation,
} from './information.ts';
import { DEFAULT_LIMITS, type RelayLimits } from './limits.ts';
import { createRelay, type RelayStats } from './relay.ts';
import { RELAY_MIGRATIONS } from './schema.ts';
import { openWebSocketFront, type WebSocketFront } from './websocket.ts';

/** What a relay server needs to know. */
export interface RelayServerOptions {
  /** The SQLite file of the events; `:memory:` forgets them. */
  readonly databasePath: string;
  /** Whether an event's id and signature are right; called once for every event that passes the other checks. */
  readonly verify: (event: NostrEvent) => Promise<boolean>;
  /** An HTTP server to share, which listens already; the relay answers its upgrade requests only, and never closes it. */
  readonly server?: Server;
  /** Where to listen without `server`: 127.0.0.1, and any free port (0), unless told. */
  readonly host?: string;
  readonly port?: number;
  /** Path of the relay's URL; `/` unless told. */
  readonly urlPath?: string;
  /** The URL under which clients reach the relay (NIP-42), when it is not where it listens. */
  readonly publicUrl?: string;
  readonly limits?: Partial<RelayLimits>;
  /** Kinds that only their author and the keys in their `p` tags may read, after AUTH; none unless told. */
  readonly privateKinds?: readonly number[];
  readonly description?: RelayDescription;
  /** Unix seconds; the machine's clock unless told. */
  readonly now?: () => number;
}

/** A running relay. `pause`, `resume` and `dropConnections` try out how clients bear a relay that fails. */
export interface RelayServer extends Omit<WebSocketFront, 'close'> {
  /** `ws://…` where it listens, or the public URL. */
  readonly url: string;
  /** The NIP-11 document. */
  information(): RelayInformation;
  /** The answer to an HTTP request for that document, or `null` when the request is not for it. */
  informationResponse(request: Request): Response | null;
  stats(): RelayStats;
  /** Answers what it has taken, closes connections, port and file, and leaves nothing behind. Idempotent. */
  close(): Promise<void>;
}

/** Why a relay could not start; the codes of the store are those of `StoreError`. */
export type RelayServerFailureCode = 'port-taken' | 'cannot-listen' | StoreErrorCode;

const PURGE_INTERVAL_MS = 60_000;
const PURGE_BATCH = 500;

/** Starts a relay on its own port or on an HTTP server that others use too. */
export async function startRelayServer(
  options: RelayServerOptions,
): Promise<Outcome<RelayServer, RelayServerFailureCode>> {
  const limits = { ...DEFAULT_LIMITS, ...options.limits };
  const now = options.now ?? unixNow;
  const information = relayInformation(options.description ?? {}, limits);
  const urlPath = options.urlPath ?? '/';
  const opened = openEvents(options.databasePath);
  if (!opened.ok) return opened;
  const store = opened.value;

  const http = await httpServer(options, information);
  if (!http.ok) {
    await store.close();
    return http;
  }
  const { server, port, origin } = http.value;
  const url = options.publicUrl ?? `${origin}${urlPath}`;
  const relay = createRelay({
    store,
    verify: options.verify,
    limits,
    privateKinds: options.privateKinds ?? [],
    isOwnUrl: (claimed) => isSameRelay(claimed, url, port),
    now,
  });
  const front = openWebSocketFront({ relay, server, urlPath, maxMessageBytes: limits.maxMessageBytes });
  const stopPurging = purgeRegularly(store, now);
  let closed: Promise<void> | null = null;
  const close = async () => {
    stopPurging();
    await relay.close();
    await front.close();
    if (server !== options.server) await closeServer(server);
    await store.close();
  };
  return success({
    url,
    information: () => information,
    informationResponse: (request) => informationResponse(request, information),
    stats: () => relay.stats(),
    pause: () => front.pause(),
    resume: () => front.resume(),
    dropConnections: () => front.dropConnections(),
    close: () => (closed ??= close()),
  });
}

function openEvents(path: string): Outcome<EventStore, StoreErrorCode> {
  try {
    return success(createEventStore(openSqlite({ path, migrations: RELAY_MIGRATIONS })));
  } catch (error) {
    if (error instanceof StoreError) return failure(error.code, error.message);
    throw error;
  }
}

/** An HTTP server that listens. */
interface Listening {
  readonly server: Server;
  readonly port: number;
  /** `ws://host:port` */
  readonly origin: string;
}

/** The server to share, or one of the relay's own. */
async function httpServer(
  options: RelayServerOptions,
  information: RelayInformation,
): Promise<Outcome<Listening, 'port-taken' | 'cannot-listen'>> {
  const { host = '127.0.0.1', port = 0 } = options;
  const server =
    options.server ?? createServer((request, response) => answer(request, response, information));
  const refusal = server === options.server ? null : await listen(server, host, port);
  if (refusal !== null) return { ok: false, failure: refusal };
  const address = server.address();
  if (address === null || typeof address === 'string')
    return failure('cannot-listen', 'The shared HTTP server must listen on a port before the relay starts.');
  const name = address.family === 'IPv6' ? `[${address.address}]` : address.address;
  return success({ server, port: address.port, origin: `ws://${name}:${address.port}` });
}

/** Listens, or says why that is not possible. */
function listen(
  server: Server,
  host: string,
  port: number,
): Promise<Failure<'port-taken' | 'cannot-listen'> | null> {
  return new Promise((resolve) => {
    const refuse = ({ code, message }: NodeJS.ErrnoException) =>
      resolve({
        code: code === 'EADDRINUSE' ? 'port-taken' : 'cannot-listen',
        message:
          code === 'EADDRINUSE'
            ? `Port ${port} is in use; choose another one, or 0 for any.`
            : `The relay cannot listen on ${host}:${port} (${code ?? message}); choose another address.`,
        data: { host, port },
      });
    server.once('error', refuse);
    server.listen(port, host, () => {
      server.off('error', refuse);
      resolve(null);
    });
  });
}

function closeServer(server: Server): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeAllConnections();
  return closed;
}

/** Plain HTTP on the relay's own port: its document, or the hint that it speaks WebSocket. */
function answer(request: IncomingMessage, response: ServerResponse, information: RelayInformation): void {
  const accept = request.headers.accept ?? '';
  const asked = new Request('http://relay', { method: request.method ?? 'GET', headers: { accept } });
  const document = informationResponse(asked, information);
  if (document === null) {
    response.writeHead(426, { Upgrade: 'websocket', 'Content-Type': 'text/plain' });
    response.end('This is a Nostr relay: connect with a WebSocket.\n');
    return;
  }
  response.writeHead(document.status, Object.fromEntries(document.headers));
  void document.text().then((text) => response.end(text));
}

const LOOPBACK_HOSTS = ['localhost', '127.0.0.1', '[::1]'];

/** Whether a URL names the relay by host and port (NIP-42 asks for no more); loopback names are one host. */
function isSameRelay(claimed: string, own: string, port: number): boolean {
  if (!URL.canParse(claimed)) return false;
  const url = new URL(claimed);
  return (
    url.host === new URL(own).host || (LOOPBACK_HOSTS.includes(url.hostname) && url.port === String(port))
  );
}

/** Deletes what has expired (NIP-40) from time to time. Returns how to stop. */
function purgeRegularly(store: EventStore, now: () => number): () => void {
  const timer = setInterval(() => {
    // A disk that is full or closing now is asked again at the next interval.
    purge(store, now).catch(() => undefined);
  }, PURGE_INTERVAL_MS);
  timer.unref();
  return () => clearInterval(timer);
}

/** Small batches, so that events that are being published get their turn between them. */
async function purge(store: EventStore, now: () => number): Promise<void> {
  while ((await store.purgeExpired(now(), PURGE_BATCH)) === PURGE_BATCH);
}
