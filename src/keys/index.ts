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
export { checkedSigner } from './checked-signer.ts';
export { wrapFor } from './wrap-for.ts';
