import { concatBytes, hexToBytes } from '@noble/hashes/utils.js';
import {
  failure,
  parseTimestampProof,
  success,
  type Outcome,
  type TimestampAttestation,
} from '../../protocol/index.ts';

/** One way from a digest to what attests it: the bytes of the operations, and those of the attestation. */
export interface TimestampPath {
  readonly operations: Uint8Array;
  readonly attestation: Uint8Array;
}

/** How a proof file begins: the magic, version 1, and that a SHA-256 digest is stamped. */
const HEAD = hexToBytes('004f70656e54696d657374616d7073000050726f6f6600bf89e2e884e892940108');
const DIGEST_BYTES = 32;

const BRANCH = 0xff;
const ATTESTATION = 0x00;
const ATTESTATION_TAG_BYTES = 8;
/** `append` and `prepend` carry bytes; the others (hashes, `reverse`, `hexlify`) nothing. */
const WITH_OPERAND: readonly number[] = [0xf0, 0xf1];
const WITHOUT_OPERAND: readonly number[] = [0x08, 0x02, 0x03, 0x67, 0xf2, 0xf3];
const APPEND = 0xf0;
const SHA256 = 0x08;

const MAX_DEPTH = 256;
/** Ways of one answer that are followed; calendars give one or two. */
const MAX_PATHS = 32;

/** The operations that hide a digest from calendars: they get the hash of it and a nonce. */
export function blinding(nonce: Uint8Array): Uint8Array {
  return concatBytes(Uint8Array.of(APPEND, nonce.length), nonce, Uint8Array.of(SHA256));
}

/** Writes the proof file of a digest: every path a branch from it. */
export function writeProof(digest: Uint8Array, paths: readonly TimestampPath[]): Uint8Array {
  const branches = paths.map(({ operations, attestation }, at) =>
    concatBytes(at < paths.length - 1 ? Uint8Array.of(BRANCH) : new Uint8Array(), operations, attestation),
  );
  return concatBytes(HEAD, digest, ...branches);
}

/** Splits a proof file that `writeProof` wrote. Fails with `malformed-timestamp`. */
export function readProof(proof: Uint8Array): Outcome<TimestampPath[], 'malformed-timestamp'> {
  return splitTimestamp(proof.subarray(HEAD.length + DIGEST_BYTES));
}

/** What a path leads to, its operations carried out; `null` when it cannot be. */
export function attestationOf(digest: Uint8Array, path: TimestampPath): TimestampAttestation | null {
  const read = parseTimestampProof(writeProof(digest, [path]));
  return read.ok ? (read.value.attestations[0] ?? null) : null;
}

/**
 * Splits the answer of a calendar, a tree of operations, into its ways. Whether they can be carried out is told by
 * `attestationOf`. Fails with `malformed-timestamp`.
 */
export function splitTimestamp(bytes: Uint8Array): Outcome<TimestampPath[], 'malformed-timestamp'> {
  const splitter = new Splitter(bytes);
  return splitter.message([], 0) && splitter.isAtEnd
    ? success(splitter.paths)
    : failure('malformed-timestamp', 'The calendar answered with something else than a timestamp.');
}

class Splitter {
  readonly paths: TimestampPath[] = [];
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get isAtEnd(): boolean {
    return this.#at === this.#bytes.length;
  }

  /** Follows all ways from a message; false when the bytes are no timestamp. */
  message(before: readonly Uint8Array[], depth: number): boolean {
    if (depth > MAX_DEPTH) return false;
    while (this.#bytes[this.#at] === BRANCH) {
      this.#at += 1;
      if (!this.#branch(before, depth)) return false;
    }
    return this.#branch(before, depth);
  }

  #branch(before: readonly Uint8Array[], depth: number): boolean {
    const from = this.#at;
    const tag = this.#bytes[from];
    if (tag === undefined) return false;
    this.#at += 1;
    if (tag === ATTESTATION) {
      this.#at += ATTESTATION_TAG_BYTES;
      if (!this.#skipCounted() || this.paths.length >= MAX_PATHS) return false;
      this.paths.push({
        operations: concatBytes(...before),
        attestation: this.#bytes.slice(from, this.#at),
      });
      return true;
    }
    if (WITH_OPERAND.includes(tag) ? !this.#skipCounted() : !WITHOUT_OPERAND.includes(tag)) return false;
    return this.message([...before, this.#bytes.slice(from, this.#at)], depth + 1);
  }

  /** Skips bytes that stand after their length (unsigned LEB128). */
  #skipCounted(): boolean {
    let length = 0;
    for (let shift = 0; shift <= 14; shift += 7) {
      const byte = this.#bytes[this.#at];
      if (byte === undefined) return false;
      this.#at += 1;
      length += (byte & 0x7f) * 2 ** shift;
      if (byte >= 0x80) continue;
      this.#at += length;
      return this.#at <= this.#bytes.length;
    }
    return false;
  }
}
