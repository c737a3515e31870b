import { schnorr, secp256k1 } from '@noble/curves/secp256k1.js';
import { bytesToHex, hexToBytes } from '@noble/hashes/utils.js';
import { bech32 } from '@scure/base';
import { decode, npubEncode, nsecEncode } from 'nostr-tools/nip19';
import { decrypt, encrypt } from 'nostr-tools/nip49';
import { failure, isHex32, success, type Outcome } from '../protocol/index.ts';

/** A fresh 32-byte secret key from the platform's secure randomness. */
export function generateSecretKey(): Uint8Array {
  return schnorr.utils.randomSecretKey();
}

/** The public key of a secret key, as 64 hex characters. */
export function pubkeyOf(secretKey: Uint8Array): string {
  return bytesToHex(schnorr.getPublicKey(secretKey));
}

/** Why a text is not a usable secret key. */
export type SecretKeyFailure = 'malformed-secret-key' | 'key-password-missing' | 'key-password-wrong';

/**
 * Reads a secret key as people keep it: `nsec1…` (NIP-19), 64 hex characters, or `ncryptsec1…` (NIP-49),
 * which needs the password. Deriving the NIP-49 key blocks the thread for up to some seconds.
 * Fails with `malformed-secret-key`, `key-password-missing` or `key-password-wrong`; no message repeats the text.
 */
export function parseSecretKey(text: string, password?: string): Outcome<Uint8Array, SecretKeyFailure> {
  const trimmed = text.trim();
  if (trimmed.startsWith('ncryptsec1')) return decryptNcryptsec(trimmed, password);
  if (isHex32(trimmed.toLowerCase())) return usableSecretKey(hexToBytes(trimmed));
  const decoded = decodeNip19(trimmed);
  return decoded?.type === 'nsec' ? usableSecretKey(decoded.data) : malformedSecretKey();
}

/** Writes a secret key as `nsec1…` (NIP-19). The text is as secret as the key. */
export function formatNsec(secretKey: Uint8Array): string {
  return nsecEncode(secretKey);
}

/** Encrypts a secret key with a password as `ncryptsec1…` (NIP-49, scrypt with 2^16 rounds; blocks for a moment). */
export function formatNcryptsec(secretKey: Uint8Array, password: string): string {
  return encrypt(secretKey, password);
}

/**
 * Reads a public key as people write it: `npub1…`, `nprofile1…` (with or without `nostr:`) or hex.
 * Returns 64 lower-case hex characters; fails with `malformed-pubkey`.
 */
export function parsePubkey(text: string): Outcome<string, 'malformed-pubkey'> {
  const trimmed = text.trim().replace(/^nostr:/, '');
  const hex = trimmed.toLowerCase();
  if (isHex32(hex)) return success(hex);
  const decoded = decodeNip19(trimmed);
  if (decoded?.type === 'npub' && isHex32(decoded.data)) return success(decoded.data);
  if (decoded?.type === 'nprofile') return success(decoded.data.pubkey);
  return failure('malformed-pubkey', 'A public key is written as npub1…, nprofile1… or 64 hex characters.');
}

/** Writes a public key (64 hex characters) as `npub1…` (NIP-19). */
export function formatNpub(pubkey: string): string {
  return npubEncode(pubkey);
}

/** NIP-49 leaves the scrypt cost to the text; beyond 2^20 it would take more than 1 GiB of memory. */
const MAX_SCRYPT_LOG_N = 20;
const NCRYPTSEC_BYTES = 91;
const NCRYPTSEC_CHARS = 162;

function decryptNcryptsec(text: string, password: string | undefined): Outcome<Uint8Array, SecretKeyFailure> {
  const bytes = decodeNcryptsec(text);
  if (bytes === null) return malformedSecretKey();
  if (password === undefined)
    return failure('key-password-missing', 'This key is encrypted (ncryptsec): give its password.');
  try {
    return usableSecretKey(decrypt(text, password));
  } catch {
    return failure('key-password-wrong', 'The password does not open this key: check it and try again.');
  }
}

function decodeNcryptsec(text: string): Uint8Array | null {
  try {
    const bytes = bech32.fromWords(bech32.decode(text, NCRYPTSEC_CHARS).words);
    const [version, logN = Number.POSITIVE_INFINITY] = bytes;
    return bytes.length === NCRYPTSEC_BYTES && version === 2 && logN <= MAX_SCRYPT_LOG_N ? bytes : null;
  } catch {
    return null;
  }
}

function decodeNip19(text: string) {
  try {
    return decode(text);
  } catch {
    return null;
  }
}

function usableSecretKey(bytes: Uint8Array): Outcome<Uint8Array, 'malformed-secret-key'> {
  return secp256k1.utils.isValidSecretKey(bytes) ? success(bytes) : malformedSecretKey();
}

function malformedSecretKey() {
  return failure(
    'malformed-secret-key',
    'A secret key is written as nsec1…, ncryptsec1… or 64 hex characters; this text is none of them.',
  );
}
