import { lookup } from 'node:dns/promises';
import { failure, success, type Outcome } from '../protocol/index.ts';
import {
  DEFAULT_LIMITS,
  type FetchedBody,
  type GuardedFetch,
  type GuardedFetchLimits,
  type GuardedRequest,
  type UrlFailureCode,
} from './guarded-fetch.ts';
import { isPublicAddress } from './address.ts';
import { underDeadline } from './deadline.ts';
import { checkUrl, privateHost, type CheckedUrl } from './guarded-url.ts';
import { BrokenExchange, readAnswer, sendRequest } from './node-exchange.ts';

export { guardConnect } from './node-connect-guard.ts';

/** Name → all of its IP addresses, as the operating system knows them. Rejects when there are none. */
export type ResolveHost = (hostname: string) => Promise<readonly string[]>;

/** Limits of a client that runs on a server, where names can be checked too. */
export interface NodeFetchLimits extends GuardedFetchLimits {
  /** 5 unless told. */
  readonly maxRedirects?: number;
  /** The operating system's resolver unless told. */
  readonly resolveHost?: ResolveHost;
}

type Fetched = Outcome<FetchedBody, UrlFailureCode>;

/**
 * The full guard: each name is resolved once, every one of its addresses must be public, and the socket is
 * connected to exactly these addresses, so that a name cannot change its mind in between (DNS rebinding).
 * Redirects pass the same checks; bodies are counted after decompression; one clock covers everything.
 */
export function createGuardedFetch(options: NodeFetchLimits = {}): GuardedFetch {
  const limits = { ...DEFAULT_LIMITS, maxRedirects: 5, resolveHost: resolveBySystem, ...options };
  return (url, request) =>
    underDeadline(
      request.signal,
      limits.timeoutMs,
      (signal) => followRedirects(url, request, limits, signal),
      (error) => {
        if (!(error instanceof BrokenExchange)) throw error;
        return {
          code: 'url-unreachable',
          message: `The server cannot be reached or broke off (${error.reason}).`,
          data: { reason: error.reason },
        };
      },
    );
}

async function followRedirects(
  start: string,
  request: GuardedRequest,
  limits: Required<NodeFetchLimits>,
  signal: AbortSignal,
): Promise<Fetched> {
  const method = request.method ?? 'GET';
  let target = start;
  let headers = request.headers ?? {};
  for (let redirects = 0; redirects <= limits.maxRedirects; redirects++) {
    const checked = checkUrl(target, limits.allowHosts);
    if (!checked.ok) return checked;
    const addresses = await resolveChecked(checked.value, limits.resolveHost, signal);
    if (!addresses.ok) return addresses;

    const { url } = checked.value;
    const answer = await sendRequest({ url, addresses: addresses.value, method, headers, request, signal });
    const location = redirectLocation(answer.statusCode, answer.headers.location, method);
    if (location === null)
      return readAnswer(answer, url, request, Math.min(request.maxBytes ?? limits.maxBytes, limits.maxBytes));

    answer.destroy();
    const next = URL.parse(location, url.href);
    if (!next) return failure('url-invalid', 'The server redirects to something that is not a URL.');
    if (next.origin !== url.origin) headers = {};
    target = next.href;
  }
  return failure('too-many-redirects', `The URL redirects more than ${limits.maxRedirects} times.`, {
    maxRedirects: limits.maxRedirects,
  });
}

/** The addresses to connect to: all that the name has, and all of them public unless the host is allowed. */
async function resolveChecked(
  { url, address, allowed }: CheckedUrl,
  resolveHost: ResolveHost,
  signal: AbortSignal,
): Promise<Outcome<readonly string[], 'url-private'>> {
  if (address !== null) return success([address]);
  const addresses = await orAborted(
    resolveHost(url.hostname).catch((error: unknown) => {
      throw new BrokenExchange(error);
    }),
    signal,
  );
  if (addresses.length === 0) throw new BrokenExchange({ code: 'ENOTFOUND' });
  if (!allowed && !addresses.every(isPublicAddress)) return privateHost(url.hostname);
  return success(addresses);
}

async function resolveBySystem(hostname: string): Promise<readonly string[]> {
  const records = await lookup(hostname, { all: true, order: 'verbatim' });
  return records.map((record) => record.address);
}

/** Where a 3xx answer leads; `null` when it is not a redirect to follow. */
function redirectLocation(
  status: number | undefined,
  location: string | undefined,
  method: string,
): string | null {
  const isRedirect = status !== undefined && [301, 302, 303, 307, 308].includes(status);
  return isRedirect && location !== undefined && (method === 'GET' || method === 'HEAD') ? location : null;
}

/** The system's resolver cannot be cancelled, but waiting for it can. */
async function orAborted<Value>(promise: Promise<Value>, signal: AbortSignal): Promise<Value> {
  signal.throwIfAborted();
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const onAbort = (): void => reject(signal.reason);
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}
