import { ripemd160, sha1 } from '@noble/hashes/legacy.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { keccak_256 } from '@noble/hashes/sha3.js';
import { bytesToHex, concatBytes, hexToBytes, utf8ToBytes } from '@noble/hashes/utils.js';
import { failure, success, type Outcome } from '../outcome.ts';
import { ByteReader, MalformedBytes } from './byte-reader.ts';

/** The kind of an event that carries the timestamp of another (NIP-03). */
export const TIMESTAMP_KIND = 1040;

/** A proof of ordinary size has a few kilobytes; what is larger is not read. */
const MAX_PROOF_BYTES = 65_536;
/** Bounds of the reference implementation, and one on the work that a proof makes: each operation may hash 4096 bytes. */
const MAX_MESSAGE_BYTES = 4096;
const MAX_ATTESTATION_BYTES = 8192;
const MAX_CALENDAR_CHARS = 1000;
const MAX_DEPTH = 256;
const MAX_OPERATIONS = 2048;

const MAGIC = hexToBytes('004f70656e54696d657374616d7073000050726f6f6600bf89e2e884e89294');
const VERSION = 1;

/** What vouches that a commitment existed at some time. */
export type TimestampAttestation = {
  /** What is attested, in hex: the digest after all operations on the way. */
  readonly commitment: string;
} &
  /** The commitment is the merkle root of the Bitcoin block at that height, in the byte order of the block header. */
  (
    | { readonly type: 'bitcoin'; readonly height: number }
    /** That calendar has promised to put the commitment into Bitcoin; proves nothing by itself. */
    | { readonly type: 'pending'; readonly calendarUrl: string }
    /** Another chain or notary: its eight bytes of tag, in hex. */
    | { readonly type: 'other'; readonly tag: string }
  );

/** What an OpenTimestamps proof says. Whether the blocks it names exist is not in it. */
export interface TimestampProof {
  /** How what is stamped was hashed. Events are stamped by their id, which is a SHA-256 hash. */
  readonly hash: 'sha256' | 'sha1' | 'ripemd160' | 'keccak256';
  /** What is stamped, in hex. */
  readonly digest: string;
  readonly attestations: readonly TimestampAttestation[];
}

/**
 * Why a proof cannot be read: `not-a-timestamp` (no OpenTimestamps file), `unknown-version`, `too-large`, or
 * `malformed-timestamp` (cut off, an unknown operation, or beyond the bounds of the format).
 */
export type TimestampFailureCode =
  'not-a-timestamp' | 'unknown-version' | 'too-large' | 'malformed-timestamp';

const HASHES = {
  0x08: ['sha256', sha256],
  0x02: ['sha1', sha1],
  0x03: ['ripemd160', ripemd160],
  0x67: ['keccak256', keccak_256],
} as const;

/**
 * Reads an OpenTimestamps proof, as kind 1040 carries it in base64 (NIP-03), and carries out its operations, so that
 * each attestation comes with what it commits to. Fails with a `TimestampFailureCode`.
 */
export function parseTimestampProof(bytes: Uint8Array): Outcome<TimestampProof, TimestampFailureCode> {
  if (bytes.length > MAX_PROOF_BYTES)
    return failure('too-large', `A timestamp proof has at most ${MAX_PROOF_BYTES} bytes.`);
  if (bytesToHex(bytes.subarray(0, MAGIC.length)) !== bytesToHex(MAGIC))
    return failure('not-a-timestamp', 'The bytes are no OpenTimestamps proof.');
  try {
    const reader = new ByteReader(bytes.subarray(MAGIC.length));
    const version = reader.number();
    if (version !== VERSION)
      return failure('unknown-version', `Version ${version} of OpenTimestamps is not known.`, { version });
    return success(readProof(reader));
  } catch (error) {
    if (error instanceof MalformedBytes) return failure('malformed-timestamp', error.message);
    throw error;
  }
}

function readProof(reader: ByteReader): TimestampProof {
  const known = hashOf(reader.byte());
  if (known === null) throw new MalformedBytes('It does not say how the stamped file was hashed.');
  const [hash, { outputLen }] = known;
  const digest = reader.bytes(outputLen);
  const attestations = new Walk(reader).from(digest);
  if (!reader.isAtEnd) throw new MalformedBytes('There are bytes behind the proof.');
  return { hash, digest: bytesToHex(digest), attestations };
}

function hashOf(tag: number): (typeof HASHES)[keyof typeof HASHES] | null {
  return tag === 0x08 || tag === 0x02 || tag === 0x03 || tag === 0x67 ? HASHES[tag] : null;
}

const ATTESTATION = 0x00;
/** Before each branch of a message but the last. */
const BRANCH = 0xff;

/** A walk over the tree of operations; `#operations` bounds what all branches together may cost. */
class Walk {
  readonly #reader: ByteReader;
  readonly #found: TimestampAttestation[] = [];
  #operations = 0;

  constructor(reader: ByteReader) {
    this.#reader = reader;
  }

  from(digest: Uint8Array): readonly TimestampAttestation[] {
    this.#message(digest, 0);
    return this.#found;
  }

  #message(message: Uint8Array, depth: number): void {
    if (depth > MAX_DEPTH) throw new MalformedBytes('The operations nest too deep.');
    let tag = this.#reader.byte();
    while (tag === BRANCH) {
      this.#branch(this.#reader.byte(), message, depth);
      tag = this.#reader.byte();
    }
    this.#branch(tag, message, depth);
  }

  #branch(tag: number, message: Uint8Array, depth: number): void {
    this.#operations += 1;
    if (this.#operations > MAX_OPERATIONS) throw new MalformedBytes('There are too many operations.');
    if (tag === ATTESTATION) this.#found.push(readAttestation(this.#reader, bytesToHex(message)));
    else this.#message(this.#operate(tag, message), depth + 1);
  }

  #operate(tag: number, message: Uint8Array): Uint8Array {
    const hash = hashOf(tag);
    if (hash !== null) return hash[1](message);
    const result = this.#rearrange(tag, message);
    if (result.length > MAX_MESSAGE_BYTES) throw new MalformedBytes('A message grows too long.');
    return result;
  }

  #rearrange(tag: number, message: Uint8Array): Uint8Array {
    const operand = () => this.#reader.counted({ min: 1, max: MAX_MESSAGE_BYTES });
    switch (tag) {
      case 0xf0:
        return concatBytes(message, operand());
      case 0xf1:
        return concatBytes(operand(), message);
      case 0xf2:
        return message.toReversed();
      case 0xf3:
        return utf8ToBytes(bytesToHex(message));
      default:
        throw new MalformedBytes('An operation is not known.');
    }
  }
}

const BITCOIN = '0588960d73d71901';
const PENDING = '83dfe30d2ef90c8e';

function readAttestation(reader: ByteReader, commitment: string): TimestampAttestation {
  const tag = bytesToHex(reader.bytes(8));
  const payload = reader.counted({ min: 0, max: MAX_ATTESTATION_BYTES });
  if (tag === BITCOIN)
    return { commitment, type: 'bitcoin', height: readAll(payload, (inner) => inner.number()) };
  if (tag !== PENDING) return { commitment, type: 'other', tag };
  const uri = readAll(payload, (inner) => inner.counted({ min: 0, max: MAX_CALENDAR_CHARS }));
  return { commitment, type: 'pending', calendarUrl: readCalendar(uri) };
}

function readAll<Value>(payload: Uint8Array, read: (reader: ByteReader) => Value): Value {
  const reader = new ByteReader(payload);
  const value = read(reader);
  if (!reader.isAtEnd) throw new MalformedBytes('An attestation is longer than it says.');
  return value;
}

/** Only the characters that the reference implementation lets through: the address may be shown, or asked. */
function readCalendar(uri: Uint8Array): string {
  const text = String.fromCharCode(...uri);
  if (!/^[A-Za-z0-9\-._/:]*$/.test(text)) throw new MalformedBytes('The address of a calendar is none.');
  return text;
}
