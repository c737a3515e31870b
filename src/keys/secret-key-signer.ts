import { schnorr } from '@noble/curves/secp256k1.js';
import { bytesToHex, hexToBytes } from '@noble/hashes/utils.js';
import * as nip04 from 'nostr-tools/nip04';
import * as nip44 from 'nostr-tools/nip44';
import { eventId, isHex32 } from '../protocol/index.ts';
import type { PeerCipher, Signer } from './signer.ts';

/** BIP-340 over raw bytes, so that a server can put a faster library under the same signer. */
export interface SchnorrSigning {
  /** The 32-byte x-only public key. */
  publicKey(secretKey: Uint8Array): Uint8Array;
  /** The 64-byte signature of a 32-byte hash, with fresh auxiliary randomness. */
  sign(hash: Uint8Array, secretKey: Uint8Array): Uint8Array;
}

const portableSchnorr: SchnorrSigning = {
  publicKey: (secretKey) => schnorr.getPublicKey(secretKey),
  sign: (hash, secretKey) => schnorr.sign(hash, secretKey),
};

/** Text sealed for or by a peer stays below this many characters: what is larger goes to a blob. */
const MAX_SEALED_CHARS = 2_000_000;
/** Deriving a NIP-44 conversation key costs a curve multiplication; recent peers keep theirs. */
const MAX_CONVERSATION_KEYS = 256;

/** The key that two peers share in NIP-44, 32 bytes, from the peer's public key (hex); throws when that is no point. */
export type ConversationKey = (peerPubkey: string) => Uint8Array;

/**
 * A signer that holds its secret key (32 bytes, copied) in memory. Portable; `schnorr` and `conversationKey` replace
 * its arithmetic. Throws when the key is not a valid secp256k1 scalar.
 */
export function secretKeySigner(
  secretKey: Uint8Array,
  options: { readonly schnorr?: SchnorrSigning; readonly conversationKey?: ConversationKey } = {},
): Signer {
  const signing = options.schnorr ?? portableSchnorr;
  const key = secretKey.slice();
  const pubkey = bytesToHex(signing.publicKey(key));
  return {
    pubkey,
    sign: async (template) => {
      const unsigned = {
        kind: template.kind,
        created_at: template.created_at,
        tags: template.tags.map((tag) => [...tag]),
        content: template.content,
        pubkey,
      };
      const id = eventId(unsigned);
      return { ...unsigned, id, sig: bytesToHex(signing.sign(hexToBytes(id), key)) };
    },
    nip44: nip44Cipher(
      options.conversationKey ?? ((peerPubkey) => nip44.getConversationKey(key, peerPubkey)),
    ),
    nip04: boundedCipher(
      (peerPubkey, plaintext) => nip04.encrypt(key, peerPubkey, plaintext),
      (peerPubkey, ciphertext) => nip04.decrypt(key, peerPubkey, ciphertext),
    ),
  };
}

function nip44Cipher(deriveKey: ConversationKey): PeerCipher {
  const recent = new Map<string, Uint8Array>();
  const conversationKey = (peerPubkey: string): Uint8Array => {
    const known = recent.get(peerPubkey) ?? deriveKey(peerPubkey);
    recent.delete(peerPubkey);
    recent.set(peerPubkey, known);
    const [oldest] = recent.keys();
    if (recent.size > MAX_CONVERSATION_KEYS && oldest !== undefined) recent.delete(oldest);
    return known;
  };
  return boundedCipher(
    (peerPubkey, plaintext) => nip44.encrypt(plaintext, conversationKey(peerPubkey)),
    (peerPubkey, ciphertext) => nip44.decrypt(ciphertext, conversationKey(peerPubkey)),
  );
}

function boundedCipher(
  encrypt: (peerPubkey: string, plaintext: string) => string,
  decrypt: (peerPubkey: string, ciphertext: string) => string,
): PeerCipher {
  return {
    encrypt: async (peerPubkey, plaintext) => {
      assertSealable(peerPubkey, plaintext);
      return encrypt(peerPubkey, plaintext);
    },
    decrypt: async (peerPubkey, ciphertext) => {
      assertSealable(peerPubkey, ciphertext);
      return decrypt(peerPubkey, ciphertext);
    },
  };
}

function assertSealable(peerPubkey: string, text: string): void {
  if (!isHex32(peerPubkey)) throw new Error('The peer must be named by 64 lower-case hex characters.');
  if (text.length > MAX_SEALED_CHARS)
    throw new Error(`The text has ${text.length} characters; at most ${MAX_SEALED_CHARS} can be sealed.`);
}
