import type { Filter, NostrEvent } from '../protocol/index.ts';
import { CatchUp } from './catch-up.ts';
import type { SubscribeOptions } from './contract.ts';
import type { RecentMap } from './recent-map.ts';
import type { RelayConnection } from './relay-connection.ts';
import type { RelayRequest } from './request-table.ts';
import { ResumePoint } from './resume-point.ts';

/** One subscription as all its relays share it. */
export interface Subscription {
  readonly options: SubscribeOptions;
  readonly matches: (event: NostrEvent) => boolean;
  /** Ids that were handed on, with the date of each event. */
  readonly seen: RecentMap<number>;
}

/** What the owner of a subscription at one relay wants to hear: every answer or failure, and the final refusal. */
export interface LiveRequestEvents {
  readonly onAnswered: () => void;
  readonly onRefused: () => void;
}

/** One subscription at one relay, across reconnects. */
export class LiveRequest implements RelayRequest {
  readonly #subscription: Subscription;
  readonly #connection: RelayConnection;
  readonly #events: LiveRequestEvents;
  readonly #resume: ResumePoint;
  /** While older pages of what was missed are fetched. */
  #catchUp: CatchUp | null = null;
  #page: RelayRequest | null = null;

  constructor(
    subscription: Subscription,
    connection: RelayConnection,
    now: () => number,
    events: LiveRequestEvents,
  ) {
    this.#subscription = subscription;
    this.#connection = connection;
    this.#events = events;
    this.#resume = new ResumePoint(subscription.options.filters, now);
  }

  filters(): readonly Filter[] {
    this.#dropPage();
    const { filters, resuming } = this.#resume.askAgain();
    this.#catchUp = resuming ? new CatchUp(filters) : null;
    return filters;
  }

  wants(event: NostrEvent): boolean {
    const { seen, matches } = this.#subscription;
    const seenDate = seen.get(event.id);
    if (seenDate === undefined) return matches(event);
    this.#saw(seenDate); // the date of the verified copy: this one may be forged
    return false;
  }

  deliver(event: NostrEvent): void {
    const { seen, options } = this.#subscription;
    this.#saw(event.created_at);
    if (seen.get(event.id) !== undefined) return;
    seen.set(event.id, event.created_at);
    options.onEvent(event, this.#connection.url);
  }

  onEose(): void {
    const older = this.#catchUp?.nextPage() ?? null;
    if (older === null) this.#onCaughtUp();
    else this.#fetchPage(older);
  }

  onClosed(message: string, final: boolean): void {
    this.#events.onAnswered();
    if (!final) return;
    this.#events.onRefused();
    this.#subscription.options.onClosed?.(this.#connection.url, message);
  }

  onUnreachable(): void {
    this.#events.onAnswered();
  }

  /** Wants nothing more. */
  end(): void {
    this.#dropPage();
    this.#connection.cancelRequest(this);
  }

  #saw(createdAt: number): void {
    this.#resume.saw(createdAt);
    this.#catchUp?.saw(createdAt);
  }

  #onCaughtUp(): void {
    this.#catchUp = null;
    this.#resume.caughtUp();
    this.#events.onAnswered();
    this.#subscription.options.onEose?.(this.#connection.url);
  }

  #fetchPage(filters: readonly Filter[]): void {
    this.#page = {
      filters: () => filters,
      wants: (event) => this.wants(event),
      deliver: (event) => this.deliver(event),
      onEose: () => {
        this.#dropPage();
        this.onEose();
      },
      onClosed: (_message, final) => {
        if (final) this.#onCaughtUp(); // as far as this relay allows
      },
      onUnreachable: () => undefined,
    };
    this.#connection.request(this.#page);
  }

  #dropPage(): void {
    if (this.#page !== null) this.#connection.cancelRequest(this.#page);
    this.#page = null;
  }
}
