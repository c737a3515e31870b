import { pause } from '../clock/index.ts';
import { failure, success, type Outcome } from '../protocol/index.ts';

/** `body-too-large`, `body-too-slow`, or `body-broken` when the client left in the middle. */
export type BodyFailureCode = 'body-too-large' | 'body-too-slow' | 'body-broken';

/** Reads the body of a request as text, of at most so many bytes and in at most so many seconds. */
export async function readBody(
  { headers, body }: Request,
  bounds: { readonly maxBytes: number; readonly seconds: number },
): Promise<Outcome<string, BodyFailureCode>> {
  const tooLarge = failure('body-too-large', `A body has at most ${bounds.maxBytes} bytes.`);
  if (Number(headers.get('content-length') ?? 0) > bounds.maxBytes) return tooLarge;
  if (body === null) return success('');
  const read = new AbortController();
  const reader: ReadableStreamDefaultReader<Uint8Array> = body.getReader();
  const late = pause(bounds.seconds * 1_000, read.signal).then(() => 'late' as const);
  const decoder = new TextDecoder();
  let text = '';
  let bytes = 0;
  try {
    for (;;) {
      const next = await Promise.race([reader.read(), late]);
      if (next === 'late') return failure('body-too-slow', 'The body did not arrive in time: send it again.');
      if (next.done) return success(text + decoder.decode());
      bytes += next.value.byteLength;
      if (bytes > bounds.maxBytes) return tooLarge;
      text += decoder.decode(next.value, { stream: true });
    }
  } catch {
    return failure('body-broken', 'The body broke off: send it again.');
  } finally {
    read.abort();
    reader.releaseLock();
  }
}
