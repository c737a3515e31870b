import type { Filter } from '../protocol/index.ts';

/** Clocks differ and events are published some time after they were signed: ask again this far back. */
const OVERLAP_SECONDS = 300;
/** Gift wraps (NIP-59) are dated up to two days back on purpose. */
const GIFT_WRAP_KIND = 1059;
const GIFT_WRAP_OVERLAP_SECONDS = 2 * 86_400 + OVERLAP_SECONDS;

/**
 * From when on to ask a relay again after an outage. It moves only where nothing can be missing before it:
 * at EOSE and with live events after it, since relays send what they stored newest first.
 */
export class ResumePoint {
  readonly #filters: readonly Filter[];
  readonly #now: () => number;
  #firstEoseAt: number | null = null;
  #newestSeen: number | null = null;
  /** Newest of the stored events that are still arriving. */
  #newestArriving: number | null = null;
  #live = false;

  constructor(filters: readonly Filter[], now: () => number) {
    this.#filters = filters;
    this.#now = now;
  }

  /** Notes the date of a verified event; one in the future counts as now. */
  saw(createdAt: number): void {
    const seen = Math.min(createdAt, this.#now());
    this.#newestArriving = Math.max(this.#newestArriving ?? 0, seen);
    if (this.#live) this.#newestSeen = Math.max(this.#newestSeen ?? 0, seen);
  }

  /** The relay has sent all that it stored. */
  caughtUp(): void {
    this.#live = true;
    this.#firstEoseAt ??= this.#now();
    this.#newestSeen = maxOrNull(this.#newestSeen, this.#newestArriving);
  }

  /** The filters to ask with now; what arrives from here on is stored events again until EOSE. */
  askAgain(): { readonly filters: readonly Filter[]; readonly resuming: boolean } {
    this.#live = false;
    this.#newestArriving = null;
    const firstEoseAt = this.#firstEoseAt;
    if (firstEoseAt === null) return { filters: this.#filters, resuming: false };
    const filters = this.#filters.map((filter) => resumed(filter, this.#newestSeen, firstEoseAt));
    return { filters, resuming: true };
  }
}

function resumed(filter: Filter, newestSeen: number | null, firstEoseAt: number): Filter {
  const { limit, ...unlimited } = filter; // more than `limit` may have come during the outage
  const namesEvents = filter.ids !== undefined || filter['#e'] !== undefined;
  // Few events answer such a filter, and an answer may be published long after it was signed: ask for all.
  if (namesEvents && limit === undefined) return filter;
  const from = newestSeen ?? (limit === undefined ? null : firstEoseAt);
  if (from === null) return filter;
  const since = Math.max(filter.since ?? 0, from - overlapSeconds(filter));
  return { ...unlimited, since: Math.min(since, filter.until ?? since) };
}

function overlapSeconds(filter: Filter): number {
  const mayBeWrapped = filter.kinds === undefined || filter.kinds.includes(GIFT_WRAP_KIND);
  return mayBeWrapped ? GIFT_WRAP_OVERLAP_SECONDS : OVERLAP_SECONDS;
}

function maxOrNull(left: number | null, right: number | null): number | null {
  if (left === null || right === null) return left ?? right;
  return Math.max(left, right);
}
