import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';
import { parseAddress } from '../protocol/index.ts';
import type { AnnouncedService } from './announcements.ts';
import type { DirectoryContext } from './context.ts';

/** Whom the reader has named, bought from or follows: they come before strangers. */
export interface Familiar {
  readonly favourites: ReadonlySet<string>;
  /** Favourites, and what the list of those allowed names; they stand outside of their provider's share. */
  readonly named: ReadonlySet<string>;
  /** The providers of these first, then those of own purchases, then whom the reader follows. */
  readonly pubkeys: readonly string[];
  /** Strangers are drawn by it; nobody else knows it. */
  readonly salt: string;
}

/** Services that one search looks at, and of these one provider's: announcements cost nothing. */
const MAX_CANDIDATES = 500;
const MAX_PER_PROVIDER = 5;

/** The providers of favourites, of the list of those allowed, of the own purchases, and whom the reader follows. */
export async function familiarTo(
  { lists, ownHistory, known, salt }: Pick<DirectoryContext, 'lists' | 'ownHistory' | 'known' | 'salt'>,
  favourites: ReadonlySet<string>,
): Promise<Familiar> {
  const named = [...favourites, ...lists().allowed];
  const bought = (await ownHistory()).map(({ providerPubkey }) => providerPubkey);
  const pubkeys = [...named.map((entry) => parseAddress(entry)?.pubkey ?? entry), ...bought, ...known];
  return { favourites, named: new Set(named), pubkeys: [...new Set(pubkeys)], salt };
}

/**
 * The services that a search looks at, in the order in which evidence about them is gathered: what the reader named,
 * then familiar providers, each the newest first, then strangers; of each provider only a few. Keys cost nothing, so of
 * the strangers every second is drawn by chance: who announces last under many keys does not take all the places.
 */
export function candidatesAmong(
  services: readonly AnnouncedService[],
  familiar: Familiar,
): AnnouncedService[] {
  const pubkeys = new Set(familiar.pubkeys);
  const isNamed = ({ address }: AnnouncedService) => familiar.named.has(address);
  const rankOf = (service: AnnouncedService) =>
    isNamed(service) ? 0 : pubkeys.has(service.announcement.pubkey) ? 1 : 2;
  const inOrder = services.toSorted(
    (left, right) =>
      rankOf(left) - rankOf(right) || right.announcement.createdAt - left.announcement.createdAt,
  );
  const taken = new Map<string, number>();
  const shared = inOrder.filter((service) => {
    const { pubkey } = service.announcement;
    const before = taken.get(pubkey) ?? 0;
    taken.set(pubkey, before + 1);
    return before < MAX_PER_PROVIDER || isNamed(service);
  });
  const firstStranger = shared.findIndex((service) => rankOf(service) === 2);
  if (shared.length <= MAX_CANDIDATES || firstStranger < 0) return shared.slice(0, MAX_CANDIDATES);
  const strangers = everySecondDrawn(shared.slice(firstStranger), familiar.salt);
  return [...shared.slice(0, firstStranger), ...strangers].slice(0, MAX_CANDIDATES);
}

/** The services in turn as they stand and as the salt draws them. */
function everySecondDrawn(services: readonly AnnouncedService[], salt: string): AnnouncedService[] {
  const lots = new Map(services.map((service) => [service, lotOf(service, salt)]));
  const drawn = services.toSorted((left, right) =>
    (lots.get(left) ?? '') < (lots.get(right) ?? '') ? -1 : 1,
  );
  const mixed = services.flatMap((service, index) => [service, drawn[index] ?? service]);
  return [...new Set(mixed)];
}

function lotOf({ address }: AnnouncedService, salt: string): string {
  return bytesToHex(sha256(utf8ToBytes(salt + address)));
}
