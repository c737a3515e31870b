import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex } from '@noble/hashes/utils.js';
import { workOf, type EventTemplate } from '../../protocol/index.ts';

/** An event whose nonce is sought, cut where the nonce goes: what is hashed is `before`, the nonce, `after`. */
export interface NonceSearch {
  readonly before: Uint8Array;
  readonly after: Uint8Array;
  /** Leading zero bits that the id is to have (NIP-13). */
  readonly bits: number;
}

/** An event without a signature, as it will be signed but for its nonce. */
export type UnsignedEvent = EventTemplate & { readonly pubkey: string };

/** The event with that nonce as its last tag; an earlier one is replaced. */
export function withNonce(event: UnsignedEvent, nonce: number, bits: number): UnsignedEvent {
  const others = event.tags.filter(([name]) => name !== 'nonce');
  return { ...event, tags: [...others, ['nonce', nonce.toString(), bits.toString()]] };
}

/** Cuts the canonical form of an event (NIP-01) where its nonce stands. */
export function nonceSearch(event: UnsignedEvent, bits: number): NonceSearch {
  const { pubkey, created_at: createdAt, kind, tags, content } = withNonce(event, 0, bits);
  const head = JSON.stringify([0, pubkey, createdAt, kind, tags]).slice(0, -1);
  const tail = `","${bits}"]]`;
  const encoder = new TextEncoder();
  return {
    before: encoder.encode(head.slice(0, head.length - tail.length - 1)),
    after: encoder.encode(`${tail},${JSON.stringify(content)}]`),
    bits,
  };
}

/** How much dearer an id of this event is than one of a short note: what stands after the nonce is hashed each time. */
export function costOfId({ after }: NonceSearch): number {
  return costOfLength(after.length);
}

/** The same for an event of which so many bytes stand after the nonce, at most. */
export function costOfLength(bytes: number): number {
  return Math.max(1, (bytes + MAX_DIGITS) / (2 * BLOCK_BYTES));
}

/** SHA-256 works on blocks; of a short note one or two are hashed for each id. */
const BLOCK_BYTES = 64;

/** Digits of the largest nonce that is tried. */
const MAX_DIGITS = 16;

/** Tries `tries` nonces from `first` on, `step` apart, and gives the first that has the work; `null` when none has. */
export function tryNonces(
  { before, after, bits }: NonceSearch,
  { first, step, tries }: { readonly first: number; readonly step: number; readonly tries: number },
): number | null {
  // What stands before the nonce is hashed once, and the state after it copied for each try.
  const begun = sha256.create().update(before);
  const attempt = sha256.create();
  const id = new Uint8Array(attempt.outputLen);
  const rest = new Uint8Array(MAX_DIGITS + after.length);
  let digits = 0;
  for (let tried = 0, nonce = first; tried < tries; tried++, nonce += step) {
    const text = nonce.toString();
    if (text.length !== digits) {
      digits = text.length;
      rest.set(after, digits);
    }
    for (let at = 0; at < digits; at++) rest[at] = text.charCodeAt(at);
    // oxlint-disable-next-line no-underscore-dangle -- the library's own way to copy a state without a new object
    const hash = begun._cloneInto(attempt);
    hash.update(rest.subarray(0, digits + after.length)).digestInto(id);
    // Almost all fail in their first byte.
    if ((bits < 8 || id[0] === 0) && workOf(bytesToHex(id)) >= bits) return nonce;
  }
  return null;
}
