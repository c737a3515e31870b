/** Requests whose answers are remembered, and ids of each: what a reader pages through in one sitting. */
const MAX_REQUESTS = 200;
const MAX_LISTED = 1000;

/** Remembers what each request was answered, so that a request that goes on from it (as noStrudel pages) gets other notes. */
export class FeedPages {
  readonly #listed = new Map<string, readonly string[]>();

  /** What was listed up to and with the answer of a request; empty when it is not known any more. */
  before(requestId: string | undefined): readonly string[] {
    return (requestId === undefined ? undefined : this.#listed.get(requestId)) ?? [];
  }

  /** Notes what a request was answered, after what was listed before it. */
  answered(requestId: string, before: readonly string[], ids: readonly string[]): void {
    this.#listed.set(requestId, [...before, ...ids].slice(-MAX_LISTED));
    for (const oldest of this.#listed.keys())
      if (this.#listed.size > MAX_REQUESTS) this.#listed.delete(oldest);
  }
}
