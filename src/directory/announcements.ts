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
import { inPieces, type AskRelays, type RelayAnswers } from './ask-relays.ts';

/** The newest announcement of an address. */
export interface AnnouncedService {
  /** `31990:pubkey:identifier`. */
  readonly address: string;
  readonly announcement: Announcement;
}

/** What is looked for: services for these kinds or of these authors, of everybody when neither is named. */
export interface WantedServices {
  readonly kinds?: readonly number[];
  readonly authors?: readonly string[];
  /** Providers that are asked for by name, so that no flood of others hides them; the first 100. */
  readonly familiar?: Promise<readonly string[]>;
  /** Unix seconds. */
  readonly now: number;
}

/** Announcements asked for at once. */
const MAX_ANNOUNCEMENTS = 1000;

/** A question that brought so many may have left out older ones. */
const FULL_PAGE = 500;
const MAX_PAGES = 5;

/** Familiar providers, and how many share a filter: one that floods hides no more than these. */
const MAX_FAMILIAR = 100;
const FAMILIAR_PER_FILTER = 10;

/** NIP-09. */
const DELETION_KIND = 5;

/** Addresses in one filter, and filters in one question. */
const ADDRESSES_PER_FILTER = 200;
const FILTERS_AT_ONCE = 10;

/** Clocks may differ by so much; what is dated later would never be replaced. */
export const FUTURE_SLACK_SECONDS = 900;

/**
 * The newest announcement of each job service that is looked for. Where so many are published that they fill an answer,
 * older ones are asked for page by page, though not without end.
 */
export async function findAnnouncements(
  ask: AskRelays,
  wanted: WantedServices,
  signal: AbortSignal | undefined,
): Promise<{ readonly services: readonly AnnouncedService[]; readonly silent: readonly string[] }> {
  const [paged, named] = await Promise.all([askInPages(ask, wanted, signal), askByName(ask, wanted, signal)]);
  const newest = newestByAddress([...paged.events, ...named.events], wanted.now);
  const services = [...newest].map(([address, announcement]) => ({ address, announcement }));
  return { services, silent: paged.silent };
}

/** The addresses of those services that their authors have deleted since. */
export async function findWithdrawn(
  ask: AskRelays,
  services: readonly AnnouncedService[],
  signal: AbortSignal | undefined,
): Promise<ReadonlySet<string>> {
  const deletions = new Map<string, NostrEvent[]>();
  for (const filters of inPieces(deletionFilters(services), FILTERS_AT_ONCE))
    for (const event of (await ask(filters, signal)).events)
      deletions.set(event.pubkey, [...(deletions.get(event.pubkey) ?? []), event]);
  const withdrawn = services.filter(({ address, announcement }) =>
    deletions.get(announcement.pubkey)?.some((event) => isDeletionOf(event, address, announcement.event)),
  );
  return new Set(withdrawn.map(({ address }) => address));
}

async function askInPages(
  ask: AskRelays,
  wanted: WantedServices,
  signal: AbortSignal | undefined,
): Promise<RelayAnswers> {
  const filters = announcementFilters(wanted);
  const first = await ask(filters, signal, 'all');
  const events = [...first.events];
  let page = first.events;
  for (let pages = 1; pages < MAX_PAGES && page.length >= FULL_PAGE; pages++) {
    const dates = page.map(({ created_at }) => created_at).toSorted((left, right) => right - left);
    // A relay whose answer was cut has told all that is newer than this.
    const until = (dates[FULL_PAGE - 1] ?? 0) - 1;
    page = (
      await ask(
        filters.map((filter) => ({ ...filter, until })),
        signal,
      )
    ).events;
    events.push(...page);
  }
  return { events, silent: first.silent };
}

async function askByName(
  ask: AskRelays,
  { kinds, familiar }: WantedServices,
  signal: AbortSignal | undefined,
): Promise<RelayAnswers> {
  const providers = ((await familiar) ?? []).slice(0, MAX_FAMILIAR);
  const ofKinds = kinds === undefined ? {} : { '#k': kinds.map(String) };
  const filters = inPieces(providers, FAMILIAR_PER_FILTER).map((authors) => ({
    kinds: [ANNOUNCEMENT_KIND],
    authors,
    ...ofKinds,
    limit: MAX_ANNOUNCEMENTS,
  }));
  return ask(filters, signal);
}

function announcementFilters({ kinds, authors }: WantedServices): Filter[] {
  const base = { kinds: [ANNOUNCEMENT_KIND], limit: MAX_ANNOUNCEMENTS };
  if (authors !== undefined) return [{ ...base, authors }];
  if (kinds !== undefined) return [{ ...base, '#k': kinds.map(String) }];
  // Apps announce themselves by the same kind, and are more: kinds that have a name are asked for by theirs.
  return [{ ...base, '#k': KIND_CONTRACTS.map(({ kind }) => kind.toString()) }, base];
}

function deletionFilters(services: readonly AnnouncedService[]): Filter[] {
  return inPieces(services, ADDRESSES_PER_FILTER).map((piece) => ({
    kinds: [DELETION_KIND],
    authors: [...new Set(piece.map(({ announcement }) => announcement.pubkey))],
    '#a': piece.map(({ address }) => address),
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
