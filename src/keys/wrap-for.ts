import { GIFT_WRAP_BACKDATE_SECONDS, type Wrapping } from '../protocol/index.ts';
import { generateSecretKey } from './secret-key.ts';
import { secretKeySigner } from './secret-key-signer.ts';
import type { Signer } from './signer.ts';

/**
 * What one gift wrap (NIP-59) needs beside its message: a key that is used once, and dates drawn independently from
 * the two days before `now` (unix seconds), so that nobody can tell who wrote it or when.
 */
export function wrapFor(receiverPubkey: string, author: Signer, now: number): Wrapping {
  return {
    author,
    receiverPubkey,
    wrapSigner: secretKeySigner(generateSecretKey()),
    sealedAt: someTimeBefore(now),
    wrappedAt: someTimeBefore(now),
  };
}

function someTimeBefore(now: number): number {
  const [drawn = 0] = crypto.getRandomValues(new Uint32Array(1));
  return now - (drawn % GIFT_WRAP_BACKDATE_SECONDS);
}
