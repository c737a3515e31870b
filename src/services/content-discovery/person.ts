import { bytesToHex, hexToBytes } from '@noble/hashes/utils.js';
import { decode } from 'nostr-tools/nip19';

const KEY_BYTES = 8;
const HEX_KEY = /^[0-9a-f]{64}$/;

/** The number by which the index knows a public key (hex): its first eight bytes, signed as SQLite has numbers. */
export function personOf(pubkey: string): bigint {
  return BigInt.asIntN(64, BigInt(`0x${pubkey.slice(0, 2 * KEY_BYTES)}`));
}

/** People as one piece of bytes. */
export function packPeople(pubkeys: readonly string[]): Uint8Array {
  const packed = new Uint8Array(pubkeys.length * KEY_BYTES);
  for (const [index, pubkey] of pubkeys.entries())
    packed.set(hexToBytes(pubkey.slice(0, 2 * KEY_BYTES)), index * KEY_BYTES);
  return packed;
}

/** The people that `packPeople` packed. */
export function unpackPeople(packed: Uint8Array): bigint[] {
  const view = new DataView(packed.buffer, packed.byteOffset, packed.byteLength);
  return Array.from({ length: Math.floor(packed.byteLength / KEY_BYTES) }, (_, index) =>
    view.getBigInt64(index * KEY_BYTES),
  );
}

/** A column of 32 bytes as hex; empty when it is something else. */
export function hexColumn(value: unknown): string {
  return value instanceof Uint8Array ? bytesToHex(value) : '';
}

/** A public key as people write it (hex, npub, nprofile, with or without `nostr:`) in hex; `null` for other words. */
export function readPubkey(text: string): string | null {
  const word = text.replace(/^nostr:/, '');
  return HEX_KEY.test(word) ? word : decodePubkey(word);
}

function decodePubkey(word: string): string | null {
  try {
    const decoded = decode(word);
    if (decoded.type === 'npub') return decoded.data;
    return decoded.type === 'nprofile' ? decoded.data.pubkey : null;
  } catch {
    return null; // no NIP-19 word
  }
}
