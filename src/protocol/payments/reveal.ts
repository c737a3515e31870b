import { xchacha20poly1305 } from '@noble/ciphers/chacha.js';
import { hkdf } from '@noble/hashes/hkdf.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, concatBytes, hexToBytes, utf8ToBytes } from '@noble/hashes/utils.js';
import { base64 } from '@scure/base';
import type { PeerCiphers } from '../encryption.ts';
import { isHex32 } from '../event.ts';
import { failure, success, type Outcome } from '../outcome.ts';
import { isRecord, parseJson } from '../untrusted-json.ts';

/** Names what the key is for, so that no other use of the same secrets can ever make the same key. */
const KEY_PURPOSE = utf8ToBytes('coinop/reveal/v1');
const NONCE_BYTES = 24;
const KEY_BYTES = 32;
const SALT_BYTES = 32;

/** The content of a locked result: the salt under NIP-44 for the customer, and the text under the key (base64). */
interface LockedContent {
  readonly salt: string;
  readonly data: string;
}

/**
 * Locks a result to a payment (`reveal`, version `v1`): whoever pays the invoice of this preimage's hash learns
 * the preimage, and with the salt, which is encrypted to the customer, the key. Nodes that route the payment
 * learn the preimage as well and can read nothing. Only the salt passes through the signer, so that results of
 * any size and signers of any kind work. Throws when the signer cannot encrypt.
 */
export async function lockReveal(secret: {
  readonly content: string;
  /** 32 bytes in hex; its SHA-256 is the payment hash. */
  readonly preimage: string;
  readonly peerPubkey: string;
  readonly ciphers: PeerCiphers;
  /** 56 random bytes, never used before: 32 for the salt and 24 for the nonce. */
  readonly entropy: Uint8Array;
}): Promise<string> {
  if (secret.entropy.length !== SALT_BYTES + NONCE_BYTES) throw new Error('A reveal takes 56 random bytes.');
  const salt = secret.entropy.subarray(0, SALT_BYTES);
  const nonce = secret.entropy.subarray(SALT_BYTES);
  const sealed = cipherOf(secret.preimage, salt, nonce).encrypt(utf8ToBytes(secret.content));
  const locked: LockedContent = {
    salt: await secret.ciphers.nip44.encrypt(secret.peerPubkey, bytesToHex(salt)),
    data: base64.encode(concatBytes(nonce, sealed)),
  };
  return JSON.stringify(locked);
}

/**
 * `not-locked`: the content is no locked result of version `v1`. `undecryptable`: the signer cannot decrypt the
 * salt. `wrong-key`: the preimage does not open it; together with the payment that proves a broken promise.
 */
export type RevealFailureCode = 'not-locked' | 'undecryptable' | 'wrong-key';

/** Opens a locked result with the preimage that the payment brought. Fails with a `RevealFailureCode`. */
export async function openReveal(locked: {
  readonly content: string;
  /** 32 bytes in hex. */
  readonly preimage: string;
  /** Who locked it. */
  readonly peerPubkey: string;
  readonly ciphers: PeerCiphers;
}): Promise<Outcome<string, RevealFailureCode>> {
  const read = readLocked(locked.content);
  if (read === null || !isHex32(locked.preimage))
    return failure('not-locked', 'The result is not locked in the way its reveal tag says.');
  let salt: string;
  try {
    salt = await locked.ciphers.nip44.decrypt(locked.peerPubkey, read.salt);
  } catch {
    return failure('undecryptable', 'The signer could not decrypt what the provider encrypted to this key.');
  }
  if (!isHex32(salt)) return failure('not-locked', 'The salt of the locked result is not 32 bytes.');
  try {
    const nonce = read.data.subarray(0, NONCE_BYTES);
    const text = cipherOf(locked.preimage, hexToBytes(salt), nonce).decrypt(read.data.subarray(NONCE_BYTES));
    return success(new TextDecoder('utf-8', { fatal: true }).decode(text));
  } catch {
    return failure('wrong-key', 'The preimage of the payment does not open the result that was paid for.');
  }
}

function cipherOf(preimage: string, salt: Uint8Array, nonce: Uint8Array) {
  const secret = hexToBytes(preimage);
  const key = hkdf(sha256, concatBytes(secret, salt), undefined, KEY_PURPOSE, KEY_BYTES);
  return xchacha20poly1305(key, nonce, sha256(secret));
}

function readLocked(content: string): { readonly salt: string; readonly data: Uint8Array } | null {
  const parsed = parseJson(content);
  if (!isRecord(parsed)) return null;
  const { salt, data } = parsed;
  if (typeof salt !== 'string' || typeof data !== 'string') return null;
  try {
    const bytes = base64.decode(data);
    return bytes.length > NONCE_BYTES ? { salt, data: bytes } : null;
  } catch {
    return null;
  }
}
