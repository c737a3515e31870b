import { StoreError } from '../store-error.ts';
import { openPageDatabase, read } from './indexed-db.ts';

/** Of one page of the database file; SQLite keeps to it from the first page on. */
export const PAGE_BYTES = 4096;

/** What one commit changed: pages by their number, counted from zero. */
export interface ChangedPages {
  readonly pages: ReadonlyMap<number, Uint8Array>;
  /** Pages from here on are gone. */
  readonly count: number;
  /** How many there were. */
  readonly countBefore: number;
}

/** The pages of one database in IndexedDB. */
export interface KeptPages {
  /** All of them, as they stood when they were opened. */
  readonly loaded: ReadonlyMap<number, Uint8Array>;
  /**
   * Writes what one commit changed in one strict transaction: all of it is on the disk, or nothing. Rejects with
   * `StoreError` `store-taken-over`, `disk-full` or `store-broken`.
   */
  write(changed: ChangedPages): Promise<void>;
  close(): void;
}

/**
 * Opens the pages and takes them over: whoever had them open before can write nothing any more. A tab that was frozen
 * in the middle of its work wakes as if nothing had happened; the epoch, which every commit checks in the very
 * transaction that writes, tells it.
 */
export async function openPages(name: string): Promise<KeptPages> {
  const database = await openPageDatabase(name, ['pages', 'meta']);
  const { epoch, loaded } = await database.transaction(async (store) => {
    const [before, keys, pages] = await Promise.all([
      read(store('meta').get('epoch')),
      read(store('pages').getAllKeys()),
      read(store('pages').getAll()),
    ]);
    const mine = (typeof before === 'number' ? before : 0) + 1;
    store('meta').put(mine, 'epoch');
    return { epoch: mine, loaded: new Map(keys.map((key, index) => [Number(key), asPage(pages[index])])) };
  });
  return {
    loaded,
    async write({ pages, count, countBefore }) {
      try {
        await database.transaction(async (store) => {
          if ((await read(store('meta').get('epoch'))) !== epoch) throw TAKEN_OVER;
          for (const [number, bytes] of pages) store('pages').put(bytes, number);
          for (let gone = count; gone < countBefore; gone++) store('pages').delete(gone);
        });
      } catch (error) {
        throw explain(error);
      }
    },
    close: () => database.close(),
  };
}

function asPage(value: unknown): Uint8Array {
  if (value instanceof Uint8Array && value.length === PAGE_BYTES) return value;
  throw new StoreError('not-a-database', 'The books in this browser are damaged; import a copy.');
}

const TAKEN_OVER = new StoreError(
  'store-taken-over',
  'Another tab keeps the books of this browser now; nothing was written.',
);

function explain(error: unknown): StoreError {
  if (error instanceof StoreError) return error;
  return error instanceof Error && error.name === 'QuotaExceededError'
    ? new StoreError('disk-full', 'The browser gives no more room; nothing was written.', { cause: error })
    : new StoreError('store-broken', 'The browser could not write; nothing was written.', { cause: error });
}
