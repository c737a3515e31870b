import type { EventTemplate, NostrEvent } from './event.ts';
import { wrongKind, type EventFailureCode } from './event-refusal.ts';
import { success, type Outcome } from './outcome.ts';
import { normalizeRelayUrl } from './relay-url.ts';

/** Where somebody reads and writes (NIP-65): where to reach a provider, and where its answers are. */
export const RELAY_LIST_KIND = 10002;

/** More relays of one list than this are not believed to be used. */
const MAX_RELAYS = 32;

/** A relay list, as read; addresses are normalised, each once, at most 32 of each. */
export interface RelayList {
  readonly pubkey: string;
  /** Where the author looks for what is meant for it. */
  readonly read: readonly string[];
  /** Where the author publishes. */
  readonly write: readonly string[];
  readonly createdAt: number;
}

/** Reads a NIP-65 relay list; what is no relay address is dropped. Fails with `wrong-kind`. */
export function parseRelayList(event: NostrEvent): Outcome<RelayList, EventFailureCode> {
  if (event.kind !== RELAY_LIST_KIND) return wrongKind(event, 'relay list (10002)');
  const [read, write] = [new Set<string>(), new Set<string>()];
  for (const [name, text = '', marker = ''] of event.tags) {
    const url = name === 'r' ? normalizeRelayUrl(text) : null;
    if (url === null) continue;
    if (marker !== 'write' && read.size < MAX_RELAYS) read.add(url);
    if (marker !== 'read' && write.size < MAX_RELAYS) write.add(url);
  }
  return success({ pubkey: event.pubkey, read: [...read], write: [...write], createdAt: event.created_at });
}

/** Writes a NIP-65 relay list; a relay for both purposes is written without a marker. */
export function buildRelayList(list: Omit<RelayList, 'pubkey'>): EventTemplate {
  const [read, write] = [new Set(list.read), new Set(list.write)];
  const tags = [...new Set([...list.read, ...list.write])].map((url) => {
    if (read.has(url) && write.has(url)) return ['r', url];
    return ['r', url, read.has(url) ? 'read' : 'write'];
  });
  return { kind: RELAY_LIST_KIND, created_at: list.createdAt, tags, content: '' };
}
