export type { PeerCipher, Signer } from './signer.ts';
