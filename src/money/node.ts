import type { IncomingMessage } from 'node:http';
import { request } from 'node:https';
import type { WalletFetch } from './wallet-server.ts';

/** Answers with these statuses have no body, and `Response` refuses one. */
const WITHOUT_BODY: ReadonlySet<number> = new Set([204, 205, 304]);

/**
 * A `fetch` for a wallet's server that signs its own certificate, as LND does: it trusts this certificate (PEM, LND's
 * `tls.cert`) and no other, for the names and addresses that stand in it. Https only. Rejects with a `TypeError` and
 * its cause, as `fetch` does.
 */
export function fetchTrusting(certificatePem: string): WalletFetch {
  return (url, { method, headers, body, signal }) =>
    new Promise((resolve, reject) => {
      const sent = request(url, { method, headers, ca: certificatePem }, (answer) => {
        const status = answer.statusCode ?? 0;
        // A body that nobody reads, as of a redirect, would otherwise end the process when it is cut off.
        answer.on('error', () => undefined);
        resolve(
          new Response(WITHOUT_BODY.has(status) ? null : ReadableStream.from(chunksOf(answer)), { status }),
        );
      });
      sent.on('error', (cause) => reject(new TypeError('fetch failed', { cause })));
      // Not by the request's own option, which throws at nobody when the answer has just been read to its end.
      const cutOff = (): void => void sent.destroy();
      signal.addEventListener('abort', cutOff);
      sent.on('close', () => signal.removeEventListener('abort', cutOff));
      if (signal.aborted) cutOff();
      sent.end(body);
    });
}

async function* chunksOf(answer: IncomingMessage): AsyncGenerator<Uint8Array> {
  try {
    for await (const chunk of answer) if (chunk instanceof Uint8Array) yield chunk;
  } catch (cause) {
    throw new TypeError('terminated', { cause });
  }
}
