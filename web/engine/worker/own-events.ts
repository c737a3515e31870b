import type { Filter, NostrEvent } from '../../../src/protocol/index.ts';
import type { Desk } from './desk.ts';

/** What relays have of the key that is signed in. */
export interface OwnEvents {
  /** The newest first; of one second that with the lower id, which stands (NIP-01). */
  readonly events: readonly NostrEvent[];
  /** Relays that have not shown theirs, which may be newer. */
  readonly silent: readonly string[];
}

const PATIENCE_MS = 8_000;

/** Asks every relay for events of the own key, and waits for each as long as that makes sense. */
export async function findOwnEvents(
  { pubkey, relays, relayUrls, signal }: Desk,
  filters: readonly Omit<Filter, 'authors'>[],
): Promise<OwnEvents> {
  const answered = new Set<string>();
  const events = new Map<string, NostrEvent>();
  const enough = new AbortController();
  const late = setTimeout(() => enough.abort(), PATIENCE_MS);
  await relays.subscribe({
    relays: relayUrls,
    filters: filters.map((filter) => ({ ...filter, authors: [pubkey ?? ''] })),
    onEvent: (event) => void events.set(event.id, event),
    onEose: (relay) => answered.add(relay),
    signal: AbortSignal.any([enough.signal, signal]),
  });
  clearTimeout(late);
  enough.abort();
  return {
    events: [...events.values()].toSorted(newestFirst),
    silent: relayUrls.filter((url) => !answered.has(url)),
  };
}

function newestFirst(left: NostrEvent, right: NostrEvent): number {
  return right.created_at - left.created_at || (left.id < right.id ? -1 : 1);
}
