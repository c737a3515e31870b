import { hmac } from '@noble/hashes/hmac.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { concatBytes, utf8ToBytes } from '@noble/hashes/utils.js';

/**
 * Macaroons of version 2 with first-party caveats only, in the binary form that Go's `macaroon.v2` and Aperture
 * read and write. Written out here because the package of that name doubles its buffer with each byte it appends.
 */
export interface Macaroon {
  /** A hint where it is good; not signed. */
  readonly location: string;
  readonly identifier: Uint8Array;
  /** Conditions as text, in the order in which they were added. */
  readonly caveats: readonly string[];
  /** 32 bytes: the last link of a chain of HMACs over identifier and caveats. */
  readonly signature: Uint8Array;
}

/** Field types of the binary form. */
const FIELD = { end: 0, location: 1, identifier: 2, signature: 6 } as const;
const VERSION = 2;
const SIGNATURE_BYTES = 32;
/** Each costs a hash to check. */
const MAX_CAVEATS = 64;
/** What every implementation hashes root keys with, so that they may be of any length. */
const KEY_GENERATOR = utf8ToBytes('macaroons-key-generator');

/** Makes a macaroon that only holders of the root key can make, and anybody who holds it can narrow. */
export function mintMacaroon(rootKey: Uint8Array, told: Omit<Macaroon, 'signature'>): Macaroon {
  return { ...told, signature: chain(rootKey, told) };
}

/** Whether the macaroon was made with the root key, and its caveats only added to since. Takes the same time for any. */
export function isMintedWith(rootKey: Uint8Array, macaroon: Macaroon): boolean {
  const expected = chain(rootKey, macaroon);
  const difference = expected.reduce((sum, byte, at) => sum | (byte ^ (macaroon.signature[at] ?? 256)), 0);
  return difference === 0;
}

function chain(rootKey: Uint8Array, { identifier, caveats }: Omit<Macaroon, 'signature'>): Uint8Array {
  const first = hmac(sha256, hmac(sha256, KEY_GENERATOR, rootKey), identifier);
  return caveats.reduce((signature, caveat) => hmac(sha256, signature, utf8ToBytes(caveat)), first);
}

/** Writes the binary form. */
export function writeMacaroon({ location, identifier, caveats, signature }: Macaroon): Uint8Array {
  return concatBytes(
    Uint8Array.of(VERSION),
    field(FIELD.location, utf8ToBytes(location)),
    field(FIELD.identifier, identifier),
    Uint8Array.of(FIELD.end),
    ...caveats.flatMap((caveat) => [field(FIELD.identifier, utf8ToBytes(caveat)), Uint8Array.of(FIELD.end)]),
    Uint8Array.of(FIELD.end),
    field(FIELD.signature, signature),
  );
}

/** Type, length as a varint, data. */
function field(type: number, data: Uint8Array): Uint8Array {
  const length: number[] = [];
  for (let rest = data.length; rest > 0 || length.length === 0; rest >>>= 7)
    length.push(rest < 0x80 ? rest : (rest & 0x7f) | 0x80);
  return concatBytes(Uint8Array.of(type, ...length), data);
}

/** Reads the binary form; `null` for anything else, other versions and third-party and too many caveats included. */
export function readMacaroon(bytes: Uint8Array): Macaroon | null {
  if (bytes[0] !== VERSION) return null;
  const reader = fieldReader(bytes.subarray(1));
  const location = reader.next(FIELD.location) ?? new Uint8Array();
  const identifier = reader.next(FIELD.identifier);
  if (identifier === null || reader.next(FIELD.end) === null) return null;
  const caveats: Uint8Array[] = [];
  for (let ended = reader.next(FIELD.end); ended === null; ended = reader.next(FIELD.end)) {
    reader.next(FIELD.location);
    const caveat = reader.next(FIELD.identifier);
    if (caveat === null || reader.next(FIELD.end) === null || caveats.length === MAX_CAVEATS) return null;
    caveats.push(caveat);
  }
  const signature = reader.next(FIELD.signature);
  if (signature?.length !== SIGNATURE_BYTES || !reader.isAtEnd()) return null;
  try {
    return { location: decodeText(location), identifier, caveats: caveats.map(decodeText), signature };
  } catch {
    return null; // text that is not UTF-8
  }
}

function fieldReader(bytes: Uint8Array) {
  let at = 0;
  return {
    isAtEnd: () => at === bytes.length,
    /** The data of the next field if it is of that type and whole; else `null`, and it stays the next. */
    next(type: number): Uint8Array | null {
      if (bytes[at] !== type) return null;
      if (type === FIELD.end) {
        at += 1;
        return new Uint8Array();
      }
      let length = 0;
      let start = at + 1;
      for (let shift = 0; ; shift += 7) {
        const byte = bytes[start++];
        if (byte === undefined || shift > 21) return null;
        length |= (byte & 0x7f) << shift;
        if (byte < 0x80) break;
      }
      if (start + length > bytes.length) return null;
      at = start + length;
      return bytes.subarray(start, at);
    },
  };
}

function decodeText(bytes: Uint8Array): string {
  return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
}
