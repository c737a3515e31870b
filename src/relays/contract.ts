import type { Filter, NostrEvent } from '../protocol/index.ts';

/** Checks an event's id and BIP-340 signature from its seven fields, off the caller's thread where it can. */
export interface Verifier {
  verify(event: NostrEvent): Promise<boolean>;
  close(): Promise<void>;
}

/**
 * What one relay said to one event. `accepted` and `duplicate` mean stored or seen; `refused` is final
 * (`invalid:`, `blocked:`, `pow:`, `restricted:`); `retry` may work later (`rate-limited:`, `error:`);
 * `unreachable` means no answer in time.
 */
export interface PublishReceipt {
  /** The address as `normalizeRelayUrl` writes it. */
  readonly relay: string;
  readonly outcome: 'accepted' | 'duplicate' | 'refused' | 'retry' | 'unreachable';
  /** The relay's own words, or why it could not be reached. */
  readonly message: string;
}

/** A wish to see events: the stored ones that match, then new ones, across reconnects, until the signal aborts. */
export interface SubscribeOptions {
  readonly relays: readonly string[];
  readonly filters: readonly Filter[];
  /** Called once per event id for each subscription, only with verified events that match a filter. */
  readonly onEvent: (event: NostrEvent, relay: string) => void;
  /** Called whenever a relay has sent all that it stored (also after each reconnect). */
  readonly onEose?: (relay: string) => void;
  /** Called when a relay refuses the subscription for good (CLOSED, not `auth-required`). */
  readonly onClosed?: (relay: string, message: string) => void;
  readonly signal: AbortSignal;
}

/** A set of relay connections shared by everything in one process. */
export interface RelayPool {
  /**
   * Subscribes and keeps subscribed: reconnects with backoff and asks again from the newest event seen
   * minus an overlap, so that nothing sent during an outage is missed. The returned promise resolves at
   * the first EOSE (or final CLOSED, or failure to connect) of every relay named; it never rejects.
   */
  subscribe(options: SubscribeOptions): Promise<void>;
  /** Sends the event to every relay and waits for their OKs, at most `timeoutMs` (10 s unless told). */
  publish(
    event: NostrEvent,
    relays: readonly string[],
    options?: { readonly signal?: AbortSignal; readonly timeoutMs?: number },
  ): Promise<PublishReceipt[]>;
  /** Stored events that match, from all relays, deduplicated, newest first; waits at most `timeoutMs` (5 s unless told). */
  query(
    relays: readonly string[],
    filters: readonly Filter[],
    options?: { readonly signal?: AbortSignal; readonly timeoutMs?: number },
  ): Promise<NostrEvent[]>;
  /** Whether each relay known to the pool is connected right now. */
  status(): ReadonlyMap<string, 'connected' | 'connecting' | 'waiting'>;
  close(): Promise<void>;
}
