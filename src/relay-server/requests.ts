import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Filter, NostrEvent } from '../protocol/index.ts';
import type { Connection } from './connection.ts';
import type { EventStore } from './event-store.ts';
import { parseFilters } from './filters.ts';
import type { RelayLimits } from './limits.ts';
import type { EventKey } from './pages.ts';
import type { ReadPolicy } from './read-policy.ts';
import { storedEvents } from './stored-query.ts';
import { LiveSubscriptions, Subscription } from './subscriptions.ts';
import { closedMessage, countMessage, type ClientMessage, type Reason } from './wire.ts';

/** What answering REQ and COUNT needs. */
export interface RequestsOptions {
  readonly store: EventStore;
  readonly limits: RelayLimits;
  readonly policy: ReadPolicy;
  /** Unix seconds. */
  readonly now: () => number;
}

/** Stored events sent before others get a turn. */
const EVENTS_PER_TURN = 64;

/**
 * REQ, COUNT and CLOSE. A subscription goes live at once and then gets what was stored before that moment:
 * no gap, and nothing twice. The stored part is read in bounded pages at the pace of its reader; one query of
 * a connection runs at a time.
 */
export class Requests {
  /** Live events sent to subscriptions so far. */
  delivered = 0;
  readonly #options: RequestsOptions;
  readonly #live = new LiveSubscriptions();
  /** By connection and id: NIP-01 gives every connection its own ids. */
  readonly #subscriptions = new WeakMap<Connection, Map<string, Subscription>>();

  constructor(options: RequestsOptions) {
    this.#options = options;
  }

  get open(): number {
    return this.#live.size;
  }

  /** Takes a REQ or COUNT. A refused REQ ends an earlier one of its id, as the client takes CLOSED to mean. */
  submit(connection: Connection, message: Extract<ClientMessage, { verb: 'REQ' | 'COUNT' }>): void {
    const { verb, subscriptionId: id } = message;
    const { limits, policy, now, store } = this.#options;
    const refuse = (reason: Reason) => connection.send(closedMessage(id, reason));
    if (verb === 'REQ') this.unsubscribe(connection, id);
    if (!connection.requestAllowance.take(now())) return refuse('rate-limited: too many requests; slow down');
    const parsed = parseFilters(message.filters, limits);
    if (!parsed.ok) return refuse(`${parsed.failure.code}: ${parsed.failure.message}`);
    const { filters, valueCount } = parsed.value;
    const refusal = policy.refusal(filters, connection.identities) ?? this.#overload(connection, valueCount);
    if (refusal !== null) return refuse(refusal);

    const subscription =
      verb === 'REQ'
        ? new Subscription({ id, connection, filters, valueCount, sinceSeq: store.lastSeq() })
        : null;
    if (subscription !== null) {
      this.#subscriptionsOf(connection).set(id, subscription);
      this.#live.add(subscription);
    }
    connection.waitingQueries += 1;
    connection.filterValues += valueCount;
    connection.answered = connection.answered
      .then(() =>
        subscription === null ? this.#count(connection, id, filters) : this.#sendStored(subscription),
      )
      .catch(() => {
        if (subscription?.isOpen === false) return; // its id may have a new owner
        if (subscription !== null) this.unsubscribe(connection, id);
        refuse('error: the stored events could not be read; try again later');
      })
      .then(() => {
        connection.waitingQueries -= 1;
        if (subscription?.isOpen) subscription.isAnswered = true;
        else connection.filterValues -= valueCount;
      });
  }

  /** Ends a subscription, if there is one of that id. */
  unsubscribe(connection: Connection, id: string): void {
    const subscriptions = this.#subscriptionsOf(connection);
    const subscription = subscriptions.get(id);
    if (subscription === undefined) return;
    subscriptions.delete(id);
    this.#live.remove(subscription);
    if (subscription.isAnswered) connection.filterValues -= subscription.valueCount;
  }

  /** Ends all subscriptions of a connection. */
  unsubscribeAll(connection: Connection): void {
    for (const id of this.#subscriptionsOf(connection).keys()) this.unsubscribe(connection, id);
  }

  /** Sends a new event to every subscription that wants it. `seq` is null for what is not stored. */
  publish(event: NostrEvent, json: string, seq: number | null): void {
    const { policy } = this.#options;
    for (const subscription of this.#live.matching(event)) {
      if (seq !== null && seq <= subscription.sinceSeq) continue; // it is among the stored ones
      if (policy.isPrivate(event.kind) && !policy.mayRead(event, subscription.connection.identities))
        continue;
      this.delivered += 1;
      subscription.sendLive(json);
    }
  }

  /** Why a connection may not ask for more at a time; null when it may. */
  #overload(connection: Connection, valueCount: number): Reason | null {
    const { waitingQueries, filterValues } = connection;
    const { maxSubscriptions, maxFilterValues } = this.#options.limits;
    if (Math.max(this.#subscriptionsOf(connection).size, waitingQueries) >= maxSubscriptions)
      return `rate-limited: at most ${maxSubscriptions} requests may be open`;
    return filterValues + valueCount > maxFilterValues
      ? `rate-limited: the filters that are open may hold at most ${maxFilterValues} values`
      : null;
  }

  #subscriptionsOf(connection: Connection): Map<string, Subscription> {
    const known = this.#subscriptions.get(connection) ?? new Map<string, Subscription>();
    this.#subscriptions.set(connection, known);
    return known;
  }

  async #sendStored(subscription: Subscription): Promise<void> {
    if (!subscription.isOpen) return;
    const { connection, filters, sinceSeq } = subscription;
    const { store, now } = this.#options;
    let sent = 0;
    for (const key of this.#stored(connection, filters, sinceSeq)) {
      const json = key === null ? null : store.json(key.seq, now());
      if (json !== null) {
        subscription.sendStored(json);
        sent += 1;
      }
      if (connection.isCongested) await connection.caughtUp();
      else if (key === null || sent % EVENTS_PER_TURN === 0) await nextTurn();
      if (!subscription.isOpen) return;
    }
    subscription.endStored();
  }

  /** NIP-45. A filter's `limit` is for results and does not bound a count. */
  async #count(connection: Connection, id: string, filters: readonly Filter[]): Promise<void> {
    if (!connection.isOpen) return;
    let found = 0;
    const unlimited = filters.map((filter) => ({ ...filter, limit: Infinity }));
    for (const key of this.#stored(connection, unlimited, this.#options.store.lastSeq())) {
      if (key === null) await nextTurn();
      else found += 1;
      if (!connection.isOpen) return;
    }
    connection.send(countMessage(id, found));
  }

  #stored(connection: Connection, filters: readonly Filter[], upToSeq: number): Generator<EventKey | null> {
    const { store, now, policy } = this.#options;
    return storedEvents({
      store,
      filters,
      upToSeq,
      now,
      isPrivate: (kind) => policy.isPrivate(kind),
      mayRead: (event) => policy.mayRead(event, connection.identities),
    });
  }
}
