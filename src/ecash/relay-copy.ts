import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';
import { z } from 'zod';
import type { Signer } from '../keys/index.ts';
import {
  buildEcashToken,
  buildEcashTokenDeletion,
  buildEcashWallet,
  buildNutzapInfo,
  buildNutzapRedemption,
  ECASH_TOKEN_KIND,
  failure,
  parseEcashToken,
  success,
  ZERO_MSAT,
  type EcashProof,
  type EcashToken,
  type EventTemplate,
  type NostrEvent,
  type Nutzap,
  type Outcome,
} from '../protocol/index.ts';
import type { RelayPool } from '../relays/index.ts';
import type { EcashWallet } from './ecash-wallet.ts';
import { pointOf } from './locks.ts';
import { sumOf } from './settle.ts';
import type { EcashStore, StoredProof } from './store.ts';

/** Pieces in one token event: with NIP-44 that is some 40 kB, which relays take. */
const PIECES_PER_EVENT = 100;
/** Token events of one key that are read back at most. */
const MAX_TOKEN_EVENTS = 500;
const NOTE = 'relay copy';

/** What is on the relays, as the books remember it. */
const Copy = z.object({
  /** Mint → its token events, and a digest of the pieces in them. */
  tokens: z.record(z.string(), z.object({ ids: z.array(z.string()), digest: z.string() })),
  /** Token events that are to be deleted. */
  obsolete: z.array(z.string()),
  totalSat: z.string(),
});
type Copy = z.infer<typeof Copy>;

/** `not-published`: no relay took an event; the copy is tried again by the next `sync`. */
export type RelayCopyFailureCode = 'not-published';

/** A copy of the purse on relays (NIP-60), encrypted to its owner: another device, or a new one, finds it there. */
export interface RelayCopy {
  /** Publishes the wallet (17375) and how to be nutzapped (10019, whose key is the wallet's lock key). */
  announce(lockSecretKey: Uint8Array): Promise<Outcome<void, RelayCopyFailureCode>>;
  /**
   * Brings the copy up to date: token events (7375) for what changed, the deletion of the old ones, and one history
   * event (7376) for the difference, which also names the nutzaps that were redeemed (NIP-61).
   */
  sync(redeemed?: readonly Nutzap[]): Promise<Outcome<void, RelayCopyFailureCode>>;
  /** Takes in the ecash of token events that our books do not know, by swaps. Returns the sats that came in. */
  recover(signal: AbortSignal): Promise<bigint>;
}

/** Keeps a copy of a wallet's purse on relays. `now` is unix seconds; the signer is the Nostr identity. */
export function relayCopy(parts: {
  readonly wallet: EcashWallet;
  readonly store: EcashStore;
  readonly signer: Signer;
  readonly relays: RelayPool;
  readonly relayUrls: readonly string[];
  readonly now: () => number;
}): RelayCopy {
  const { wallet, store, signer, relays, relayUrls, now } = parts;
  const ownerPubkey = signer.pubkey;
  let last: Promise<unknown> = Promise.resolve();

  async function publish(template: EventTemplate): Promise<NostrEvent | null> {
    const event = await signer.sign(template);
    const receipts = await relays.publish(event, relayUrls);
    const isTaken = receipts.some(({ outcome }) => outcome === 'accepted' || outcome === 'duplicate');
    return isTaken ? event : null;
  }

  async function publishTokens(mint: string, proofs: readonly StoredProof[], replacedIds: readonly string[]) {
    const ids: string[] = [];
    for (let first = 0; first < proofs.length; first += PIECES_PER_EVENT) {
      const part = proofs.slice(first, first + PIECES_PER_EVENT);
      const token = { ownerPubkey, mint, unit: 'sat', proofs: part, replacedIds, createdAt: now() };
      const event = await publish(await buildEcashToken(token, signer.nip44));
      if (event === null) return null;
      ids.push(event.id);
    }
    return ids;
  }

  async function sync(redeemed: readonly Nutzap[]): Promise<Outcome<void, RelayCopyFailureCode>> {
    let copy = await readCopy(store);
    const free = await store.proofs({ role: 'purse', state: 'free' });
    const kept = [...free, ...(await store.proofs({ role: 'purse', state: 'held' }))];
    const createdIds: string[] = [];
    for (const mint of wallet.mintUrls) {
      const proofs = kept.filter(({ mintUrl }) => mintUrl === mint);
      const digest = digestOf(proofs);
      const before = copy.tokens[mint] ?? { ids: [], digest: digestOf([]) };
      if (before.digest === digest) continue;
      const ids = await publishTokens(mint, proofs, before.ids);
      if (ids === null) return notPublished();
      createdIds.push(...ids);
      copy = {
        ...copy,
        tokens: { ...copy.tokens, [mint]: { ids, digest } },
        obsolete: [...copy.obsolete, ...before.ids],
      };
      await store.saveNote(NOTE, JSON.stringify(copy));
    }
    if (copy.obsolete.length > 0) {
      if ((await publish(buildEcashTokenDeletion(copy.obsolete, now()))) === null) return notPublished();
      copy = { ...copy, obsolete: [] };
      await store.saveNote(NOTE, JSON.stringify(copy));
    }
    return tellHistory(copy, sumOf(kept), createdIds, redeemed);
  }

  async function tellHistory(
    copy: Copy,
    totalSat: bigint,
    createdIds: readonly string[],
    redeemed: readonly Nutzap[],
  ): Promise<Outcome<void, RelayCopyFailureCode>> {
    const difference = totalSat - BigInt(copy.totalSat);
    if (difference === 0n && redeemed.length === 0) return success(undefined);
    const history = {
      recipientPubkey: ownerPubkey,
      nutzapIds: redeemed.map(({ event }) => event.id),
      senderPubkeys: [...new Set(redeemed.map(({ senderPubkey }) => senderPubkey))],
      booked: {
        direction: difference < 0n ? ('out' as const) : ('in' as const),
        amount: difference < 0n ? -difference : difference,
        unit: 'sat',
        createdIds,
      },
      createdAt: now(),
    };
    if ((await publish(await buildNutzapRedemption(history, signer.nip44))) === null) return notPublished();
    await store.saveNote(NOTE, JSON.stringify({ ...copy, totalSat: totalSat.toString() }));
    return success(undefined);
  }

  return {
    async announce(lockSecretKey) {
      const mints = [...wallet.mintUrls];
      const settings = {
        ownerPubkey,
        lockSecretKey: bytesToHex(lockSecretKey),
        mints,
        createdAt: now(),
      };
      const info = {
        mints: mints.map((url) => ({ url, units: ['sat'] })),
        relays: relayUrls,
        lockPubkey: wallet.lockPubkey,
        createdAt: now(),
      };
      for (const template of [await buildEcashWallet(settings, signer.nip44), buildNutzapInfo(info)])
        if ((await publish(template)) === null) return notPublished();
      return success(undefined);
    },

    sync(redeemed = []) {
      const next = last.then(() => sync(redeemed));
      last = next.catch(() => undefined);
      return next;
    },

    async recover(signal) {
      const filters = [{ kinds: [ECASH_TOKEN_KIND], authors: [ownerPubkey], limit: MAX_TOKEN_EVENTS }];
      const known = new Set((await store.proofs({})).map(({ y }) => y));
      let foundMsat = 0n;
      for (const event of await relays.query(relayUrls, filters, { signal })) {
        const decrypted = await signer.nip44.decrypt(ownerPubkey, event.content).catch(() => '');
        const token = parseEcashToken(event, decrypted);
        if (!token.ok) continue;
        const fresh = token.value.proofs.filter(({ secret }) => !known.has(pointOf(secret)));
        foundMsat += await takeIn(token.value, fresh, signal);
      }
      return foundMsat / 1000n;
    },
  };

  /** Swaps pieces into the purse: together where they are all unspent, else those that are. */
  async function takeIn(
    { mint: mintUrl, unit }: Pick<EcashToken, 'mint' | 'unit'>,
    proofs: readonly EcashProof[],
    signal: AbortSignal,
  ): Promise<bigint> {
    const [first] = proofs;
    if (first === undefined) return 0n;
    const ecash = { mintUrl, unit, proofs };
    const key = `relay copy ${pointOf(first.secret)} ${proofs.length}`;
    const wish = { key, ecash, lock: { kind: 'none' }, minAmountMsat: ZERO_MSAT } as const;
    const taken = await wallet.redeem(wish, { signal });
    if (taken.ok) return taken.value.amountMsat;
    if (taken.failure.code !== 'already-spent' || proofs.length === 1) return 0n;
    let foundMsat = 0n;
    for (const proof of proofs) foundMsat += await takeIn({ mint: mintUrl, unit }, [proof], signal);
    return foundMsat;
  }
}

function notPublished() {
  return failure('not-published', 'No relay took the copy of the purse: it is tried again later.');
}

async function readCopy(store: EcashStore): Promise<Copy> {
  const note = await store.note(NOTE);
  return note === null ? { tokens: {}, obsolete: [], totalSat: '0' } : Copy.parse(JSON.parse(note));
}

function digestOf(proofs: readonly StoredProof[]): string {
  const ys = proofs.map(({ y }) => y).toSorted();
  return bytesToHex(sha256(utf8ToBytes(ys.join())));
}
