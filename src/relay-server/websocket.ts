import { STATUS_CODES, type IncomingMessage, type Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocketServer, type RawData, type WebSocket } from 'ws';
import type { RelaySocket } from './connection.ts';
import type { Relay } from './relay.ts';

/** How a relay is reached by WebSocket. */
export interface WebSocketFrontOptions {
  readonly relay: Relay;
  /** Its upgrade requests for `urlPath` become connections; others are left to its other listeners. */
  readonly server: Server;
  /** Path of the relay's URL, such as `/`. */
  readonly urlPath: string;
  readonly maxMessageBytes: number;
}

/** The sockets of a relay, with switches to make it misbehave. */
export interface WebSocketFront {
  /** Stops reading and writing on every connection, new ones too, as a machine that hangs would. */
  pause(): void;
  /** Goes on: what was sent meanwhile is read, what would have been said is said. */
  resume(): void;
  /** Cuts every connection without a word, as a broken network would, and says how many. */
  dropConnections(): number;
  /** Takes no more connections, closes the open ones (1001), and cuts those that do not close in time. */
  close(): Promise<void>;
}

const HEARTBEAT_MS = 30_000;
/** A peer that does not answer a close frame by then is cut off. */
const CLOSE_TIMEOUT_MS = 1_000;
const CLOSE_GOING_AWAY = 1001;

/** Lets a relay be reached over the upgrade requests of an HTTP server. */
export function openWebSocketFront(options: WebSocketFrontOptions): WebSocketFront {
  const { relay, server, urlPath } = options;
  const links = new Map<WebSocket, Link>();
  const sockets = new WebSocketServer({
    noServer: true,
    maxPayload: options.maxMessageBytes,
    perMessageDeflate: false,
    clientTracking: false,
  });
  let isPaused = false;

  const accept = (socket: WebSocket) => {
    const link = new Link(socket, () => relay.handleDrain(link));
    links.set(socket, link);
    if (isPaused) link.pause();
    socket.on('message', (data, isBinary) => relay.handleMessage(link, isBinary ? '' : textOf(data)));
    socket.on('pong', () => link.heard());
    // What went wrong (a frame too long, broken UTF-8) is in the close code; the close event follows.
    socket.on('error', () => undefined);
    socket.on('close', () => {
      links.delete(socket);
      relay.handleClose(link);
    });
    relay.handleConnection(link);
  };

  const upgrade = (request: IncomingMessage, stream: Duplex, head: Buffer) => {
    if (pathOf(request) === urlPath) return sockets.handleUpgrade(request, stream, head, accept);
    // Nobody else would answer, and the client would wait for ever.
    if (server.listenerCount('upgrade') === 1) refuseUpgrade(stream, 404);
  };
  server.on('upgrade', upgrade);

  const heartbeat = setInterval(() => {
    if (!isPaused) for (const link of links.values()) link.beat();
  }, HEARTBEAT_MS);
  heartbeat.unref();

  return {
    pause: () => {
      isPaused = true;
      for (const link of links.values()) link.pause();
    },
    resume: () => {
      isPaused = false;
      for (const link of links.values()) link.resume();
    },
    dropConnections: () => {
      const dropped = links.size;
      for (const socket of links.keys()) socket.terminate();
      return dropped;
    },
    close: async () => {
      server.off('upgrade', upgrade);
      clearInterval(heartbeat);
      const closed = [...links.keys()].map(
        (socket) => new Promise<void>((resolve) => socket.once('close', () => resolve())),
      );
      for (const link of links.values()) {
        link.resume();
        link.close(CLOSE_GOING_AWAY, 'the relay is shutting down');
      }
      await Promise.all(closed);
    },
  };
}

/** One WebSocket as the relay sees it. */
class Link implements RelaySocket {
  readonly #socket: WebSocket;
  readonly #onSent: () => void;
  /** What the relay says while the link is paused. */
  #held: string[] | null = null;
  #heldBytes = 0;
  #isAlive = true;

  constructor(socket: WebSocket, onDrain: () => void) {
    this.#socket = socket;
    this.#onSent = onDrain;
  }

  send(text: string): void {
    if (this.#held === null) return this.#socket.send(text, this.#onSent);
    this.#held.push(text);
    this.#heldBytes += text.length;
  }

  bufferedBytes(): number {
    return this.#heldBytes + this.#socket.bufferedAmount;
  }

  close(code: number, reason: string): void {
    const cut = setTimeout(() => this.#socket.terminate(), CLOSE_TIMEOUT_MS);
    this.#socket.once('close', () => clearTimeout(cut));
    this.#socket.close(code, reason);
  }

  pause(): void {
    if (this.#socket.readyState !== this.#socket.OPEN) return;
    this.#held ??= [];
    this.#socket.pause();
  }

  resume(): void {
    const held = this.#held ?? [];
    this.#held = null;
    this.#heldBytes = 0;
    this.#isAlive = true;
    this.#socket.resume();
    for (const text of held) this.send(text);
  }

  heard(): void {
    this.#isAlive = true;
  }

  /** Pings; cuts the connection when the last ping was not answered. */
  beat(): void {
    if (!this.#isAlive) return this.#socket.terminate();
    this.#isAlive = false;
    this.#socket.ping();
  }
}

function textOf(data: RawData): string {
  if (Array.isArray(data)) return Buffer.concat(data).toString();
  return data instanceof ArrayBuffer ? Buffer.from(data).toString() : data.toString();
}

function pathOf(request: IncomingMessage): string {
  const [path = ''] = (request.url ?? '').split('?', 1);
  return path;
}

function refuseUpgrade(stream: Duplex, status: number): void {
  // Without a listener, a client that resets the connection now would end the process.
  stream.on('error', () => stream.destroy());
  stream.end(
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`,
  );
}
