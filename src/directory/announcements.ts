import {
  ANNOUNCEMENT_KIND,
  formatAddress,
  KIND_CONTRACTS,
  parseAnnouncement,
  tagValues,
  type Announcement,
  type Filter,
  type NostrEvent,
} from '../protocol/index.ts';
import { inPieces, type AskRelays } from './ask-relays.ts';

/** The newest announcement of an address. */
export interface AnnouncedService {
  /** `31990:pubkey:identifier`. */
  readonly address: string;
  readonly announcement: Announcement;
  /** Its author deleted it since (NIP-09). */
  readonly withdrawn: boolean;
}

/** Announcements asked for at once. */
const MAX_ANNOUNCEMENTS = 1000;

/** NIP-09. */
const DELETION_KIND = 5;

/** Addresses in one filter, and filters in one question. */
const ADDRESSES_PER_FILTER = 200;
const FILTERS_AT_ONCE = 10;

/** Clocks may differ by so much; what is dated later would never be replaced. */
export const FUTURE_SLACK_SECONDS = 900;

/**
 * The newest announcement of each job service for these kinds or of these authors, of everybody when neither is named,
 * and whether its author has deleted it since.
 */
export async function findAnnouncements(
  ask: AskRelays,
  wanted: { readonly kinds?: readonly number[]; readonly authors?: readonly string[]; readonly now: number },
  signal: AbortSignal | undefined,
): Promise<{ readonly services: readonly AnnouncedService[]; readonly silent: readonly string[] }> {
  const { events, silent } = await ask(announcementFilters(wanted), signal, 'all');
  const newest = newestByAddress(events, wanted.now);
  const deletions = new Map<string, NostrEvent[]>();
  for (const filters of inPieces(deletionFilters([...newest.keys()]), FILTERS_AT_ONCE))
    for (const event of (await ask(filters, signal)).events)
      deletions.set(event.pubkey, [...(deletions.get(event.pubkey) ?? []), event]);
  const services = [...newest].map(([address, announcement]) => {
    const byAuthor = deletions.get(announcement.pubkey) ?? [];
    const withdrawn = byAuthor.some((event) => isDeletionOf(event, address, announcement.event));
    return { address, announcement, withdrawn };
  });
  return { services, silent };
}

function announcementFilters(wanted: {
  readonly kinds?: readonly number[];
  readonly authors?: readonly string[];
}): Filter[] {
  const base = { kinds: [ANNOUNCEMENT_KIND], limit: MAX_ANNOUNCEMENTS };
  if (wanted.authors !== undefined) return [{ ...base, authors: wanted.authors }];
  if (wanted.kinds !== undefined) return [{ ...base, '#k': wanted.kinds.map(String) }];
  // Apps announce themselves by the same kind, and are more: kinds that have a name are asked for by theirs.
  return [{ ...base, '#k': KIND_CONTRACTS.map(({ kind }) => kind.toString()) }, base];
}

function deletionFilters(addresses: readonly string[]): Filter[] {
  return inPieces(addresses, ADDRESSES_PER_FILTER).map((piece) => ({
    kinds: [DELETION_KIND],
    '#a': piece,
    limit: MAX_ANNOUNCEMENTS,
  }));
}

function newestByAddress(events: readonly NostrEvent[], now: number): Map<string, Announcement> {
  const newest = new Map<string, Announcement>();
  for (const event of events) {
    const parsed = parseAnnouncement(event);
    if (!parsed.ok || event.created_at > now + FUTURE_SLACK_SECONDS) continue;
    const { pubkey, identifier } = parsed.value;
    const address = formatAddress({ kind: ANNOUNCEMENT_KIND, pubkey, identifier });
    const before = newest.get(address);
    if (before === undefined || replaces(event, before.event)) newest.set(address, parsed.value);
  }
  return newest;
}

/** Of two versions the newer counts, of one second that with the lower id (NIP-01). */
export function replaces(event: NostrEvent, before: NostrEvent): boolean {
  return event.created_at === before.created_at ? event.id < before.id : event.created_at > before.created_at;
}

/** Whether a deletion by the same author takes back this version of the address. */
function isDeletionOf(deletion: NostrEvent, address: string, announcement: NostrEvent): boolean {
  return deletion.created_at >= announcement.created_at && tagValues(deletion, 'a').includes(address);
}
