import { schnorr } from '@noble/curves/secp256k1.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, hexToBytes, utf8ToBytes } from '@noble/hashes/utils.js';
import { failure, success, type Outcome } from './outcome.ts';
import { isRecord } from './untrusted-json.ts';

/** What a Nostr event says before anyone signs it. `created_at` is unix seconds. */
export interface EventTemplate {
  readonly kind: number;
  readonly created_at: number;
  readonly tags: readonly (readonly string[])[];
  readonly content: string;
}

/** A signed Nostr event as it travels (NIP-01): ids, keys and signatures are lower-case hex. */
export interface NostrEvent extends EventTemplate {
  readonly id: string;
  readonly pubkey: string;
  readonly sig: string;
}

/** A NIP-01 subscription filter. Tag filters are keys such as `#e`. */
export interface Filter {
  readonly ids?: readonly string[];
  readonly authors?: readonly string[];
  readonly kinds?: readonly number[];
  readonly since?: number;
  readonly until?: number;
  readonly limit?: number;
  readonly search?: string;
  readonly [tag: `#${string}`]: readonly string[] | undefined;
}

const HEX_32 = /^[0-9a-f]{64}$/;
const HEX_64 = /^[0-9a-f]{128}$/;

/** Whether the text is 32 bytes of lower-case hex, as event ids and public keys are. */
export function isHex32(text: unknown): text is string {
  return typeof text === 'string' && HEX_32.test(text);
}

/** Above NIP-01's 65535: the first draft of NIP-90 used 68001 and 68002. */
const MAX_KIND = 4_294_967_295;

/**
 * Reads untrusted JSON as an event and keeps only its seven fields (NIP-01), so that nothing cached on
 * the object travels along. Checks shapes, not the id or signature: that is `verifyEvent`. Text must be
 * Unicode: a lone surrogate has no UTF-8 form, so peers would disagree about the id.
 * Fails with `malformed-event`; `data.field` says where.
 */
export function parseEvent(input: unknown): Outcome<NostrEvent, 'malformed-event'> {
  if (!isRecord(input)) return malformed('event', 'a JSON object');
  const { id, pubkey, created_at, kind, tags, content, sig } = input;
  if (!isHex32(id)) return malformed('id', '64 lower-case hex characters');
  if (!isHex32(pubkey)) return malformed('pubkey', '64 lower-case hex characters');
  if (typeof sig !== 'string' || !HEX_64.test(sig)) return malformed('sig', '128 lower-case hex characters');
  if (!isUint(created_at, Number.MAX_SAFE_INTEGER)) return malformed('created_at', 'unix seconds');
  if (!isUint(kind, MAX_KIND)) return malformed('kind', 'a whole number');
  if (!isText(content)) return malformed('content', 'a Unicode string');
  if (!isTags(tags)) return malformed('tags', 'arrays of Unicode strings');
  return success({ id, pubkey, created_at, kind, tags, content, sig });
}

function malformed(field: string, wants: string): ReturnType<typeof failure<'malformed-event'>> {
  return failure('malformed-event', `The event's ${field} must be ${wants}.`, { field });
}

function isUint(value: unknown, max: number): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= max;
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value.isWellFormed();
}

function isTags(value: unknown): value is string[][] {
  return Array.isArray(value) && value.every((tag) => Array.isArray(tag) && tag.every(isText));
}

/** The NIP-01 id of an event: SHA-256 over its canonical serialisation, as hex. */
export function eventId(event: EventTemplate & { readonly pubkey: string }): string {
  const canonical = [0, event.pubkey, event.created_at, event.kind, event.tags, event.content];
  return bytesToHex(sha256(utf8ToBytes(JSON.stringify(canonical))));
}

/**
 * Whether the id and the BIP-340 signature are those of the seven fields. Never trusts a cached mark.
 * False for text that is not Unicode. Portable and slow (about 800/s): servers inject a faster `Verifier`
 * from `relays`.
 */
export function verifyEvent(event: NostrEvent): boolean {
  if (!isText(event.content) || !isTags(event.tags) || eventId(event) !== event.id) return false;
  try {
    return schnorr.verify(hexToBytes(event.sig), hexToBytes(event.id), hexToBytes(event.pubkey));
  } catch {
    return false; // not hex, or a point that is not on the curve
  }
}

/** The first tag of that name, or `undefined`. */
export function findTag(event: EventTemplate, name: string): readonly string[] | undefined {
  return event.tags.find((tag) => tag[0] === name);
}

/** All values at index 1 of the tags of that name. */
export function tagValues(event: EventTemplate, name: string): string[] {
  return event.tags.flatMap((tag) => (tag[0] === name && tag[1] !== undefined ? [tag[1]] : []));
}
