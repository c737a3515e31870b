/** As much of IndexedDB as books need; the types of Node do not know it. */
interface Request<Result> {
  readonly result: Result;
  readonly error: Error | null;
  addEventListener(type: 'success' | 'error' | 'upgradeneeded', listener: () => void): void;
}

interface Database {
  transaction(
    stores: readonly string[],
    mode: 'readwrite',
    options: { readonly durability: 'strict' },
  ): Transaction;
  createObjectStore(name: string): unknown;
  close(): void;
  addEventListener(type: 'versionchange', listener: () => void): void;
}

interface Transaction {
  readonly error: Error | null;
  objectStore(name: string): ObjectStore;
  abort(): void;
  addEventListener(type: 'complete' | 'abort', listener: () => void): void;
}

/** One object store within a transaction. */
export interface ObjectStore {
  get(key: string | number): Request<unknown>;
  getAll(): Request<unknown[]>;
  getAllKeys(): Request<unknown[]>;
  put(value: unknown, key: string | number): unknown;
  delete(key: string | number): unknown;
}

/** A database of this origin. */
export interface PageDatabase {
  /**
   * Runs one transaction over all stores; resolves with what `run` gives once it is on the disk (`strict`). `run`
   * awaits nothing but `read`. Rejects, and writes nothing, when `run` throws.
   */
  transaction<Value>(run: (store: (name: string) => ObjectStore) => Promise<Value>): Promise<Value>;
  close(): void;
}

/** Opens a database of this origin, made with these stores when missing. */
export async function openPageDatabase(name: string, stores: readonly string[]): Promise<PageDatabase> {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the same sources are checked without the DOM's types
  const { indexedDB } = globalThis as unknown as {
    readonly indexedDB: { open(name: string, version: number): Request<Database> };
  };
  const opening = indexedDB.open(name, 1);
  opening.addEventListener('upgradeneeded', () => {
    for (const store of stores) opening.result.createObjectStore(store);
  });
  const database = await read(opening);
  database.addEventListener('versionchange', () => database.close()); // somebody deletes them: a person asked for it
  return {
    async transaction(run) {
      const transaction = database.transaction(stores, 'readwrite', { durability: 'strict' });
      const ends = new Promise<void>((resolve, reject) => {
        transaction.addEventListener('complete', () => resolve());
        transaction.addEventListener('abort', () =>
          reject(transaction.error ?? new Error('The transaction was aborted.')),
        );
      });
      ends.catch(() => undefined); // heard below, unless `run` has thrown
      try {
        const value = await run((store) => transaction.objectStore(store));
        await ends;
        return value;
      } catch (error) {
        abort(transaction);
        throw error;
      }
    },
    close: () => database.close(),
  };
}

/** What a request brought. */
export function read<Result>(request: Request<Result>): Promise<Result> {
  return new Promise((resolve, reject) => {
    request.addEventListener('success', () => resolve(request.result));
    request.addEventListener('error', () => reject(request.error ?? new Error('IndexedDB failed.')));
  });
}

function abort(transaction: Transaction): void {
  try {
    transaction.abort();
  } catch {
    // it has ended already
  }
}
