import { createHash } from 'node:crypto';
import { findTag, isHex32, type NostrEvent } from '../protocol/index.ts';

/** The kind that asks for a deletion (NIP-09). */
export const DELETION_KIND = 5;

/** A gift wrap (NIP-59): its key is random, so its recipients may delete it. */
export const GIFT_WRAP_KIND = 1059;

/** Whether events of the kind are passed on and never stored (NIP-01). */
export function isEphemeral(kind: number): boolean {
  return kind >= 20_000 && kind < 30_000;
}

function isReplaceable(kind: number): boolean {
  return kind === 0 || kind === 3 || (kind >= 10_000 && kind < 20_000);
}

function isAddressable(kind: number): boolean {
  return kind >= 30_000 && kind < 40_000;
}

/**
 * What a replaceable or addressable event is the only version of (NIP-01), as an index key; `null` for
 * regular events, to which every kind above 65535 belongs as well.
 */
export function addressOf(event: NostrEvent): string | null {
  if (isReplaceable(event.kind)) return addressKey(event.kind, event.pubkey, '');
  if (isAddressable(event.kind)) return addressKey(event.kind, event.pubkey, findTag(event, 'd')?.[1] ?? '');
  return null;
}

function addressKey(kind: number, pubkey: string, identifier: string): string {
  return `${kind}:${pubkey}:${tagKey('d', identifier)}`;
}

/** What a deletion request names (NIP-09): ids, and addresses of its own author. Deduplicated. */
export function deletionTargets(deletion: NostrEvent): {
  readonly ids: string[];
  readonly addresses: string[];
} {
  const ids = new Set<string>();
  const addresses = new Set<string>();
  for (const [name, value] of deletion.tags) {
    if (name === 'e' && isHex32(value)) ids.add(value);
    const address =
      name === 'a' && value !== undefined ? /^(\d{1,5}):([0-9a-f]{64}):(.*)$/s.exec(value) : null;
    if (address === null || address[2] !== deletion.pubkey) continue;
    const kind = Number(address[1]);
    if (isReplaceable(kind)) addresses.add(addressKey(kind, deletion.pubkey, ''));
    if (isAddressable(kind)) addresses.add(addressKey(kind, deletion.pubkey, address[3] ?? ''));
  }
  return { ids: [...ids], addresses: [...addresses] };
}

/** When the event expires (NIP-40, unix seconds); `null` when it says nothing that can be read. */
export function expiresAt(event: NostrEvent): number | null {
  const written = findTag(event, 'expiration')?.[1];
  return written !== undefined && /^\d{1,15}$/.test(written) ? Number(written) : null;
}

const INDEXED_TAG_NAME = /^[A-Za-z]$/;
/** Longer values are indexed by their hash, or one tag with a large text would be stored twice over. */
const MAX_VERBATIM = 128;

/**
 * The index key of a tag value. Values that are long, or that SQLite's text cannot hold faithfully (lone
 * surrogates, NUL), are hashed; the second character keeps the two forms apart.
 */
export function tagKey(name: string, value: string): string {
  return value.length <= MAX_VERBATIM && value.isWellFormed() && !value.includes('\0')
    ? `${name}:${value}`
    : `${name}#${createHash('sha256').update(JSON.stringify(value)).digest('hex')}`;
}

/** The index keys of an event's single-letter tags (NIP-01), each once. */
export function tagKeys(event: NostrEvent): Set<string> {
  const keys = new Set<string>();
  for (const [name, value] of event.tags)
    if (name !== undefined && value !== undefined && INDEXED_TAG_NAME.test(name))
      keys.add(tagKey(name, value));
  return keys;
}
