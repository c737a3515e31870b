import type { Filter, NostrEvent } from '../protocol/index.ts';
import { compileFilters } from './filter-match.ts';
import type { RelayRequest } from './request-table.ts';

/** What the relays of one query have sent so far: each event once, the newest `limit` of them. */
export class QueryAnswer {
  readonly #filters: readonly Filter[];
  readonly #matches: (event: NostrEvent) => boolean;
  readonly #limit: number;
  #events = new Map<string, NostrEvent>();

  constructor(filters: readonly Filter[], limit: number) {
    this.#filters = filters;
    this.#matches = compileFilters(filters);
    this.#limit = limit;
  }

  /** The query at one relay; `onDone` hears that it has sent everything, or will not. */
  request(onDone: () => void): RelayRequest {
    return {
      filters: () => this.#filters,
      wants: (event) => !this.#events.has(event.id) && this.#matches(event),
      deliver: (event) => {
        this.#events.set(event.id, event);
        if (this.#events.size >= 2 * this.#limit) this.#trim();
      },
      onEose: onDone,
      onClosed: (_message, final) => final && onDone(),
      onUnreachable: onDone,
    };
  }

  /** Newest first; events of one second in the order of their ids, as NIP-01 has it. */
  newestFirst(): NostrEvent[] {
    this.#trim();
    return [...this.#events.values()];
  }

  #trim(): void {
    const sorted = [...this.#events.values()].toSorted(
      (left, right) => right.created_at - left.created_at || (left.id < right.id ? -1 : 1),
    );
    this.#events = new Map(sorted.slice(0, this.#limit).map((event) => [event.id, event]));
  }
}
