import {
  ANNOUNCEMENT_KIND,
  failure,
  FAVOURITES_KIND,
  formatAddress,
  parseAddress,
  parseFavourites,
  success,
  type EventAddress,
  type EventTemplate,
  type NostrEvent,
  type Outcome,
} from '../protocol/index.ts';
import type { RelayPool } from '../relays/index.ts';
import { replaces } from './announcements.ts';
import type { AskRelays } from './ask-relays.ts';
import type { DirectorySigner, FavouritesFailureCode } from './contract.ts';

/** Tags of one list; relays refuse longer events. */
const MAX_TAGS = 1000;

/** The reader's public list of favourites. */
export interface FavouritesList {
  read(signal: AbortSignal | undefined): Promise<Outcome<readonly EventAddress[], FavouritesFailureCode>>;
  /** Changes one entry of the newest list and publishes it, one change at a time; everything else in it stays. */
  change(
    change: 'add' | 'remove',
    address: string,
    signal: AbortSignal | undefined,
  ): Promise<Outcome<void, FavouritesFailureCode>>;
}

/** Opens the list of the signer's key. */
export function openFavourites(parts: {
  readonly ask: AskRelays;
  readonly relays: RelayPool;
  readonly relayUrls: readonly string[];
  readonly signer: DirectorySigner;
  /** Unix seconds. */
  readonly now: () => number;
}): FavouritesList {
  const { ask, relays, relayUrls, signer, now } = parts;
  let last: Promise<unknown> = Promise.resolve();

  const newest = async (
    signal: AbortSignal | undefined,
  ): Promise<Outcome<NostrEvent | null, 'list-unread'>> => {
    const filters = [{ kinds: [FAVOURITES_KIND], authors: [signer.pubkey] }];
    const { events, silent } = await ask(filters, signal, 'all');
    if (silent.length > 0)
      return failure(
        'list-unread',
        'Not every relay has shown its list of favourites, which may be newer: try again later.',
        { relays: silent },
      );
    return success(
      events.reduce<NostrEvent | null>(
        (best, event) => (best === null || replaces(event, best) ? event : best),
        null,
      ),
    );
  };

  const changeNow = async (
    change: 'add' | 'remove',
    address: string,
    signal: AbortSignal | undefined,
  ): Promise<Outcome<void, FavouritesFailureCode>> => {
    const list = await newest(signal);
    if (!list.ok) return list;
    const wanted = changed(list.value, change, address, now());
    if (wanted === null) return success(undefined);
    if (wanted.tags.length > MAX_TAGS)
      return failure('too-many', `A list has at most ${MAX_TAGS} entries: remove one first.`);
    const receipts = await relays.publish(
      await signer.sign(wanted),
      relayUrls,
      signal === undefined ? {} : { signal },
    );
    if (receipts.some(({ outcome }) => outcome === 'accepted' || outcome === 'duplicate'))
      return success(undefined);
    return failure('not-published', 'No relay took the new list of favourites: try again later.', {
      relays: receipts.map(({ relay, message }) => ({ relay, message })),
    });
  };

  return {
    async read(signal) {
      const list = await newest(signal);
      if (!list.ok || list.value === null) return list.ok ? success([]) : list;
      const favourites = parseFavourites(list.value);
      return success(favourites.ok ? favourites.value.services.map((service) => service.address) : []);
    },
    async change(change, address, signal) {
      if (parseAddress(address)?.kind !== ANNOUNCEMENT_KIND)
        return failure('not-a-service', `A favourite is the address of an announcement, such as ${EXAMPLE}.`);
      const turn = last.then(() => changeNow(change, address, signal));
      last = turn.catch(() => undefined);
      return turn;
    },
  };
}

const EXAMPLE = formatAddress({ kind: ANNOUNCEMENT_KIND, pubkey: '<public key>', identifier: '<d tag>' });

/** The next version of a list; `null` when it says so already. Private entries and foreign tags stay as they are. */
function changed(
  list: NostrEvent | null,
  change: 'add' | 'remove',
  address: string,
  now: number,
): EventTemplate | null {
  const tags = list?.tags ?? [];
  const isEntry = (tag: readonly string[]) => tag[0] === 'a' && tag[1] === address;
  if (tags.some(isEntry) === (change === 'add')) return null;
  return {
    kind: FAVOURITES_KIND,
    created_at: Math.max(now, (list?.created_at ?? 0) + 1),
    tags: change === 'add' ? [...tags, ['a', address]] : tags.filter((tag) => !isEntry(tag)),
    content: list?.content ?? '',
  };
}
