import { createECDH, createHmac, randomBytes } from 'node:crypto';
import { signSchnorr, xOnlyPointFromScalar } from 'tiny-secp256k1';
import { secretKeySigner, type ConversationKey, type SchnorrSigning } from './secret-key-signer.ts';
import type { Signer } from './signer.ts';

const wasmSchnorr: SchnorrSigning = {
  publicKey: (secretKey) => xOnlyPointFromScalar(secretKey),
  sign: (hash, secretKey) => signSchnorr(hash, secretKey, randomBytes(32)),
};

/**
 * The same as `secretKeySigner`, signing about ten times faster through libsecp256k1 compiled to WebAssembly, and sharing
 * keys with peers three times faster through OpenSSL.
 */
export function fastSecretKeySigner(secretKey: Uint8Array): Signer {
  return secretKeySigner(secretKey, {
    schnorr: wasmSchnorr,
    conversationKey: opensslConversationKey(secretKey),
  });
}

/** NIP-44: HKDF-extract of the x coordinate of the shared point, which is one HMAC. */
function opensslConversationKey(secretKey: Uint8Array): ConversationKey {
  const ecdh = createECDH('secp256k1');
  ecdh.setPrivateKey(secretKey);
  return (peerPubkey) =>
    createHmac('sha256', 'nip44-v2')
      .update(ecdh.computeSecret(Buffer.from(`02${peerPubkey}`, 'hex')))
      .digest();
}
