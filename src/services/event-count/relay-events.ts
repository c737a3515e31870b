import { matchFilters } from 'nostr-tools/filter';
import {
  eventId,
  failure,
  parseEvent,
  success,
  type NostrEvent,
  type Outcome,
} from '../../protocol/index.ts';
import type { CountFilter } from './filters.ts';
import type { RelaySession } from './relay-session.ts';

/** Why the events of a relay could not be told: it is gone, it refused, or it has more than are fetched. */
export type RelayEventsFailure = 'relay-unreachable' | 'relay-refused' | 'too-many-events';

const PAGE = 500;

/**
 * Fetches all events of a relay that match, page by page, and hands each on once: what does not match, or has another
 * id than its fields, is left out. Signatures are not checked, since who counts on a relay takes the relay's word.
 */
export async function eachEvent(
  session: RelaySession,
  filters: readonly CountFilter[],
  maxEvents: number,
  onEvent: (event: NostrEvent) => void,
): Promise<Outcome<void, RelayEventsFailure>> {
  const seen = new Set<string>();
  for (const filter of filters) {
    const walked = await walk(session, filter, (event) => {
      if (seen.has(event.id)) return 'known';
      if (seen.size >= maxEvents) return 'too-many';
      seen.add(event.id);
      onEvent(event);
      return 'new';
    });
    if (!walked.ok) return walked;
  }
  return success(undefined);
}

async function walk(
  session: RelaySession,
  filter: CountFilter,
  take: (event: NostrEvent) => 'new' | 'known' | 'too-many',
): Promise<Outcome<void, RelayEventsFailure>> {
  let until = filter.until;
  for (;;) {
    const page = { sent: 0, fresh: 0, isTooMuch: false, oldest: Number.POSITIVE_INFINITY };
    const asked = { ...filter, ...(until === undefined ? {} : { until }), limit: PAGE };
    const answer = await session.ask('REQ', [asked], (raw) => {
      page.sent += 1;
      // A page that never ends is no page.
      if (page.sent > 4 * PAGE) return session.close();
      const event = readMatching(raw, asked);
      if (event === null) return;
      page.oldest = Math.min(page.oldest, event.created_at);
      const taken = take(event);
      if (taken === 'new') page.fresh += 1;
      if (taken === 'too-many') page.isTooMuch = true;
    });
    if (!answer.ok) return answer;
    if (answer.value.type !== 'end') return failure('relay-refused', 'The relay refuses to show its events.');
    if (page.isTooMuch)
      return failure('too-many-events', 'The relay has more matching events than are fetched here.');
    if (page.oldest === Number.POSITIVE_INFINITY) return success(undefined);
    // Relays cap pages as they like, so only an empty one is the last; a page of known events is stepped over.
    until = page.fresh === 0 ? page.oldest - 1 : page.oldest;
    if (until < (filter.since ?? 0)) return success(undefined);
  }
}

function readMatching(raw: unknown, filter: CountFilter): NostrEvent | null {
  const event = parseEvent(raw);
  if (!event.ok || !matchFilters([filter], mutable(event.value))) return null;
  return eventId(event.value) === event.value.id ? event.value : null;
}

/** The library's type has lists that could be written to; it only reads them. */
function mutable(event: NostrEvent) {
  return { ...event, tags: event.tags.map((tag) => [...tag]) };
}
