import { PAGE_BYTES, type ChangedPages } from './pages.ts';

/**
 * The database file as SQLite sees it: all pages in memory, and which of them were changed since they were last on the
 * disk. SQLite reads whole pages, or bytes within one, and writes whole pages.
 */
export class PageFile {
  readonly #pages: Map<number, Uint8Array>;
  /** What changed pages were before; `null` for new ones. */
  readonly #before = new Map<number, Uint8Array | null>();
  #count: number;
  #countBefore: number;

  constructor(pages: ReadonlyMap<number, Uint8Array>) {
    this.#pages = new Map(pages);
    this.#count = pages.size;
    this.#countBefore = pages.size;
  }

  /** In bytes. */
  get size(): number {
    return this.#count * PAGE_BYTES;
  }

  /** Fills `into` from there; `false` when the file ends before, and then the rest is zero. */
  read(into: Uint8Array, offset: number): boolean {
    const page = this.#pages.get(Math.floor(offset / PAGE_BYTES));
    const within = offset % PAGE_BYTES;
    if (page === undefined || within + into.length > PAGE_BYTES) {
      into.fill(0);
      return false;
    }
    into.set(page.subarray(within, within + into.length));
    return true;
  }

  /** `false` when it is no whole page. */
  write(bytes: Uint8Array, offset: number): boolean {
    if (bytes.length !== PAGE_BYTES || offset % PAGE_BYTES !== 0) return false;
    const number = offset / PAGE_BYTES;
    this.#remember(number);
    this.#pages.set(number, bytes.slice());
    this.#count = Math.max(this.#count, number + 1);
    return true;
  }

  truncate(size: number): void {
    const count = Math.ceil(size / PAGE_BYTES);
    for (let number = count; number < this.#count; number++) {
      this.#remember(number);
      this.#pages.delete(number);
    }
    this.#count = Math.min(this.#count, count);
  }

  /** What has changed since `keep` or `takeBack`; `null` when nothing has. */
  changed(): ChangedPages | null {
    if (this.#before.size === 0) return null;
    const pages = new Map<number, Uint8Array>();
    for (const number of this.#before.keys()) {
      const page = this.#pages.get(number);
      if (page !== undefined) pages.set(number, page);
    }
    return { pages, count: this.#count, countBefore: this.#countBefore };
  }

  /** The changes are on the disk. */
  keep(): void {
    this.#before.clear();
    this.#countBefore = this.#count;
  }

  /** The changes never came to the disk: the file is what it was. */
  takeBack(): void {
    for (const [number, page] of this.#before)
      if (page === null) this.#pages.delete(number);
      else this.#pages.set(number, page);
    this.#before.clear();
    this.#count = this.#countBefore;
  }

  #remember(number: number): void {
    if (!this.#before.has(number)) this.#before.set(number, this.#pages.get(number) ?? null);
  }
}
