import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';

const MAX_KEY_CHARS = 200;

/** What an idempotency key must be, in words. */
export const KEY_WANTS = `must be 1 to ${MAX_KEY_CHARS} characters`;

/** Whether a text can be an idempotency key. */
export function isKey(key: string): boolean {
  return key.length >= 1 && key.length <= MAX_KEY_CHARS;
}

/**
 * A digest of what is asked for, so that a key which is used again for something else is noticed. The order in which
 * names were written does not count.
 */
export function fingerprintOf(asked: object): string {
  return bytesToHex(sha256(utf8ToBytes(JSON.stringify(asked, canonically))));
}

/** Names in order, amounts as text, maps as what is in them. */
function canonically(_name: string, value: unknown): unknown {
  if (typeof value === 'bigint') return value.toString();
  if (value instanceof Map) return [...value];
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).toSorted(([one], [other]) => (one < other ? -1 : 1)));
}
