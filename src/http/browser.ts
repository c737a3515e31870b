import { success, type Outcome } from '../protocol/index.ts';
import { readBounded } from './bounded-body.ts';
import { underDeadline } from './deadline.ts';
import {
  DEFAULT_LIMITS,
  STATUS_TEXT_BYTES,
  type FetchedBody,
  type GuardedFetch,
  type GuardedFetchLimits,
  type GuardedRequest,
  type UrlFailureCode,
} from './guarded-fetch.ts';
import { badStatus, checkUrl, isAcceptedType, tooLarge, unwantedType } from './guarded-url.ts';

/**
 * The lesser guard, for browsers: a page can neither resolve names nor see redirects before they happen,
 * so a *name* that leads to a private address is left to the browser's own network protections (CORS,
 * private network access). Checked are the URL's form and literal address, the same again for the address
 * after redirects, the content type, the size and the time; cookies and the referrer are never sent.
 */
export function createBrowserGuardedFetch(options: GuardedFetchLimits = {}): GuardedFetch {
  const limits = { ...DEFAULT_LIMITS, ...options };
  return (url, request) =>
    underDeadline(
      request.signal,
      limits.timeoutMs,
      (signal) => fetchChecked(url, request, limits, signal),
      (error) => {
        // `fetch` rejects with a bare TypeError for names, connections, TLS and CORS alike.
        if (!(error instanceof TypeError)) throw error;
        return {
          code: 'url-unreachable',
          message: 'The server cannot be reached, or does not let web pages read it (CORS).',
        };
      },
    );
}

async function fetchChecked(
  url: string,
  request: GuardedRequest,
  limits: Required<GuardedFetchLimits>,
  signal: AbortSignal,
): Promise<Outcome<FetchedBody, UrlFailureCode>> {
  const { allowHosts } = limits;
  const checked = checkUrl(url, allowHosts);
  if (!checked.ok) return checked;

  const method = request.method ?? 'GET';
  const response = await fetch(checked.value.url, {
    method,
    headers: { ...request.headers, ...(request.accept ? { accept: request.accept.join(', ') } : {}) },
    ...(request.body === undefined ? {} : { body: request.body }),
    // Browsers carry most headers along to other origins, so a request that has any stays where it is.
    redirect: (method === 'GET' || method === 'HEAD') && request.headers === undefined ? 'follow' : 'error',
    credentials: 'omit',
    referrerPolicy: 'no-referrer',
    signal,
  });
  const landed = checkUrl(response.url, allowHosts);
  if (!landed.ok) return landed;

  const contentType = response.headers.get('content-type');
  if (!response.ok) {
    const { bytes } = await readBounded(chunksOf(response), STATUS_TEXT_BYTES);
    return badStatus({
      url: response.url,
      status: response.status,
      challenge: response.headers.get('www-authenticate'),
      text: new TextDecoder().decode(bytes),
    });
  }
  if (!isAcceptedType(contentType, request.accept)) return unwantedType(contentType, request.accept);

  const maxBytes = Math.min(request.maxBytes ?? limits.maxBytes, limits.maxBytes);
  const { bytes, complete } = await readBounded(chunksOf(response), maxBytes, (chunk) =>
    request.onChunk?.(chunk, contentType),
  );
  if (!complete) return tooLarge(maxBytes);
  return success({ url: response.url, status: response.status, contentType, body: bytes });
}

/** The response's chunks. Not `for await` over the body itself: Safari's streams are not async-iterable. */
async function* chunksOf(response: Response): AsyncGenerator<Uint8Array> {
  const reader = response.body?.getReader();
  for (;;) {
    const chunk = (await reader?.read())?.value;
    if (chunk === undefined) return;
    yield chunk;
  }
}
