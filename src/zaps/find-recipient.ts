import { decode } from 'nostr-tools/nip19';
import {
  failure,
  isHex32,
  isRecord,
  parseJson,
  paymentAddressOfProfile,
  PROFILE_KIND,
  success,
  type Filter,
  type NostrEvent,
  type Outcome,
} from '../protocol/index.ts';
import type { RelayPool } from '../relays/index.ts';
import { parsePayAddress } from './pay-address.ts';
import type { PayClient } from './pay-endpoint.ts';
import { isPublicRelay } from './public-relay.ts';
import type { ZapOrder } from './zap.ts';

/** Who or what is to be zapped, and where the money goes. */
export type ZapRecipient = Pick<ZapOrder, 'payTo' | 'target'>;

/**
 * Why there is nobody to zap. `malformed-recipient`: the text is no key, event or address. `event-not-found`: no
 * relay has it. `address-missing`: the profile has no lightning address, or no relay has the profile.
 * `owner-unknown`: the address does not say whose it is (NIP-05), and a zap needs a key.
 */
export type RecipientFailureCode =
  'malformed-recipient' | 'event-not-found' | 'address-missing' | 'owner-unknown';

/** How recipients are looked up. */
export interface RecipientFinder {
  readonly fetch: PayClient['fetch'];
  readonly relays: RelayPool;
  readonly relayUrls: readonly string[];
}

/** What a text points to. */
interface Pointer {
  readonly eventId?: string;
  readonly pubkey?: string;
  /** Where it is said to be found. */
  readonly hints: readonly string[];
}

/** More hints of one text are not followed. */
const MAX_HINTS = 3;
const MAX_NAMES_BYTES = 65_536;

/**
 * Finds whom a text means: a person (`npub`, `nprofile`), an event (`note`, `nevent`), either of them in hex, or a
 * lightning address whose server says whose it is. People are paid at the address in their profile (kind 0).
 */
export async function findRecipient(
  finder: RecipientFinder,
  text: string,
  signal: AbortSignal,
): Promise<Outcome<ZapRecipient, RecipientFailureCode>> {
  const written = text.trim().replace(/^nostr:/i, '');
  const pointer = readPointer(written);
  if (pointer === null) return ownerOfAddress(finder, written, signal);

  const relayUrls = [
    ...new Set([...finder.relayUrls, ...pointer.hints.filter((hint) => isPublicRelay(hint, []))]),
  ];
  const query = (...filters: Filter[]) => finder.relays.query(relayUrls, filters, { signal });
  const event = pointer.eventId === undefined ? undefined : (await query({ ids: [pointer.eventId] }))[0];
  if (event === undefined && pointer.pubkey === undefined)
    return failure('event-not-found', 'No relay has this event: name one that does with --relay.');
  const pubkey = event?.pubkey ?? pointer.pubkey ?? '';
  const [profile] = await query({ kinds: [PROFILE_KIND], authors: [pubkey], limit: 1 });
  const payTo = profile === undefined ? null : paymentAddressOfProfile(profile);
  if (payTo === null)
    return failure('address-missing', 'No relay has a profile of this key with a lightning address.', {
      pubkey,
    });
  return success({ payTo, target: targetOf(event, pubkey) });
}

function targetOf(event: NostrEvent | undefined, pubkey: string): ZapRecipient['target'] {
  return event === undefined ? { pubkey } : { event };
}

/** Hex may be an event as well as a person: the event is looked for first. */
function readPointer(text: string): Pointer | null {
  const hex = text.toLowerCase();
  if (isHex32(hex)) return { eventId: hex, pubkey: hex, hints: [] };
  const decoded = decodeNip19(text);
  switch (decoded?.type) {
    case 'npub':
      return { pubkey: decoded.data, hints: [] };
    case 'nprofile':
      return { pubkey: decoded.data.pubkey, hints: (decoded.data.relays ?? []).slice(0, MAX_HINTS) };
    case 'note':
      return { eventId: decoded.data, hints: [] };
    case 'nevent':
      return { eventId: decoded.data.id, hints: (decoded.data.relays ?? []).slice(0, MAX_HINTS) };
    default:
      return null;
  }
}

function decodeNip19(text: string) {
  try {
    return decode(text.toLowerCase());
  } catch {
    return null;
  }
}

/** The key that the address's own server has for its name (NIP-05, which allows no redirects). */
async function ownerOfAddress(
  { fetch }: RecipientFinder,
  payTo: string,
  signal: AbortSignal,
): Promise<Outcome<ZapRecipient, RecipientFailureCode>> {
  const address = parsePayAddress(payTo);
  if (!address.ok)
    return failure(
      'malformed-recipient',
      'A zap goes to an npub1…, nprofile1…, note1…, nevent1…, 64 hex characters or an address such as name@example.com.',
    );
  const [, name] = /^([a-z0-9._+-]+)@/i.exec(payTo) ?? [];
  if (name === undefined) return ownerUnknown();
  const asked = new URL('/.well-known/nostr.json', address.value.url);
  asked.searchParams.set('name', name.toLowerCase());
  const answer = await fetch(asked.href, { signal, maxBytes: MAX_NAMES_BYTES });
  if (!answer.ok || answer.value.url !== asked.href) return ownerUnknown();
  const said = parseJson(new TextDecoder().decode(answer.value.body));
  const names = isRecord(said) ? said['names'] : null;
  const pubkey =
    isRecord(names) && Object.hasOwn(names, name.toLowerCase()) ? names[name.toLowerCase()] : null;
  return isHex32(pubkey) ? success({ payTo, target: { pubkey } }) : ownerUnknown();
}

function ownerUnknown() {
  return failure(
    'owner-unknown',
    'This address does not say whose it is, and a zap needs a key: zap the person’s npub, or pay with `coinop withdraw`.',
  );
}
