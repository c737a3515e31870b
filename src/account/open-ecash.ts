import { hkdf } from '@noble/hashes/hkdf.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { utf8ToBytes } from '@noble/hashes/utils.js';
import { openEcashWallet, type EcashStore, type FundingWallet } from '../ecash/index.ts';
import type { GuardedFetch } from '../http/index.ts';
import type { Checkpoint } from '../ledger/index.ts';
import type { LightningNetwork } from '../protocol/index.ts';
import { createAccountEcash, type AccountEcash, type EcashOwner } from './ecash.ts';
import { restoreEcash } from './restore-ecash.ts';

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
  /** The same ecash in the name of another key of the same person, such as the one that it works under. */
  inNameOf(owner: EcashOwner): AccountEcash;
  /** Resolves when what a restored backup or a crash left to do was tried. */
  readonly resumed: Promise<void>;
  /** Ends what it does by itself; the books stay open. */
  close(): Promise<void>;
}

/**
 * Opens the ecash of an account over its books. Its seed and its lock key come from one secret key, so that whoever has
 * that has the ecash. What a backup does not know is found again, and what a crash left open is brought to its end,
 * meanwhile. A key of its own says how it takes nutzaps (kind 10019), which is how refunds come back; a person's own
 * lists are left alone.
 */
export function openEcash(
  parts: EcashOwner & {
    /** Stays the caller's, who closes it. */
    readonly store: EcashStore;
    readonly mints: TrustedMints;
    /** 32 bytes, which no other ecash books use: the account's own key, or one made for them. */
    readonly secretKey: Uint8Array;
    readonly isOwnKey: boolean;
    readonly lightning: FundingWallet | null;
    readonly fetch: GuardedFetch;
    /** When these books were restored from a copy, unix seconds; `null` when they never were. */
    readonly restoredAt: () => Promise<number | null>;
    /** Unix seconds. */
    readonly now: () => number;
    /** For the crash harness. */
    readonly checkpoint?: Checkpoint | undefined;
  },
): OpenedEcash {
  const { store, secretKey, lightning, mints, relayUrls, fetch, now } = parts;
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
  const inNameOf = ({ signer, relays, relayUrls: where }: EcashOwner): AccountEcash =>
    createAccountEcash({ wallet, store, signer, relays, relayUrls: where, lockSecretKey, now });
  const ecash = inNameOf(parts);
  const closing = new AbortController();

  async function announceOnce(): Promise<void> {
    const mark = JSON.stringify([mints.urls, relayUrls]);
    const isDue = parts.isOwnKey && relayUrls.length > 0 && !closing.signal.aborted;
    if (!isDue || (await store.note(ANNOUNCED)) === mark) return;
    if (await ecash.announce()) await store.saveNote(ANNOUNCED, mark);
  }

  async function resume(): Promise<void> {
    const restoredAt = await parts.restoredAt();
    if (restoredAt !== null) await restoreEcash(restoredAt, { wallet, store }, closing.signal);
    await wallet.resume({ signal: closing.signal });
  }

  const resumed = resume().catch(() => undefined); // what is left open is taken up by the next start
  void resumed.then(announceOnce).catch(() => undefined); // relays that do not answer keep nobody from closing
  return {
    ecash,
    inNameOf,
    resumed,
    async close() {
      closing.abort();
      await resumed;
    },
  };
}

function derive(secretKey: Uint8Array, purpose: string, bytes: number): Uint8Array {
  return hkdf(sha256, secretKey, undefined, utf8ToBytes(`coinop/ecash/${purpose}/v1`), bytes);
}
