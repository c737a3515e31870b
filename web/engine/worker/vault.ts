/** What this browser keeps besides the books: who is signed in, the wallet, the relays. */
export interface Vault {
  read<Value>(name: string): Promise<Value | null>;
  write(name: string, value: unknown): Promise<void>;
  remove(name: string): Promise<void>;
  /** Everything that is kept under a name that begins so. */
  names(prefix: string): Promise<readonly string[]>;
  /** Keeps text so that a copy of the browser's files does not show it. */
  writeSecret(name: string, text: string): Promise<void>;
  /** `null` when there is none, or none that can be opened. */
  readSecret(name: string): Promise<string | null>;
  close(): void;
}

/** Under which names the wallet of a key is kept. */
export function keptWallet(pubkey: string): { readonly wallet: string; readonly secret: string } {
  return { wallet: `wallet:${pubkey}`, secret: `wallet-secret:${pubkey}` };
}

/** The names under which the ecash of a key is kept: the mints it trusts, its seed, and when its books were restored. */
export const keptEcash = (pubkey: string) => ({
  mints: `ecash-mints:${pubkey}`,
  key: `ecash-key:${pubkey}`,
  restoredAt: `ecash-restored-at:${pubkey}`,
});

/** The names under which a key keeps in which browser it buys, and what another browser's wallet may have paid. */
export const keptPurchases = (pubkey: string) => ({
  claim: `purchases-claim:${pubkey}`,
  paidElsewhere: `paid-elsewhere:${pubkey}`,
});

/** Set once something was bought here: from then on the books are opened with the page. */
export const HAS_BOUGHT = 'has-bought';

/** The names under which an identity keeps its own work: each that signs in here has a worker key of its own. */
export const keptWork = (ownerPubkey: string) => ({
  profile: `work-profile:${ownerPubkey}`,
  hours: `work-hours:${ownerPubkey}`,
  key: `worker-key:${ownerPubkey}`,
  claim: `work-claim:${ownerPubkey}`,
});

const STORE = 'kept';
const WRAPPING_KEY = 'wrapping-key';
const NONCE_BYTES = 12;

/**
 * Opens the vault. Secrets are wrapped by a key that this browser made and never shows (AES-GCM, not extractable):
 * code of this origin can use it, and nobody else.
 */
export async function openVault(name: string): Promise<Vault> {
  const database = await openDatabase(name);
  const run = <Value>(mode: IDBTransactionMode, act: (store: IDBObjectStore) => IDBRequest<Value>) =>
    new Promise<Value>((resolve, reject) => {
      const transaction = database.transaction(STORE, mode, { durability: 'strict' });
      const request = act(transaction.objectStore(STORE));
      transaction.addEventListener('complete', () => resolve(request.result));
      transaction.addEventListener('abort', () =>
        reject(transaction.error ?? new Error('The browser could not write.')),
      );
    });
  const read = async <Value>(key: string): Promise<Value | null> => {
    const value: Value | undefined = await run<Value>('readonly', (store) => store.get(key));
    return value ?? null;
  };
  const write = async (key: string, value: unknown) => {
    await run('readwrite', (store) => store.put(value, key));
  };
  const wrappingKey = async (): Promise<CryptoKey> => {
    const kept = await read<CryptoKey>(WRAPPING_KEY);
    if (kept !== null) return kept;
    const made = await crypto.subtle.generateKey({ name: 'AES-GCM', length: 256 }, false, [
      'encrypt',
      'decrypt',
    ]);
    await write(WRAPPING_KEY, made);
    return made;
  };
  return {
    read,
    write,
    remove: async (key) => {
      await run('readwrite', (store) => store.delete(key));
    },
    async names(prefix) {
      const range = IDBKeyRange.bound(prefix, `${prefix}\uffff`);
      const keys = await run('readonly', (store) => store.getAllKeys(range));
      return keys.filter((key) => typeof key === 'string');
    },
    async writeSecret(key, text) {
      const iv = crypto.getRandomValues(new Uint8Array(NONCE_BYTES));
      const sealed = await crypto.subtle.encrypt(
        { name: 'AES-GCM', iv, additionalData: new TextEncoder().encode(key) },
        await wrappingKey(),
        new TextEncoder().encode(text),
      );
      await write(key, { iv, sealed } satisfies Sealed);
    },
    async readSecret(key) {
      const kept = await read<Sealed>(key);
      if (kept === null) return null;
      try {
        const opened = await crypto.subtle.decrypt(
          { name: 'AES-GCM', iv: kept.iv, additionalData: new TextEncoder().encode(key) },
          await wrappingKey(),
          kept.sealed,
        );
        return new TextDecoder().decode(opened);
      } catch {
        return null;
      }
    },
    close: () => database.close(),
  };
}

interface Sealed {
  readonly iv: Uint8Array<ArrayBuffer>;
  readonly sealed: ArrayBuffer;
}

function openDatabase(name: string): Promise<IDBDatabase> {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open(name, 1);
    request.addEventListener('upgradeneeded', () => request.result.createObjectStore(STORE));
    request.addEventListener('success', () => resolve(request.result));
    request.addEventListener('error', () =>
      reject(request.error ?? new Error('The browser keeps nothing for this page.')),
    );
  });
}
