import {
  ANNOUNCEMENT_KIND,
  failure,
  FAVOURITES_KIND,
  formatAddress,
  parseAddress,
  parseFavourites,
  parseRelayList,
  RELAY_LIST_KIND,
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

/** Relays that the key says it writes to, besides those of the directory. */
const MAX_WRITE_RELAYS = 4;

/** The reader's public list of favourites, on the directory's relays and those that its key writes to (NIP-65). */
export interface FavouritesList {
  /** What those relays have that answer, without a wait for the others. */
  glance(signal: AbortSignal | undefined): Promise<readonly EventAddress[]>;
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

  /** Where the list may stand, and its newest version there. */
  const look = async (signal: AbortSignal | undefined, whom: 'all' | 'responsive'): Promise<SeenList> => {
    const authors = [signer.pubkey];
    const own = await ask([{ kinds: [FAVOURITES_KIND, RELAY_LIST_KIND], authors }], signal, whom);
    const relayList = newestOf(own.events, RELAY_LIST_KIND);
    const written = relayList === null ? null : parseRelayList(relayList);
    const writeRelays = (written?.ok ? written.value.write : [])
      .filter((url) => !relayUrls.includes(url))
      .slice(0, MAX_WRITE_RELAYS);
    const further = await ask([{ kinds: [FAVOURITES_KIND], authors }], signal, whom, writeRelays);
    return {
      list: newestOf([...own.events, ...further.events], FAVOURITES_KIND),
      writeRelays,
      silent: own.silent,
      silentWriteRelays: further.silent,
    };
  };

  /** Without any list a silent relay may have one; with one, a write relay that is gone for good stops nothing. */
  const lookWhole = async (signal: AbortSignal | undefined): Promise<Outcome<SeenList, 'list-unread'>> => {
    const seen = await look(signal, 'all');
    const unread = [...seen.silent, ...(seen.list === null ? seen.silentWriteRelays : [])];
    if (unread.length === 0) return success(seen);
    return failure(
      'list-unread',
      'Not every relay has shown its list of favourites, which may be newer: try again later.',
      { relays: unread },
    );
  };

  const changeNow = async (
    change: 'add' | 'remove',
    address: string,
    signal: AbortSignal | undefined,
  ): Promise<Outcome<void, FavouritesFailureCode>> => {
    const seen = await lookWhole(signal);
    if (!seen.ok) return seen;
    const { list, writeRelays } = seen.value;
    const wanted = changed(list, change, address, now());
    if (wanted === null) return success(undefined);
    if (wanted.tags.length > MAX_TAGS)
      return failure('too-many', `A list has at most ${MAX_TAGS} entries: remove one first.`);
    const receipts = await relays.publish(
      await signer.sign(wanted),
      [...relayUrls, ...writeRelays],
      signal === undefined ? {} : { signal },
    );
    if (receipts.some(({ outcome }) => outcome === 'accepted' || outcome === 'duplicate'))
      return success(undefined);
    return failure('not-published', 'No relay took the new list of favourites: try again later.', {
      relays: receipts.map(({ relay, message }) => ({ relay, message })),
    });
  };

  return {
    async glance(signal) {
      return servicesIn((await look(signal, 'responsive')).list);
    },
    async read(signal) {
      const seen = await lookWhole(signal);
      return seen.ok ? success(servicesIn(seen.value.list)) : seen;
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

/** What the relays have of the list. */
interface SeenList {
  readonly list: NostrEvent | null;
  /** Those that the directory does not ask anyway. */
  readonly writeRelays: readonly string[];
  readonly silent: readonly string[];
  readonly silentWriteRelays: readonly string[];
}

function newestOf(events: readonly NostrEvent[], wanted: number): NostrEvent | null {
  return events
    .filter(({ kind }) => kind === wanted)
    .reduce<NostrEvent | null>(
      (best, event) => (best === null || replaces(event, best) ? event : best),
      null,
    );
}

function servicesIn(list: NostrEvent | null): readonly EventAddress[] {
  const favourites = list === null ? null : parseFavourites(list);
  return favourites?.ok ? favourites.value.services.map(({ address }) => address) : [];
}

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
