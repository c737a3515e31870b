import { parseAddress } from '../protocol/index.ts';
import type { AnnouncedService } from './announcements.ts';
import type { DirectoryContext } from './context.ts';

/** Whom the reader has named or bought from: they come before strangers. */
export interface Familiar {
  readonly favourites: ReadonlySet<string>;
  /** Favourites, and what the list of those allowed names; they stand outside of their provider's share. */
  readonly named: ReadonlySet<string>;
  /** The providers of these first, then those of own purchases. */
  readonly pubkeys: readonly string[];
}

/** Services that one search looks at, and of these one provider's: announcements cost nothing. */
const MAX_CANDIDATES = 500;
const MAX_PER_PROVIDER = 5;

/** The providers of favourites, of the list of those allowed, and of the own purchases. */
export async function familiarTo(
  { lists, ownHistory }: Pick<DirectoryContext, 'lists' | 'ownHistory'>,
  favourites: ReadonlySet<string>,
): Promise<Familiar> {
  const named = [...favourites, ...lists().allowed];
  const bought = (await ownHistory()).map(({ providerPubkey }) => providerPubkey);
  const pubkeys = [...named.map((entry) => parseAddress(entry)?.pubkey ?? entry), ...bought];
  return { favourites, named: new Set(named), pubkeys: [...new Set(pubkeys)] };
}

/**
 * The services that a search looks at, in the order in which evidence about them is gathered: what the reader named,
 * then familiar providers, then strangers, each the newest first, and of each provider only a few.
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
  return shared.slice(0, MAX_CANDIDATES);
}
