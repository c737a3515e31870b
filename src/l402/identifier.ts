import { bytesToHex, concatBytes, hexToBytes } from '@noble/hashes/utils.js';
import { base64nopad } from '@scure/base';
import { readMacaroon } from './macaroon.ts';

/** What the identifier of an L402 macaroon of version 0 says (bLIP-26): 2 bytes of version, then 32 bytes each. */
export interface L402Identifier {
  /** Of the invoice that makes the macaroon valid; hex. */
  readonly paymentHash: string;
  /** Random, hex: names the token, or its user across tokens. */
  readonly tokenId: string;
}

const VERSION = Uint8Array.of(0, 0);
const IDENTIFIER_BYTES = 66;

/** Writes an identifier. */
export function writeIdentifier({ paymentHash, tokenId }: L402Identifier): Uint8Array {
  return concatBytes(VERSION, hexToBytes(paymentHash), hexToBytes(tokenId));
}

/** Reads an identifier; `null` when it is of another version or layout. */
export function readIdentifier(bytes: Uint8Array): L402Identifier | null {
  if (bytes.length !== IDENTIFIER_BYTES || bytes[0] !== 0 || bytes[1] !== 0) return null;
  return { paymentHash: bytesToHex(bytes.subarray(2, 34)), tokenId: bytesToHex(bytes.subarray(34)) };
}

/** Decodes base64, standard or URL-safe, padded or not; `null` when it is none. */
export function decodeBase64(text: string): Uint8Array | null {
  const standard = text.replaceAll('-', '+').replaceAll('_', '/').replace(/=+$/, '');
  try {
    return base64nopad.decode(standard);
  } catch {
    return null;
  }
}

/**
 * The payment hash that a token commits to, where it is a binary macaroon with such an identifier, as Aperture and
 * this package issue them; `null` for tokens that only their server can read.
 */
export function paymentHashOfToken(token: string): string | null {
  const bytes = decodeBase64(token);
  const macaroon = bytes === null ? null : readMacaroon(bytes);
  return macaroon === null ? null : (readIdentifier(macaroon.identifier)?.paymentHash ?? null);
}
