import { join } from 'node:path';
import { hkdf } from '@noble/hashes/hkdf.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { utf8ToBytes } from '@noble/hashes/utils.js';
import { openEcashWallet } from '../ecash/index.ts';
import { openSqlEcashStore } from '../ecash/sql.ts';
import type { GuardedFetch } from '../http/index.ts';
import type { Signer } from '../keys/index.ts';
import type { Checkpoint } from '../ledger/index.ts';
import type { Wallet } from '../money/index.ts';
import type { LightningNetwork } from '../protocol/index.ts';
import type { RelayPool } from '../relays/index.ts';
import { createAccountEcash, type AccountEcash } from './ecash.ts';
import { restoreDueEcash } from './ecash-due.ts';

/** The mints that an account trusts with its ecash. */
export interface TrustedMints {
  readonly urls: readonly string[];
  /** Of their invoices. */
  readonly network: LightningNetwork;
}

/** The note under which the books remember what was announced. */
const ANNOUNCED = 'announced';

/** The ecash of an account. */
export interface OpenedEcash {
  readonly ecash: AccountEcash;
  /** Resolves when what a restored backup or a crash left to do was tried. */
  readonly resumed: Promise<void>;
  close(): Promise<void>;
}

/**
 * Opens the ecash of an account. Its seed and its lock key come from the account's key, so that whoever has that has
 * the ecash. What a backup does not know is found again, and what a crash left open is brought to its end, meanwhile. A key of its own says how it takes nutzaps
 * (kind 10019), which is how refunds come back; a person's own lists are left alone.
 */
export function openEcash(parts: {
  readonly dir: string;
  readonly mints: TrustedMints;
  readonly secretKey: Uint8Array;
  readonly isOwnKey: boolean;
  readonly signer: Signer;
  readonly lightning: Wallet | null;
  readonly fetch: GuardedFetch;
  readonly relays: RelayPool;
  readonly relayUrls: readonly string[];
  /** Unix seconds. */
  readonly now: () => number;
  /** For the crash harness. */
  readonly checkpoint?: Checkpoint | undefined;
}): OpenedEcash {
  const { secretKey, lightning, mints, relayUrls, fetch, now } = parts;
  const store = openSqlEcashStore({ path: join(parts.dir, 'ecash.sqlite') });
  const lockSecretKey = derive(secretKey, 'lock', 32);
  const wallet = openEcashWallet({
    store,
    fetch,
    now,
    seed: derive(secretKey, 'seed', 64),
    lockSecretKey,
    mintUrls: mints.urls,
    network: mints.network,
    ...(lightning === null ? {} : { lightning }),
    checkpoint: (name) => parts.checkpoint?.(`ecash:${name}`),
  });
  const ecash = createAccountEcash({ ...parts, wallet, store, lockSecretKey });
  const closing = new AbortController();

  async function announceOnce(): Promise<void> {
    const mark = JSON.stringify([mints.urls, relayUrls]);
    const isDue = parts.isOwnKey && relayUrls.length > 0 && !closing.signal.aborted;
    if (!isDue || (await store.note(ANNOUNCED)) === mark) return;
    if (await ecash.announce()) await store.saveNote(ANNOUNCED, mark);
  }

  async function resume(): Promise<void> {
    await restoreDueEcash(parts.dir, { wallet, store }, closing.signal);
    await wallet.resume({ signal: closing.signal });
  }

  const resumed = resume().catch(() => undefined); // what is left open is taken up by the next start
  void resumed.then(announceOnce).catch(() => undefined); // relays that do not answer keep nobody from closing
  return {
    ecash,
    resumed,
    async close() {
      closing.abort();
      await resumed;
      await store.close();
    },
  };
}

function derive(secretKey: Uint8Array, purpose: string, bytes: number): Uint8Array {
  return hkdf(sha256, secretKey, undefined, utf8ToBytes(`coinop/ecash/${purpose}/v1`), bytes);
}
