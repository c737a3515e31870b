/** What was read of a body. */
export interface BoundedBody {
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** False when there was more than the limit; then `bytes` is the start. */
  readonly complete: boolean;
}

const FIRST_BUFFER_BYTES = 64 * 1024;

/**
 * Reads a body up to `maxBytes`. The bytes go into one growing buffer: a body dripped in single bytes
 * would otherwise cost a hundred times its size in chunk objects. `onChunk` hears only what is within the limit.
 */
export async function readBounded(
  chunks: AsyncIterable<Uint8Array>,
  maxBytes: number,
  onChunk?: (chunk: Uint8Array) => void,
): Promise<BoundedBody> {
  let buffer = new Uint8Array(Math.min(maxBytes, FIRST_BUFFER_BYTES));
  let size = 0;
  for await (const chunk of chunks) {
    const kept = chunk.subarray(0, maxBytes - size);
    if (size + kept.length > buffer.length) {
      const grown = new Uint8Array(Math.min(maxBytes, Math.max(buffer.length * 2, size + kept.length)));
      grown.set(buffer.subarray(0, size));
      buffer = grown;
    }
    buffer.set(kept, size);
    size += kept.length;
    if (kept.length > 0) onChunk?.(kept);
    if (kept.length < chunk.length) return { bytes: buffer.slice(0, size), complete: false };
  }
  return { bytes: buffer.slice(0, size), complete: true };
}
