import * as z from 'zod';
import type { GuardedFetch } from '../http/index.ts';

const Completion = z.object({
  choices: z.array(z.object({ message: z.object({ content: z.string().nullish() }) })),
});

/**
 * A `fetch` for the AI SDK that goes through the guarded client: one host, no redirects, bounded in size and time. An
 * answer in one piece is passed on as the stream that was asked for. Trouble is told by its code, and then thrown.
 */
export function createModelFetch(
  guarded: GuardedFetch,
  { signal, onTrouble }: { readonly signal: AbortSignal; readonly onTrouble: (code: string) => void },
): typeof fetch {
  return async (input, init) => {
    const head = Promise.withResolvers<string>();
    const stream = new TransformStream<Uint8Array, Uint8Array>(undefined, undefined, UNBOUNDED);
    const writer = stream.writable.getWriter();
    const add = (bytes: Uint8Array): void => void writer.write(bytes).catch(() => undefined);
    const fetching = guarded(input instanceof Request ? input.url : String(input), {
      signal,
      method: 'POST',
      headers: Object.fromEntries(new Headers(init?.headers)),
      body: typeof init?.body === 'string' ? init.body : '',
      accept: ['text/event-stream', 'application/json'],
      onChunk: (chunk, contentType) => {
        head.resolve(contentType ?? '');
        if (isStream(contentType)) add(Uint8Array.from(chunk));
      },
    }).then((answer) => {
      if (!answer.ok) throw new EndpointTrouble(answer.failure.code);
      if (!isStream(answer.value.contentType)) add(asStream(answer.value.body));
      add(FINISH);
      return writer.close();
    });
    fetching.catch((error: unknown) => {
      if (error instanceof EndpointTrouble) onTrouble(error.message);
      void writer.abort(error).catch(() => undefined);
      head.reject(error);
    });
    void fetching.then(
      () => head.resolve(''),
      () => undefined,
    );
    await head.promise;
    return new Response(stream.readable, { headers: { 'content-type': 'text/event-stream' } });
  };
}

/** The guarded client bounds the whole. */
const UNBOUNDED = new CountQueuingStrategy({ highWaterMark: Infinity });

/** Not every endpoint says that it has finished, but an answer that arrived whole has. */
const FINISH = new TextEncoder().encode('\n\ndata: {"choices":[{"delta":{},"finish_reason":"stop"}]}\n\n');

class EndpointTrouble extends Error {
  override readonly name = 'EndpointTrouble';
}

function isStream(contentType: string | null): boolean {
  return contentType?.toLowerCase().startsWith('text/event-stream') ?? false;
}

/** A whole completion as the one event of a stream; no event when it is something else. */
function asStream(body: Uint8Array): Uint8Array {
  const text = new TextDecoder().decode(body);
  const content = completionText(text);
  const event = { choices: [{ delta: { content } }] };
  return new TextEncoder().encode(`data: ${JSON.stringify(event)}\n\n`);
}

function completionText(json: string): string {
  try {
    return Completion.parse(JSON.parse(json)).choices[0]?.message.content ?? '';
  } catch {
    return '';
  }
}
