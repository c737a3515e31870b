import { sha256 } from '@noble/hashes/sha2.js';
import { utf8ToBytes } from '@noble/hashes/utils.js';
import { seededRandom } from '../regtest/seeded-random.ts';

/** What is decided by a named draw: the same name in the same market always brings the same numbers. */
export type Named = readonly (string | number)[];

/**
 * Numbers in [0, 1) for one decision of a market. They depend on nothing but the seed and the name, so that every
 * policy meets the same prices, the same absences and the same accidents, whatever it has bought before.
 */
export function drawsFor(seed: number, ...name: Named): () => number {
  const digest = sha256(utf8ToBytes([seed, ...name].join('/')));
  return seededRandom(new DataView(digest.buffer, digest.byteOffset).getUint32(0));
}

/** A number between two others. */
export function between(draw: () => number, least: number, most: number): number {
  return least + draw() * (most - least);
}

/** 32 bytes that belong to a name in a market: a secret key that a replay has again. */
export function secretFor(seed: number, ...name: Named): Uint8Array {
  return sha256(utf8ToBytes(['secret', seed, ...name].join('/')));
}
