import type { EventTemplate, NostrEvent } from '../protocol/index.ts';

/** Encrypts and decrypts text between this key and a peer (NIP-44 or NIP-04). Rejects on undecryptable text. */
export interface PeerCipher {
  encrypt(peerPubkey: string, plaintext: string): Promise<string>;
  decrypt(peerPubkey: string, ciphertext: string): Promise<string>;
}

/**
 * A Nostr identity that can sign and encrypt without showing its secret key: a local key, a browser
 * extension (NIP-07) or a bunker (NIP-46).
 */
export interface Signer {
  /** The public key, 64 hex characters. */
  readonly pubkey: string;
  /** Signs the template as this key; id and signature are those of the returned event's fields. */
  sign(template: EventTemplate): Promise<NostrEvent>;
  readonly nip44: PeerCipher;
  readonly nip04: PeerCipher;
}
