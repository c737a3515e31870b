import type { Signer } from '../keys/index.ts';
import type { NostrEvent } from '../protocol/index.ts';
import { backoffMs, type RelayLimits } from './limits.ts';
import { Liveness } from './liveness.ts';
import { OrderedInbox } from './ordered-inbox.ts';
import { PublishTable, type Settle } from './publish-table.ts';
import { RelayAuth } from './relay-auth.ts';
import { parseRelayMessage } from './relay-message.ts';
import { RelaySocket, type SocketConstructor } from './relay-socket.ts';
import { RequestTable, type RelayLine, type RelayRequest } from './request-table.ts';
import type { SharedVerification } from './shared-verification.ts';

/** What every connection of one pool shares. */
export interface ConnectionContext {
  readonly WebSocket: SocketConstructor;
  readonly signer: Signer | null;
  readonly now: () => number;
  readonly limits: RelayLimits;
  readonly verification: SharedVerification;
}

/**
 * The connection to one relay: opened when something wants it, kept while something does, closed when
 * nothing has for a while. What is wanted survives the sockets.
 */
export class RelayConnection implements RelayLine {
  readonly url: string;
  readonly #context: ConnectionContext;
  readonly #onUnused: () => void;
  readonly #inbox: OrderedInbox;
  readonly #requests: RequestTable;
  readonly #publishes: PublishTable;
  readonly #liveness: Liveness;
  #state: 'connected' | 'connecting' | 'waiting' = 'waiting';
  #socket: RelaySocket | null = null;
  #auth: RelayAuth | null = null;
  #connectTimer: ReturnType<typeof setTimeout> | undefined;
  #idleTimer: ReturnType<typeof setTimeout> | undefined;
  #failures = 0;
  /** Of the monotonic clock, in ms. */
  #lastAttemptAt = Number.NEGATIVE_INFINITY;
  #closed = false;

  /** `onUnused` hears that nothing needs this connection and that it may be forgotten. */
  constructor(url: string, context: ConnectionContext, onUnused: () => void) {
    const { limits, verification } = context;
    this.url = url;
    this.#context = context;
    this.#onUnused = onUnused;
    this.#inbox = new OrderedInbox(
      limits,
      () => this.#socket?.drop('an event could not be verified'), // and is asked for again
      () => this.#socket?.resume(),
    );
    this.#requests = new RequestTable(this, this.#inbox, verification, limits);
    this.#publishes = new PublishTable(this, limits);
    this.#liveness = new Liveness(
      limits,
      (message) => this.send(message),
      () => this.inUse,
      () => this.#socket?.drop('the relay fell silent'),
    );
  }

  get state(): 'connected' | 'connecting' | 'waiting' {
    return this.#state;
  }

  get connected(): boolean {
    return this.#state === 'connected';
  }

  get inUse(): boolean {
    return this.#requests.size > 0 || this.#publishes.size > 0;
  }

  request(request: RelayRequest): void {
    this.#requests.add(request);
    this.#wake();
  }

  cancelRequest(request: RelayRequest): void {
    this.#requests.remove(request);
  }

  publish(event: NostrEvent, settle: Settle): void {
    this.#publishes.add(event, settle);
    this.#wake();
  }

  cancelPublish(event: NostrEvent, settle: Settle): void {
    this.#publishes.remove(event, settle);
  }

  /** The relay owed an answer and did not give it in time: find out whether it is there at all. */
  suspect(): void {
    if (this.connected) this.#liveness.suspect();
  }

  send(message: readonly unknown[]): void {
    if (this.connected) this.#socket?.send(message);
  }

  get authRound(): number {
    return this.#auth?.round ?? 0;
  }

  authenticate(): Promise<boolean> {
    return this.#auth?.authenticate() ?? Promise.resolve(false);
  }

  /** Once nothing is wanted any more, the connection stays for a while in case something is again. */
  release(): void {
    if (this.inUse || this.#closed) return;
    clearTimeout(this.#idleTimer);
    if (this.#state === 'waiting') this.expire();
    else this.#idleTimer = setTimeout(() => this.expire(), this.#context.limits.idleMs);
  }

  /** Ends an unused connection at once. */
  expire(): void {
    clearTimeout(this.#connectTimer);
    this.#onUnused();
    this.#socket?.drop('nothing used the connection');
  }

  async close(): Promise<void> {
    this.#closed = true;
    const socket = this.#socket;
    if (socket === null) this.#onGone('the pool was closed', false);
    else await socket.close('the pool was closed');
  }

  /** A fresh wish is tried at once, though never sooner than the least delay after the last attempt. */
  #wake(): void {
    clearTimeout(this.#idleTimer);
    if (this.#state !== 'waiting' || !this.inUse) return;
    const { minBackoffMs } = this.#context.limits;
    this.#connectIn(Math.max(0, this.#lastAttemptAt + minBackoffMs - performance.now()));
  }

  #connectIn(delayMs: number): void {
    clearTimeout(this.#connectTimer);
    if (delayMs <= 0) this.#connect();
    else this.#connectTimer = setTimeout(() => this.#connect(), delayMs);
  }

  #connect(): void {
    const { WebSocket, limits } = this.#context;
    if (this.#inbox.overfull) {
      this.#connectIn(limits.minBackoffMs);
      return;
    }
    this.#state = 'connecting';
    this.#lastAttemptAt = performance.now();
    let opened = false;
    this.#socket = new RelaySocket(this.url, WebSocket, limits, {
      onOpen: () => {
        opened = true;
        this.#onOpen();
      },
      onText: (text) => this.#onText(text),
      onGone: (reason) => this.#onGone(reason, opened),
    });
  }

  #onOpen(): void {
    const { signer, now } = this.#context;
    this.#state = 'connected';
    this.#auth = new RelayAuth(this.url, signer, now, (message) => this.send(message));
    this.#liveness.start();
    this.#publishes.onOpen();
    this.#requests.onOpen();
  }

  #onText(text: string): void {
    this.#liveness.heard();
    if (text.length > this.#context.limits.messageChars) return;
    const message = parseRelayMessage(text);
    if (message === null) return;
    this.#failures = 0;
    switch (message.type) {
      case 'event':
        this.#requests.onEvent(message.requestId, message.event, text.length);
        if (this.#inbox.overfull && this.#socket?.pause() === false)
          this.#socket.drop('more events than can be verified in time');
        return;
      case 'eose':
        return this.#requests.onEose(message.requestId);
      case 'closed':
        return this.#requests.onClosed(message.requestId, message.message);
      case 'ok':
        if (!this.#auth?.onOk(message.eventId, message.accepted))
          this.#publishes.onOk(message.eventId, message.accepted, message.message);
        return;
      case 'auth':
        return this.#auth?.onChallenge(message.challenge);
    }
  }

  #onGone(reason: string, wasOpen: boolean): void {
    this.#socket = null;
    this.#state = 'waiting';
    this.#failures += 1;
    clearTimeout(this.#idleTimer);
    this.#liveness.stop();
    this.#auth?.abandon();
    this.#auth = null;
    this.#requests.onGone();
    this.#publishes.onGone(reason);
    if (!wasOpen || this.#closed) {
      this.#publishes.onUnreachable(reason);
      this.#requests.onUnreachable();
    }
    if (this.#closed) clearTimeout(this.#connectTimer);
    else if (!this.inUse) this.expire();
    else this.#connectIn(backoffMs(this.#context.limits, this.#failures));
  }
}
