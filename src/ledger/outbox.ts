import type { NostrEvent } from '../protocol/index.ts';

/** A signed event that must reach relays, and which of them decide that it did. */
export interface OutgoingEvent {
  readonly event: NostrEvent;
  /** An OK from any of these counts as published. Chosen by us, never by the other side. */
  readonly relays: readonly string[];
  /** Told as well, after one of `relays` said OK; best effort, a bounded number of tries. */
  readonly alsoRelays?: readonly string[];
  /** After this it is no longer worth sending, unix seconds. */
  readonly expiresAt?: number;
}

/** An event in the outbox, claimed for sending. */
export interface OutboxRow extends OutgoingEvent {
  readonly state: 'due' | 'published' | 'refused' | 'expired';
  readonly attempts: number;
  /** Relays that have said OK so far. */
  readonly acceptedBy: readonly string[];
  /** Relays that have refused it for good. */
  readonly refusedBy: readonly string[];
  readonly lastMessage: string | null;
  readonly enqueuedAt: number;
}

/** Durable queue of signed events. Rows enter only through the transaction of the change they tell of. */
export interface Outbox {
  /**
   * Adds events that belong to no sale or purchase (announcements, heartbeats). Here and in `publish`: an
   * event that still waits stays as it is, one that was sent, refused or expired is sent anew.
   */
  enqueue(events: readonly OutgoingEvent[]): Promise<void>;
  /** Rows whose next try is due, oldest first; each is leased to the caller for `leaseSeconds`. */
  claimDue(claim: { readonly limit: number; readonly leaseSeconds: number }): Promise<OutboxRow[]>;
  /** Books what the relays said; returns the row's new state. `published` as soon as one of `relays` accepted. */
  record(
    eventId: string,
    report: {
      readonly acceptedBy: readonly string[];
      readonly refusedBy: readonly string[];
      /** Relays of ours besides the event's own; an OK from any of these counts as published as well. */
      readonly standIns?: readonly string[];
      readonly message: string | null;
      readonly retryInSeconds: number;
    },
  ): Promise<OutboxRow>;
  get(eventId: string): Promise<OutboxRow | null>;
  /** How many events still wait to be taken by a relay, and since when the oldest does (unix seconds). */
  depth(): Promise<{ readonly due: number; readonly oldestAt: number | null }>;
  /** Resolves when something new may be due (an enqueue, or the next retry time), or the signal aborts. */
  waitForDue(signal: AbortSignal): Promise<void>;
}
