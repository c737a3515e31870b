/** The bounds of a relay pool. Relays are hostile until shown otherwise: everything they can make grow has an end. */
export interface RelayLimits {
  /** Relays connected at once; an unused connection makes room for a new one. */
  readonly connections: number;
  /** Subscriptions and queries open at one relay. */
  readonly requestsPerRelay: number;
  /** Published events without an answer at one relay. */
  readonly publishesPerRelay: number;
  /** Characters in one message from a relay; longer ones are ignored. */
  readonly messageChars: number;
  /** Events of one relay that wait for verification; beyond it the relay is paused, or dropped and resumed. */
  readonly pendingEvents: number;
  /** Characters of those events. */
  readonly pendingChars: number;
  /** Bytes accepted for sending that the relay has not taken yet; beyond it the connection is dropped. */
  readonly unsentBytes: number;
  /** Event ids that each subscription, and the pool's cache of verified events, remember at least. */
  readonly rememberedIds: number;
  /** Events that one query returns at most: the newest. */
  readonly queryEvents: number;
  /** How long a connection may take to open. */
  readonly connectTimeoutMs: number;
  /** How long `subscribe` waits for a relay's first answer; the subscription itself goes on. */
  readonly answerTimeoutMs: number;
  /** How long a connection that nothing uses stays open. */
  readonly idleMs: number;
  /** How long a relay may say nothing before it is asked for a sign of life, when something waits for it. */
  readonly quietMs: number;
  /** How long it may take to give that sign. */
  readonly probeTimeoutMs: number;
  /** The first delay before connecting again, also the least time between two attempts; it doubles up to `maxBackoffMs`. */
  readonly minBackoffMs: number;
  readonly maxBackoffMs: number;
}

/** Bounds for ordinary use: a few relays, thousands of events waiting, tens of megabytes at worst per relay. */
export const DEFAULT_RELAY_LIMITS: RelayLimits = {
  connections: 128,
  requestsPerRelay: 2_000,
  publishesPerRelay: 10_000,
  messageChars: 1_048_576,
  pendingEvents: 8_192,
  pendingChars: 16_777_216,
  unsentBytes: 16_777_216,
  rememberedIds: 50_000,
  queryEvents: 10_000,
  connectTimeoutMs: 10_000,
  answerTimeoutMs: 10_000,
  idleMs: 30_000,
  quietMs: 30_000,
  probeTimeoutMs: 10_000,
  minBackoffMs: 500,
  maxBackoffMs: 30_000,
};

/** How long to wait after so many failures in a row: doubling, bounded, and spread so that clients do not return at once. */
export function backoffMs(limits: RelayLimits, failures: number): number {
  const longest = Math.min(limits.maxBackoffMs, limits.minBackoffMs * 2 ** Math.max(0, failures - 1));
  return longest * (0.5 + Math.random() / 2);
}
