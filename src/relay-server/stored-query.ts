import { parseEvent, type Filter, type NostrEvent } from '../protocol/index.ts';
import { accessPaths, type AccessPath } from './access-paths.ts';
import type { EventStore } from './event-store.ts';
import { filterMatcher, tagConditions } from './filters.ts';
import { startingAt, type EventKey, type Position } from './pages.ts';

/** Rows of all first pages of a query together; a query over many entries starts with small pages. */
const FIRST_ROWS = 2_048;
const MIN_PAGE = 4;
const MAX_PAGE = 256;

/** What a reader of stored events wants. */
export interface StoredQuery {
  readonly store: EventStore;
  readonly filters: readonly Filter[];
  /** Only events that had arrived by then; later ones come live. */
  readonly upToSeq: number;
  readonly now: () => number;
  /** Asked for every event of a kind that `isPrivate` names: whether this reader may see it. */
  readonly mayRead: (event: NostrEvent) => boolean;
  readonly isPrivate: (kind: number) => boolean;
}

/**
 * The stored events that match any of the filters: each once, newest first and then lowest id first across
 * all filters, for each filter as many as its `limit`. Yields `null` after each page read, where the caller
 * may give way to others: between two yields only a bounded number of rows is read.
 */
export function* storedEvents(query: StoredQuery): Generator<EventKey | null, void, void> {
  const paths = query.filters.map((filter) => ({ filter, paths: accessPaths(filter) }));
  const entries = paths.reduce((sum, { paths: { length } }) => sum + length, 0);
  const firstPage = Math.max(MIN_PAGE, Math.min(MAX_PAGE, Math.floor(FIRST_ROWS / Math.max(1, entries))));
  const heap = new WalkHeap();
  for (const { filter, paths: ways } of paths) {
    const wish: Wish = { filter, remaining: filter.limit ?? Infinity, matches: filterMatcher(filter) };
    if (wish.remaining === 0) continue;
    for (const path of ways) {
      const walk = new Walk(query, wish, path, firstPage);
      if (walk.advance()) heap.push(walk);
      yield null;
    }
  }
  for (let walk = heap.pop(); walk !== undefined; walk = heap.pop()) {
    const { head } = walk;
    const served = new Set<Wish>();
    // The same event stands at the head of every other walk that will find it.
    for (let same: Walk | undefined = walk; same !== undefined; same = heap.popIfAt(head)) {
      if (same.wish.remaining > 0 && same.headMatches()) served.add(same.wish);
      const pagesBefore = same.pagesRead;
      if (same.wish.remaining > 0 && same.advance()) heap.push(same);
      if (same.pagesRead > pagesBefore) yield null;
    }
    for (const wish of served) wish.remaining -= 1;
    if (served.size > 0) yield head;
  }
}

/** One filter and how many events it may still bring. */
interface Wish {
  readonly filter: Filter;
  readonly matches: (event: NostrEvent) => boolean;
  remaining: number;
}

/** One walk along one entry of an index. `advance` must have returned true before `head` is read. */
class Walk {
  readonly wish: Wish;
  pagesRead = 0;
  readonly #query: StoredQuery;
  readonly #path: AccessPath;
  /** The entry itself answers one tag condition; with more of them the event's own tags must be read. */
  readonly #readsTags: boolean;
  #after: Position;
  #pageSize: number;
  #page: EventKey[] = [];
  #at = -1;
  #isLastPage = false;

  constructor(query: StoredQuery, wish: Wish, path: AccessPath, pageSize: number) {
    this.wish = wish;
    this.#query = query;
    this.#path = path;
    this.#pageSize = pageSize;
    this.#after = startingAt(wish.filter.until);
    this.#readsTags = tagConditions(wish.filter).length > (path.index === 'tag' ? 1 : 0);
  }

  get head(): EventKey {
    const head = this.#page[this.#at];
    if (head === undefined) throw new Error('the walk has no head');
    return head;
  }

  /** Moves to the next row; false at the end. */
  advance(): boolean {
    this.#at += 1;
    if (this.#at < this.#page.length) return true;
    if (this.#isLastPage) return false;
    const { store, upToSeq, now } = this.#query;
    this.#page = store.page({
      path: this.#path,
      filter: this.wish.filter,
      after: this.#after,
      upToSeq,
      now: now(),
      rows: this.#pageSize,
    });
    this.pagesRead += 1;
    this.#isLastPage = this.#page.length < this.#pageSize;
    this.#pageSize = Math.min(MAX_PAGE, this.#pageSize * 2);
    this.#after = this.#page.at(-1) ?? this.#after;
    this.#at = 0;
    return this.#page.length > 0;
  }

  headMatches(): boolean {
    const { seq, kind, matches } = this.head;
    const { store, now, isPrivate, mayRead } = this.#query;
    if (!matches) return false;
    if (!this.#readsTags && !isPrivate(kind)) return true;
    const json = store.json(seq, now());
    const event = json === null ? null : parseEvent(JSON.parse(json));
    if (!event?.ok) return false;
    return this.wish.matches(event.value) && (!isPrivate(kind) || mayRead(event.value));
  }
}

/** A binary heap of walks; the one whose head comes first is on top. */
class WalkHeap {
  readonly #walks: Walk[] = [];

  push(walk: Walk): void {
    const walks = this.#walks;
    let at = walks.push(walk) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!this.#swapIfBefore(at, parent)) return;
      at = parent;
    }
  }

  pop(): Walk | undefined {
    const walks = this.#walks;
    const top = walks[0];
    const last = walks.pop();
    if (last === undefined || last === top) return top;
    walks[0] = last;
    for (let at = 0; ;) {
      const left = 2 * at + 1;
      const [a, b] = [walks[left], walks[left + 1]];
      if (a === undefined) return top;
      const child = b !== undefined && comesBefore(b.head, a.head) ? left + 1 : left;
      if (!this.#swapIfBefore(child, at)) return top;
      at = child;
    }
  }

  popIfAt({ seq }: Position): Walk | undefined {
    return this.#walks[0]?.head.seq === seq ? this.pop() : undefined;
  }

  #swapIfBefore(lower: number, upper: number): boolean {
    const [a, b] = [this.#walks[lower], this.#walks[upper]];
    if (a === undefined || b === undefined || !comesBefore(a.head, b.head)) return false;
    this.#walks[lower] = b;
    this.#walks[upper] = a;
    return true;
  }
}

function comesBefore(a: Position, b: Position): boolean {
  return (a.age - b.age || a.rank - b.rank || a.seq - b.seq) < 0;
}
