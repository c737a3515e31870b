import { allValues, type Tags } from './tag-reading.ts';
import { parseJson } from './untrusted-json.ts';

/** How the text between two keys is encrypted; NIP-90 names NIP-04, today's software mostly writes NIP-44. */
export type EncryptionScheme = 'nip04' | 'nip44';

/** Encrypts and decrypts text between a key and its peers. Rejects for text that is not theirs. */
export interface TextCipher {
  encrypt(peerPubkey: string, plaintext: string): Promise<string>;
  decrypt(peerPubkey: string, ciphertext: string): Promise<string>;
}

/** What encrypted jobs need of a signer: nobody has to show a secret key. */
export type PeerCiphers = Readonly<Record<EncryptionScheme, TextCipher>>;

/**
 * Which scheme a ciphertext is in: NIP-04 carries its initialisation vector as `?iv=`, NIP-44 does not.
 * Customers expect the answer in the scheme of their request.
 */
export function encryptionScheme(ciphertext: string): EncryptionScheme {
  return ciphertext.includes('?iv=') ? 'nip04' : 'nip44';
}

/**
 * Reads decrypted text as the private tags of NIP-90, which must contain one of the given names or be an empty
 * list. `null` when it is something else, which senders mean as plain content: text to work on and samples of
 * feeds are JSON too.
 */
export function readPrivateTags(plaintext: string, names: readonly string[]): Tags | null {
  const tags = parseTagList(plaintext);
  if (tags === null || tags.length === 0) return tags;
  return tags.some(([name]) => name !== undefined && names.includes(name)) ? tags : null;
}

/**
 * Reads a JSON list of tags, as feeds (kinds 5300–5303) return them: a list, one bare tag, or tags without the
 * list's brackets. Numbers and booleans become text. `null` when it is something else.
 */
export function parseTagList(text: string): string[][] | null {
  const parsed = parseJson(text) ?? parseJson(`[${text}]`);
  if (!Array.isArray(parsed)) return null;
  const written: unknown[] = parsed.length > 0 && parsed.every(isScalar) ? [parsed] : parsed;
  const tags = written.map((tag) => (Array.isArray(tag) && tag.every(isScalar) ? tag.map(String) : null));
  return tags.every((tag) => tag !== null) ? tags : null;
}

function isScalar(value: unknown): value is string | number | boolean {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
}

/** Tags that carry an event to its readers: what everybody saw of them counts. */
const ROUTING_TAGS: ReadonlySet<string | undefined> = new Set([
  'e',
  'p',
  'expiration',
  'encrypted',
  'request',
]);

/**
 * Joins the tags inside a ciphertext with those outside. A name that occurs inside hides the outer tags of that
 * name, so that nobody reads a decoy. For `e`, `p`, `expiration`, `encrypted` and `request` it is the other way
 * round: relays and clients acted on the outer ones, so inner ones count only where there are none outside.
 */
export function mergePrivateTags(inner: Tags, outer: Tags): Tags {
  const insideNames = new Set(inner.map((tag) => tag[0]));
  const outsideNames = new Set(outer.map((tag) => tag[0]));
  return [
    ...inner.filter((tag) => !(ROUTING_TAGS.has(tag[0]) && outsideNames.has(tag[0]))),
    ...outer.filter((tag) => ROUTING_TAGS.has(tag[0]) || !insideNames.has(tag[0])),
  ];
}

/** The text of a private `content` tag, as nostrdvm sends it; `null` when there is none. */
export function privateContent(tags: Tags): string | null {
  return allValues(tags, 'content')[0] ?? null;
}
