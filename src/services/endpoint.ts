import { hostAndPort, type FetchedBody } from '../http/index.ts';
import { createGuardedFetch } from '../http/node.ts';
import { failure, type Failure, type Outcome } from '../protocol/index.ts';
import { readSecret, type SecretSource } from './secret-source.ts';

/** A server that the operator names, so it may be private. */
export interface Endpoint {
  readonly baseUrl: string;
  /** Read for each call; no Authorization header without it. */
  readonly apiKeyFrom?: SecretSource;
  readonly timeoutMs?: number;
}

/** One call of an endpoint. */
export interface EndpointCall {
  /** Behind the base URL, such as `/images/generations`. */
  readonly path: string;
  /** Sent as JSON, or as a form with files; a GET without. */
  readonly body?: FormData | Readonly<Record<string, unknown>>;
  readonly accept: readonly string[];
  readonly maxBytes: number;
  readonly signal: AbortSignal;
}

/**
 * Why an endpoint gave nothing. `endpoint-key-missing`: the variable or file is absent or empty.
 * `endpoint-unavailable`: refused, unreachable or too slow; `data` has the `reason` and, where it answered, `status`.
 */
export type EndpointFailureCode = 'endpoint-key-missing' | 'endpoint-unavailable';

const DEFAULT_TIMEOUT_MS = 120_000;

/** Calls a server that the operator named. Its words are told to nobody: they may repeat a key. */
export async function callEndpoint(
  endpoint: Endpoint,
  { path, body, accept, maxBytes, signal }: EndpointCall,
): Promise<Outcome<FetchedBody, EndpointFailureCode>> {
  const apiKey = endpoint.apiKeyFrom ? await readSecret(endpoint.apiKeyFrom) : '';
  if (apiKey === null)
    return failure('endpoint-key-missing', 'The API key of the endpoint is not configured.');
  const url = `${endpoint.baseUrl.replace(/\/+$/, '')}${path}`;
  const guardedFetch = createGuardedFetch({
    allowHosts: [hostAndPort(new URL(url))],
    maxBytes,
    timeoutMs: endpoint.timeoutMs ?? DEFAULT_TIMEOUT_MS,
  });
  const sent = await encodeBody(body);
  const answer = await guardedFetch(url, {
    signal,
    accept,
    ...(sent === null ? {} : { method: 'POST', body: sent.bytes }),
    headers: {
      ...(sent === null ? {} : { 'content-type': sent.contentType }),
      ...(apiKey === '' ? {} : { authorization: `Bearer ${apiKey}` }),
    },
  });
  if (answer.ok) return answer;
  const { code, data } = answer.failure;
  const status = data?.['status'];
  return failure('endpoint-unavailable', 'The endpoint gave no usable answer.', {
    reason: code,
    ...(status === undefined ? {} : { status }),
  });
}

/** The failure `endpoint-missing` of a service that nobody has told where its server is. */
export function endpointMissing(setting: string, what: string): Failure {
  return { code: 'endpoint-missing', message: `Set ${setting} to ${what}.`, data: { setting } };
}

/** The JSON of an answer; `undefined` where it is none. */
export function answeredJson({ body }: FetchedBody): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(body));
  } catch {
    return undefined;
  }
}

async function encodeBody(
  body: EndpointCall['body'],
): Promise<{ readonly bytes: Uint8Array<ArrayBuffer>; readonly contentType: string } | null> {
  if (body === undefined) return null;
  if (!(body instanceof FormData))
    return { bytes: new TextEncoder().encode(JSON.stringify(body)), contentType: 'application/json' };
  const form = new Response(body);
  return {
    bytes: new Uint8Array(await form.arrayBuffer()),
    contentType: form.headers.get('content-type') ?? '',
  };
}
