/** What one relay puts up with, per connection unless the name says otherwise. All counts are whole numbers. */
export interface RelayLimits {
  /** Open connections of the whole relay. */
  readonly maxConnections: number;
  /** Bytes of one WebSocket message; a longer one closes the connection (1009). */
  readonly maxMessageBytes: number;
  /** Bytes of one event as JSON. */
  readonly maxEventBytes: number;
  /** UTF-16 units of an event's content. */
  readonly maxContentLength: number;
  readonly maxTags: number;
  readonly maxSubscriptions: number;
  readonly maxSubscriptionIdLength: number;
  /** Filters of one REQ or COUNT. */
  readonly maxFilters: number;
  /** Values in all lists of all filters that are open at a time. */
  readonly maxFilterValues: number;
  /** Stored events sent for one filter; a larger `limit` is lowered to this. */
  readonly maxResults: number;
  /** How far `created_at` may lie ahead of the relay's clock, in seconds. */
  readonly maxFutureSeconds: number;
  /** EVENT and AUTH messages per second, and how many may come at once. */
  readonly eventsPerSecond: number;
  readonly eventBurst: number;
  /** REQ and COUNT messages per second, and how many may come at once. */
  readonly requestsPerSecond: number;
  readonly requestBurst: number;
  /** Bytes of events of the whole relay that wait for their signature check or commit. */
  readonly maxPendingBytes: number;
  /** Bytes that wait for a slow reader; past that its connection is closed (1008). */
  readonly maxBufferedBytes: number;
  /** How long stored results wait for a reader that takes nothing before its connection is closed, in ms. */
  readonly maxStallMs: number;
}

/** Generous for one market on one machine, and still bounded: about 10 MB of memory per hostile connection. */
export const DEFAULT_LIMITS: RelayLimits = {
  maxConnections: 1_000,
  maxMessageBytes: 512 * 1024,
  maxEventBytes: 384 * 1024,
  maxContentLength: 256 * 1024,
  maxTags: 2_000,
  maxSubscriptions: 100,
  maxSubscriptionIdLength: 64,
  maxFilters: 20,
  maxFilterValues: 20_000,
  maxResults: 5_000,
  maxFutureSeconds: 900,
  eventsPerSecond: 1_000,
  eventBurst: 5_000,
  requestsPerSecond: 100,
  requestBurst: 500,
  maxPendingBytes: 32 * 1024 * 1024,
  maxBufferedBytes: 4 * 1024 * 1024,
  maxStallMs: 30_000,
};

/** A token bucket: `burst` at once, `perSecond` in the long run. */
export class TokenBucket {
  readonly #perSecond: number;
  readonly #burst: number;
  #tokens: number;
  #filledAt: number;

  constructor(perSecond: number, burst: number, now: number) {
    this.#perSecond = perSecond;
    this.#burst = burst;
    this.#tokens = burst;
    this.#filledAt = now;
  }

  /** Takes one token if there is one. `now` is unix seconds; a clock that goes back refills nothing. */
  take(now: number): boolean {
    const elapsed = Math.max(0, now - this.#filledAt);
    this.#tokens = Math.min(this.#burst, this.#tokens + elapsed * this.#perSecond);
    this.#filledAt = now;
    if (this.#tokens < 1) return false;
    this.#tokens -= 1;
    return true;
  }
}
