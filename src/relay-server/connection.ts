import { TokenBucket, type RelayLimits } from './limits.ts';

/** The relay's side of a WebSocket, or of anything like it. */
export interface RelaySocket {
  /** Sends one text message. Never throws, also not after a close. */
  send(text: string): void;
  /** Bytes that were sent and have not left this machine yet. */
  bufferedBytes(): number;
  /** Begins to close, with a WebSocket close code. */
  close(code: number, reason: string): void;
}

/** WebSocket close codes (RFC 6455). */
export const CLOSE_POLICY = 1008;
export const CLOSE_TRY_LATER = 1013;

/** More malformed messages than this at once, or one per second, end a connection. */
const MALFORMED_BURST = 50;
/** Stored results pause at this share of `maxBufferedBytes`, so that live events keep their room. */
const CONGESTED_SHARE = 1 / 8;
/** Live events wait for stored ones up to this share of `maxBufferedBytes`; past that they overtake them. */
const HELD_SHARE = 1 / 4;

/** One client: its proven keys, its allowances and the orderly use of its socket. */
export class Connection {
  readonly challenge: string = crypto.randomUUID();
  /** Keys that the client has proved to hold (NIP-42). */
  readonly identities = new Set<string>();
  readonly eventAllowance: TokenBucket;
  readonly requestAllowance: TokenBucket;
  readonly malformedAllowance: TokenBucket;
  /** Settles when the events received so far are checked and queued for the commit, in order. */
  checked: Promise<void> = Promise.resolve();
  /** Settles when the stored results asked for so far are sent: one query of a connection at a time. */
  answered: Promise<void> = Promise.resolve();
  /** Queries that wait for that, and the filter values that they and the subscriptions hold. */
  waitingQueries = 0;
  filterValues = 0;
  /** Bytes of live events that wait until their subscription's stored ones are sent. */
  heldBytes = 0;
  isOpen = true;
  readonly #socket: RelaySocket;
  readonly #limits: RelayLimits;
  #drained: (() => void) | null = null;

  constructor(socket: RelaySocket, limits: RelayLimits, now: number) {
    this.#socket = socket;
    this.#limits = limits;
    this.eventAllowance = new TokenBucket(limits.eventsPerSecond, limits.eventBurst, now);
    this.requestAllowance = new TokenBucket(limits.requestsPerSecond, limits.requestBurst, now);
    this.malformedAllowance = new TokenBucket(1, MALFORMED_BURST, now);
  }

  /** Sends a message; closes the connection instead when its reader has fallen too far behind. */
  send(text: string): void {
    if (!this.isOpen) return;
    if (this.#socket.bufferedBytes() + text.length > this.#limits.maxBufferedBytes)
      this.close(CLOSE_POLICY, 'reading too slowly');
    else this.#socket.send(text);
  }

  /** Whether stored results should wait for the reader. */
  get isCongested(): boolean {
    return this.#socket.bufferedBytes() > this.#limits.maxBufferedBytes * CONGESTED_SHARE;
  }

  /** Whether live events should not wait any longer. */
  get holdsTooMuch(): boolean {
    return this.heldBytes > this.#limits.maxBufferedBytes * HELD_SHARE;
  }

  /** Waits until the reader has caught up or the connection ends; ends it when nothing moves for too long. */
  async caughtUp(): Promise<void> {
    while (this.isOpen && this.isCongested) {
      const drained = Promise.withResolvers<void>();
      this.#drained = drained.resolve;
      const stalled = setTimeout(
        () => this.close(CLOSE_POLICY, 'reading too slowly'),
        this.#limits.maxStallMs,
      );
      await drained.promise;
      clearTimeout(stalled);
    }
  }

  /** To be called when bytes have left. */
  drained(): void {
    this.#drained?.();
    this.#drained = null;
  }

  /** Begins to close; nothing is sent any more. */
  close(code: number, reason: string): void {
    if (!this.isOpen) return;
    this.ended();
    this.#socket.close(code, reason);
  }

  /** To be called when the socket has closed. */
  ended(): void {
    this.isOpen = false;
    this.drained();
  }
}
