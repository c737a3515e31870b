import { useEffect, useState } from 'react';

/** What the browser does with what pages keep in it. */
export interface BrowserStorage {
  /** Whether it said that it evicts nothing by itself; `undefined` until it answered. */
  readonly isKept: boolean | undefined;
  /** Asks it not to, and tells what it said; browsers agree on a click only. */
  readonly ask: () => Promise<boolean>;
}

/** As it was told last, so that a page that comes back knows at once. */
let lastTold: boolean | undefined;

/** What the browser says of its storage. Where it says nothing there is nothing to ask it for. */
export function useStorage(): BrowserStorage {
  const [isKept, setIsKept] = useState(lastTold);
  useEffect(() => {
    let shown = true;
    void answered((storage) => storage.persisted()).then((told) => {
      lastTold = told;
      if (shown) setIsKept(told);
    });
    return () => {
      shown = false;
    };
  }, []);
  const ask = async () => {
    const told = await answered((storage) => storage.persist());
    lastTold = told;
    setIsKept(told);
    return told;
  };
  return { isKept, ask };
}

/** Pages that are not served in a safe way have no such storage. */
async function answered(question: (storage: StorageManager) => Promise<boolean>): Promise<boolean> {
  const storage: StorageManager | undefined = Reflect.get(navigator, 'storage');
  return storage === undefined || (await question(storage));
}
