import type { Filter, NostrEvent } from '../protocol/index.ts';
import { accessPaths, pathsTo, type AccessPath } from './access-paths.ts';
import type { Connection } from './connection.ts';
import { filterMatcher } from './filters.ts';
import { eoseMessage, eventMessage } from './wire.ts';

/**
 * One REQ. Live events are those that arrived after `sinceSeq`, stored results those up to it: together
 * every event once. While the stored ones are sent, live ones are held back, so that EOSE means what it says.
 */
export class Subscription {
  readonly id: string;
  readonly connection: Connection;
  readonly filters: readonly Filter[];
  /** How many values the lists of the filters hold. */
  readonly valueCount: number;
  readonly sinceSeq: number;
  isOpen = true;
  /** The stored events have been sent. */
  isAnswered = false;
  #held: string[] | null = [];

  constructor(request: Pick<Subscription, 'id' | 'connection' | 'filters' | 'valueCount' | 'sinceSeq'>) {
    this.id = request.id;
    this.connection = request.connection;
    this.filters = request.filters;
    this.valueCount = request.valueCount;
    this.sinceSeq = request.sinceSeq;
  }

  sendStored(eventJson: string): void {
    this.connection.send(eventMessage(this.id, eventJson));
  }

  /** Sends a new event, after the stored ones unless too much waits for that already. */
  sendLive(eventJson: string): void {
    if (this.#held === null) return this.connection.send(eventMessage(this.id, eventJson));
    this.#held.push(eventJson);
    this.connection.heldBytes += eventJson.length;
    if (this.connection.holdsTooMuch) this.#releaseHeld();
  }

  /** Ends the stored results: EOSE, then what came meanwhile. */
  endStored(): void {
    this.connection.send(eoseMessage(this.id));
    this.#releaseHeld();
  }

  /** Nothing is sent any more. */
  end(): void {
    this.isOpen = false;
    for (const eventJson of this.#held ?? []) this.connection.heldBytes -= eventJson.length;
    this.#held = null;
  }

  #releaseHeld(): void {
    const held = this.#held ?? [];
    this.#held = null;
    for (const eventJson of held) {
      this.connection.heldBytes -= eventJson.length;
      this.connection.send(eventMessage(this.id, eventJson));
    }
  }
}

interface Listener {
  readonly subscription: Subscription;
  readonly matches: (event: NostrEvent) => boolean;
}

/**
 * The open subscriptions by the index entries in which their events lie, so that the cost of a new event
 * grows with the subscriptions that may want it and not with all of them.
 */
export class LiveSubscriptions {
  readonly #listeners = new Map<string, Set<Listener>>();
  readonly #entries = new Map<Subscription, { readonly key: string; readonly listener: Listener }[]>();

  get size(): number {
    return this.#entries.size;
  }

  add(subscription: Subscription): void {
    const entries = subscription.filters.flatMap((filter) => {
      const listener = { subscription, matches: filterMatcher(filter) };
      return accessPaths(filter).map((path) => ({ key: entryKey(path), listener }));
    });
    for (const { key, listener } of entries) {
      const listeners = this.#listeners.get(key);
      if (listeners) listeners.add(listener);
      else this.#listeners.set(key, new Set([listener]));
    }
    this.#entries.set(subscription, entries);
  }

  remove(subscription: Subscription): void {
    subscription.end();
    for (const { key, listener } of this.#entries.get(subscription) ?? []) {
      const listeners = this.#listeners.get(key);
      listeners?.delete(listener);
      if (listeners?.size === 0) this.#listeners.delete(key);
    }
    this.#entries.delete(subscription);
  }

  /** The subscriptions with a filter that the event passes, each once. */
  matching(event: NostrEvent): Set<Subscription> {
    const found = new Set<Subscription>();
    for (const path of pathsTo(event))
      for (const { subscription, matches } of this.#listeners.get(entryKey(path)) ?? [])
        if (!found.has(subscription) && matches(event)) found.add(subscription);
    return found;
  }
}

function entryKey({ index, key }: AccessPath): string {
  return `${index} ${key.join(' ')}`;
}
