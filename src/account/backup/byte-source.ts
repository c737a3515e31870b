import { concatBytes } from '@noble/hashes/utils.js';

/** Bytes that are read in pieces as they are wanted, holding no more than one piece and one chunk of the stream. */
export interface ByteSource {
  /** The next bytes, fewer only at the end. */
  upTo(count: number): Promise<Uint8Array>;
  /** The next line without its end; `null` when there is none within so many bytes. */
  line(maxBytes: number): Promise<string | null>;
  isAtEnd(): Promise<boolean>;
}

const LINE_FEED = 10;

/** Reads a stream piece by piece. */
export function byteSource(stream: AsyncIterable<Uint8Array>): ByteSource {
  const chunks = stream[Symbol.asyncIterator]();
  let waiting: Uint8Array = new Uint8Array();
  let ended = false;
  const fill = async (count: number): Promise<void> => {
    const parts = [waiting];
    for (let have = waiting.length; have < count && !ended;) {
      const next = await chunks.next();
      if (next.done === true) ended = true;
      else {
        parts.push(next.value);
        have += next.value.length;
      }
    }
    waiting = concatBytes(...parts);
  };
  const take = (count: number): Uint8Array => {
    const taken = waiting.subarray(0, count);
    waiting = waiting.subarray(count);
    return taken;
  };
  return {
    async upTo(count) {
      await fill(count);
      return take(count);
    },
    async line(maxBytes) {
      await fill(maxBytes);
      const end = waiting.indexOf(LINE_FEED);
      if (end < 0 || end >= maxBytes) return null;
      const text = new TextDecoder().decode(take(end));
      take(1);
      return text;
    },
    async isAtEnd() {
      await fill(1);
      return waiting.length === 0;
    },
  };
}
