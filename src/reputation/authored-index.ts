/**
 * Ids of events by what they are about and who wrote them. Each author has so much room for each thing, so that
 * nobody's events can crowd out somebody else's.
 */
export class AuthoredIndex {
  readonly #perAuthor: number;
  readonly #index = new Map<string, Map<string, Set<string>>>();

  constructor(perAuthor: number) {
    this.#perAuthor = perAuthor;
  }

  hasRoom(about: string, author: string): boolean {
    return (this.#index.get(about)?.get(author)?.size ?? 0) < this.#perAuthor;
  }

  add(about: string, author: string, id: string): void {
    const authors = this.#index.get(about) ?? new Map<string, Set<string>>();
    this.#index.set(about, authors);
    const ids = authors.get(author) ?? new Set();
    authors.set(author, ids.add(id));
  }

  remove(about: string, author: string, id: string): void {
    const authors = this.#index.get(about);
    const ids = authors?.get(author);
    if (ids?.delete(id) && ids.size === 0) authors?.delete(author);
    if (authors?.size === 0) this.#index.delete(about);
  }

  *idsAbout(about: string): Iterable<string> {
    for (const ids of this.#index.get(about)?.values() ?? []) yield* ids;
  }
}
