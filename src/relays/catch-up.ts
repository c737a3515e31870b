import type { Filter } from '../protocol/index.ts';

/** Relays cap what one question returns; no cap below this is known, so a shorter answer is a whole one. */
const SMALLEST_CAP = 100;

/** Walks back through what was missed, page by page, when a relay stored more than it returns at once. */
export class CatchUp {
  readonly #filters: readonly Filter[];
  #until = Number.POSITIVE_INFINITY;
  #oldest = Number.POSITIVE_INFINITY;
  #count = 0;

  constructor(filters: readonly Filter[]) {
    this.#filters = filters;
  }

  /** Notes the date of a verified event of the present page. */
  saw(createdAt: number): void {
    this.#count += 1;
    this.#oldest = Math.min(this.#oldest, createdAt);
  }

  /** The question for the next older page; `null` when the last one was whole or brought nothing older. */
  nextPage(): readonly Filter[] | null {
    const until = this.#oldest;
    if (this.#count < SMALLEST_CAP || until >= this.#until) return null;
    this.#until = until;
    this.#count = 0;
    const page = this.#filters
      .filter((filter) => (filter.since ?? 0) <= until)
      .map((filter) => ({ ...filter, until: Math.min(filter.until ?? until, until) }));
    return page.length === 0 ? null : page;
  }
}
