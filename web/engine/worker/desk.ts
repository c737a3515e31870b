import { unixNow } from '../../../src/clock/index.ts';
import { openDirectory, type Directory } from '../../../src/directory/index.ts';
import type { Signer } from '../../../src/keys/index.ts';
import { isRecord, parseJson, PROFILE_KIND, tagValues, isHex32 } from '../../../src/protocol/index.ts';
import type { OwnPurchase } from '../../../src/reputation/index.ts';
import { createInlineVerifier, createRelayPool, type RelayPool } from '../../../src/relays/index.ts';

/** The relays and the directory as one identity, or nobody, uses them. */
export interface Desk {
  /** `null` for whoever can't sign. */
  readonly signer: Signer | null;
  /** Who looks; `null` for nobody. */
  readonly pubkey: string | null;
  readonly relays: RelayPool;
  readonly relayUrls: readonly string[];
  readonly directory: Directory;
  /** Called when a favourite was added or taken back here. */
  readonly onFavourites: Set<() => void>;
  /** Aborts when the desk closes. */
  readonly signal: AbortSignal;
  close(): Promise<void>;
}

/** Whom a key follows (NIP-02); the first of them are known. */
const FOLLOWS_KIND = 3;
const MAX_FOLLOWED = 2_000;
const MAX_NAME_CHARS = 100;

/** The desk of somebody who can sign. */
export type OwnersDesk = Desk & { readonly signer: Signer; readonly pubkey: string };

/** Opens a desk; `onName` is told the name that its owner's profile says. */
export function openDesk(parts: {
  readonly signer: Signer | null;
  readonly pubkey: string | null;
  readonly relayUrls: readonly string[];
  readonly ownHistory: () => Promise<readonly OwnPurchase[]>;
  readonly onName: (name: string) => void;
}): Desk {
  const { signer, pubkey, relayUrls, ownHistory, onName } = parts;
  const closing = new AbortController();
  const { signal } = closing;
  const verifier = createInlineVerifier();
  const relays = createRelayPool({ verifier, ...(signer === null ? {} : { signer }) });
  const known = new Set<string>();
  const directory = openDirectory({ relays, relayUrls, signer, known, ownHistory, now: unixNow });
  if (pubkey !== null) void readOwner({ relays, relayUrls, pubkey, signal, known, onName });
  return {
    signer,
    pubkey,
    relays,
    relayUrls,
    directory,
    onFavourites: new Set(),
    signal,
    async close() {
      closing.abort();
      await directory.close();
      await relays.close();
      await verifier.close();
    },
  };
}

/** What its owner says about itself, and whom it follows: their word counts. */
async function readOwner(owner: {
  readonly relays: RelayPool;
  readonly relayUrls: readonly string[];
  readonly pubkey: string;
  readonly signal: AbortSignal;
  readonly known: Set<string>;
  readonly onName: (name: string) => void;
}): Promise<void> {
  const { relays, relayUrls, pubkey, signal, known, onName } = owner;
  const filter = { kinds: [PROFILE_KIND, FOLLOWS_KIND], authors: [pubkey] };
  const events = await relays.query(relayUrls, [filter], { signal });
  if (signal.aborted) return;
  const follows = events.find(({ kind }) => kind === FOLLOWS_KIND);
  const keys = follows === undefined ? [] : tagValues(follows, 'p').filter(isHex32);
  for (const key of keys.slice(0, MAX_FOLLOWED)) known.add(key);
  const profile = parseJson(events.find(({ kind }) => kind === PROFILE_KIND)?.content ?? '');
  const name = isRecord(profile) ? (profile['display_name'] ?? profile['name']) : undefined;
  if (typeof name === 'string' && name.trim() !== '') onName(name.trim().slice(0, MAX_NAME_CHARS));
}
