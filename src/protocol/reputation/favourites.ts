import { ANNOUNCEMENT_KIND } from '../announcement.ts';
import { parseTagList } from '../encryption.ts';
import { formatAddress, parseAddress, type EventAddress } from '../event-address.ts';
import type { EventTemplate, NostrEvent } from '../event.ts';
import { wrongKind, type EventFailureCode } from '../event-refusal.ts';
import { success, type Outcome } from '../outcome.ts';
import { normalizeRelayUrl } from '../relay-url.ts';
import type { Tags } from '../tag-reading.ts';

/** The services somebody keeps at hand, as Amethyst stores them (a list in the manner of NIP-51). */
export const FAVOURITES_KIND = 10090;

/** A service by the address of its announcement, and a relay to find it. */
export interface ServiceReference {
  /** Of kind 31990. */
  readonly address: EventAddress;
  /** Normalised; `null` when absent. */
  readonly relayHint: string | null;
}

/** A list of favourites, in the order of its author, each once. */
export interface Favourites {
  readonly pubkey: string;
  readonly services: readonly ServiceReference[];
  readonly createdAt: number;
}

/** Reads favourites; those in the decrypted content follow the public ones. Fails with `wrong-kind`. */
export function parseFavourites(
  event: NostrEvent,
  decrypted?: string,
): Outcome<Favourites, EventFailureCode> {
  if (event.kind !== FAVOURITES_KIND) return wrongKind(event, 'list of favourites (10090)');
  const hidden = decrypted === undefined ? [] : (parseTagList(decrypted) ?? []);
  const services = readServiceReferences([...event.tags, ...hidden]);
  return success({ pubkey: event.pubkey, services, createdAt: event.created_at });
}

/** Writes favourites for everybody to see; `createdAt` is unix seconds. */
export function buildFavourites(list: Omit<Favourites, 'pubkey'>): EventTemplate {
  const tags = list.services.map(serviceTag);
  return { kind: FAVOURITES_KIND, created_at: list.createdAt, tags, content: '' };
}

/** The announcements that `a` tags name, each once; addresses of anything else are left out. */
function readServiceReferences(tags: Tags): ServiceReference[] {
  const found = new Map<string, ServiceReference>();
  for (const [name, text = '', relay = ''] of tags) {
    const address = name === 'a' ? parseAddress(text) : null;
    if (address?.kind !== ANNOUNCEMENT_KIND || found.has(text)) continue;
    found.set(text, { address, relayHint: normalizeRelayUrl(relay) });
  }
  return [...found.values()];
}

function serviceTag({ address, relayHint }: ServiceReference): string[] {
  const text = formatAddress(address);
  return relayHint === null ? ['a', text] : ['a', text, relayHint];
}
