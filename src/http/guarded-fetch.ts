import type { Outcome } from '../protocol/index.ts';

/**
 * Why a URL was not fetched. `url-private`: it leads to an address that the public cannot reach.
 * `url-unreachable`: no name, no connection, a broken answer or (in browsers) no CORS permission.
 * `url-status`: answered, but not with 2xx; `data` has the `url` that answered after redirects, `status`,
 * `challenge` (WWW-Authenticate, for L402) and `text`, the start of the body. `url-type`: a content type or
 * encoding that was not asked for.
 */
export type UrlFailureCode =
  | 'url-invalid'
  | 'url-private'
  | 'url-unreachable'
  | 'url-timeout'
  | 'url-too-large'
  | 'url-status'
  | 'url-type'
  | 'too-many-redirects';

/** What a 2xx answer carried. */
export interface FetchedBody {
  /** Where it came from after redirects. */
  readonly url: string;
  readonly status: number;
  /** The Content-Type header as sent; `null` when there was none. */
  readonly contentType: string | null;
  readonly body: Uint8Array<ArrayBuffer>;
}

/** One request. */
export interface GuardedRequest {
  /** Ends the request; the returned promise then rejects with the signal's reason. */
  readonly signal: AbortSignal;
  /** `GET` unless told. Only GET and HEAD follow redirects. */
  readonly method?: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'DELETE';
  /** Sent to the URL's own origin only: a redirect to another origin goes without them. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array<ArrayBuffer>;
  /** Lowers the client's limit on the decompressed body for this request. */
  readonly maxBytes?: number;
  /** Media types the body may have, `text/plain` or `text/*`; any when absent. Sent as the Accept header. */
  readonly accept?: readonly string[];
  /**
   * Hears the body of a 2xx answer while it arrives, already decompressed and counted, and what its Content-Type header
   * says; for streamed answers.
   */
  readonly onChunk?: (chunk: Uint8Array, contentType: string | null) => void;
}

/** Fetches a URL that may come from a stranger, within limits. Expected failures are values. */
export type GuardedFetch = (
  url: string,
  request: GuardedRequest,
) => Promise<Outcome<FetchedBody, UrlFailureCode>>;

/** Limits and named exceptions of one client. */
export interface GuardedFetchLimits {
  /** `host:port` pairs that may be fetched although their address is private, such as `127.0.0.1:7777`. */
  readonly allowHosts?: readonly string[];
  /** Bytes of a body after decompression; 32 MiB unless told. */
  readonly maxBytes?: number;
  /** From the call to the last byte, over all redirects; 30 s unless told. */
  readonly timeoutMs?: number;
}

/** What a client allows unless told otherwise. */
export const DEFAULT_LIMITS = { allowHosts: [], maxBytes: 32 * 2 ** 20, timeoutMs: 30_000 } as const;

/** How much of the body of a refused answer is kept for its failure, in bytes. */
export const STATUS_TEXT_BYTES = 1024;
