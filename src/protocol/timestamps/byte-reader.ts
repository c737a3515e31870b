/** Thrown inside of a parser when the bytes end or say something impossible; parsers turn it into a failure. */
export class MalformedBytes extends Error {
  override readonly name = 'MalformedBytes';
}

/** Reads bytes from the front, as OpenTimestamps writes them. */
export class ByteReader {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get isAtEnd(): boolean {
    return this.#at === this.#bytes.length;
  }

  byte(): number {
    const byte = this.#bytes[this.#at];
    if (byte === undefined) throw new MalformedBytes('The bytes end too early.');
    this.#at += 1;
    return byte;
  }

  bytes(length: number): Uint8Array {
    const end = this.#at + length;
    if (end > this.#bytes.length) throw new MalformedBytes('The bytes end too early.');
    const read = this.#bytes.subarray(this.#at, end);
    this.#at = end;
    return read;
  }

  /** An unsigned LEB128 number, at most 2^31 - 1. */
  number(): number {
    let value = 0;
    for (let shift = 0; shift <= 28; shift += 7) {
      const byte = this.byte();
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) {
        if (value > MAX_NUMBER) break;
        return value;
      }
    }
    throw new MalformedBytes('A number is too large.');
  }

  /** Bytes after their length, within these bounds. */
  counted(bounds: { readonly min: number; readonly max: number }): Uint8Array {
    const length = this.number();
    if (length < bounds.min || length > bounds.max)
      throw new MalformedBytes('A piece is too long or too short.');
    return this.bytes(length);
  }
}

const MAX_NUMBER = 2 ** 31 - 1;
