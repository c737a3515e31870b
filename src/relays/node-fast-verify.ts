import { createHash } from 'node:crypto';
import { verifySchnorr } from 'tiny-secp256k1';
import type { NostrEvent } from '../protocol/index.ts';

/** What a worker needs of an event: its canonical serialisation (NIP-01), id, public key and signature. */
export type SignedText = readonly [canonical: string, id: string, pubkey: string, sig: string];

/**
 * The event as text to be checked, made from the fields that its id covers. `null` when a text is not
 * Unicode: such an event has no canonical form, and `verifyEvent` holds it false too.
 */
export function signedText(event: NostrEvent): SignedText | null {
  const { pubkey, created_at, kind, tags, content } = event;
  if (!content.isWellFormed() || !tags.every((tag) => tag.every((item) => item.isWellFormed()))) return null;
  return [JSON.stringify([0, pubkey, created_at, kind, tags, content]), event.id, pubkey, event.sig];
}

/** Whether the text hashes to the id and the BIP-340 signature is the key's: libsecp256k1 as WebAssembly. */
export function verifySignedText([canonical, id, pubkey, sig]: SignedText): boolean {
  const hash = createHash('sha256').update(canonical, 'utf8').digest();
  if (hash.toString('hex') !== id) return false;
  try {
    return verifySchnorr(hash, Buffer.from(pubkey, 'hex'), Buffer.from(sig, 'hex'));
  } catch {
    return false; // it throws where a key is no point or a signature no pair of scalars
  }
}
