export type { PeerCipher, Signer } from './signer.ts';
export {
  formatNcryptsec,
  formatNpub,
  formatNsec,
  generateSecretKey,
  parsePubkey,
  parseSecretKey,
  pubkeyOf,
  type SecretKeyFailure,
} from './secret-key.ts';
export { secretKeySigner, type SchnorrSigning } from './secret-key-signer.ts';
export { checkedSigner, type UncheckedSigner } from './checked-signer.ts';
export type { SignerFailureCode } from './remote/signer-failure.ts';
export type { RemoteSignerOptions, SignerMethod, SignerWait } from './remote/turns.ts';
export { nip07Signer, type Nip07Cipher, type Nip07Provider } from './remote/nip07-signer.ts';
export { parseBunkerUri, type BunkerAddress } from './remote/bunker-uri.ts';
export {
  connectBunker,
  offerNostrconnect,
  resumeBunker,
  type BunkerLink,
  type BunkerOptions,
  type BunkerSession,
} from './remote/bunker-signer.ts';
export type { BunkerRelays } from './remote/bunker-line.ts';
export { wrapFor } from './wrap-for.ts';
