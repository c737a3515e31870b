import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, hexToBytes } from '@noble/hashes/utils.js';

/** Whether SHA-256 of the preimage (32 bytes as hex) is the payment hash (lower-case hex). */
export function isPreimageOf(preimage: string, paymentHash: string): boolean {
  return /^[0-9a-f]{64}$/i.test(preimage) && bytesToHex(sha256(hexToBytes(preimage))) === paymentHash;
}
