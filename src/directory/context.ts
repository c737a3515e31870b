import { bytesToHex, randomBytes } from '@noble/hashes/utils.js';
import { unixNow } from '../clock/index.ts';
import { normalizeRelayUrl } from '../protocol/index.ts';
import { Evidence, type OwnPurchase } from '../reputation/index.ts';
import { createAskRelays, type AskRelays } from './ask-relays.ts';
import type { DirectoryOptions, ProviderLists } from './contract.ts';
import { createEvidenceKeeper, type EvidenceKeeper } from './evidence-keeper.ts';
import { openFavourites, type FavouritesList } from './favourites.ts';
import { createPinger, type Pinger } from './ping.ts';
import { NO_LISTS } from './provider-lists.ts';

/** How long the relays, and pings, are waited for unless told. */
const TIMEOUT_MS = 5000;

/** What every look into a directory works with. */
export interface DirectoryContext {
  readonly ask: AskRelays;
  readonly evidence: Evidence;
  readonly keeper: EvidenceKeeper;
  /** `null` without a signer. */
  readonly pinger: Pinger | null;
  readonly favourites: FavouritesList | null;
  /** The reader's finished purchases. */
  readonly ownHistory: () => Promise<readonly OwnPurchase[]>;
  readonly lists: () => ProviderLists;
  /** Keys that the reader follows. */
  readonly known: ReadonlySet<string>;
  /** Random, and nobody else's. */
  readonly salt: string;
  /** Unix seconds. */
  readonly now: () => number;
}

/** Puts the parts of a directory together; `closing` ends whatever they do. */
export function contextOf(options: DirectoryOptions, closing: AbortSignal): DirectoryContext {
  const { relays, signer = null, known, timeoutMs = TIMEOUT_MS, now = unixNow } = options;
  const relayUrls = [...new Set(options.relayUrls.map((url) => normalizeRelayUrl(url) ?? url))];
  const ask = createAskRelays({ relays, relayUrls, timeoutMs, now, closing });
  const self = signer?.pubkey ?? null;
  const evidence = new Evidence({
    ...(self === null ? {} : { self }),
    ...(known === undefined ? {} : { known }),
  });
  const ownHistory = options.ownHistory ?? (() => Promise.resolve([]));
  return {
    ask,
    evidence,
    keeper: createEvidenceKeeper({ ask, evidence, ownHistory, self, now, closing }),
    ownHistory,
    pinger: signer === null ? null : createPinger({ relays, relayUrls, signer, timeoutMs, now, closing }),
    favourites: signer === null ? null : openFavourites({ ask, relays, relayUrls, signer, now }),
    lists: options.lists ?? (() => NO_LISTS),
    known: known ?? new Set(),
    salt: bytesToHex(randomBytes(16)),
    now,
  };
}
