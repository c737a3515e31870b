import { request as requestHttp, type IncomingMessage } from 'node:http';
import { request as requestHttps } from 'node:https';
import { isIPv6, type LookupFunction } from 'node:net';
import { pipeline, type Readable } from 'node:stream';
import { createBrotliDecompress, createGunzip } from 'node:zlib';
import { success, type Outcome } from '../protocol/index.ts';
import { readBounded } from './bounded-body.ts';
import {
  STATUS_TEXT_BYTES,
  type FetchedBody,
  type GuardedRequest,
  type UrlFailureCode,
} from './guarded-fetch.ts';
import { badStatus, isAcceptedType, tooLarge, unwantedType } from './guarded-url.ts';

/** The name, connection, TLS, HTTP or compression of one exchange failed; `reason` is the system's code. */
export class BrokenExchange extends Error {
  override readonly name = 'BrokenExchange';
  readonly reason: string;

  constructor(cause: unknown) {
    super('The exchange with the server broke off', { cause });
    const code = typeof cause === 'object' && cause !== null && 'code' in cause ? cause.code : null;
    this.reason = typeof code === 'string' ? code : 'unknown';
  }
}

/** One request to one URL whose addresses are already checked. */
export interface Exchange {
  readonly url: URL;
  /** The only addresses that the socket may be connected to. */
  readonly addresses: readonly string[];
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly request: GuardedRequest;
  readonly signal: AbortSignal;
}

/** Sends a request and waits for the answer's head. Rejects with `BrokenExchange`. */
export async function sendRequest({ url, addresses, method, headers, request, signal }: Exchange) {
  const send = url.protocol === 'https:' ? requestHttps : requestHttp;
  const outgoing = send(url, {
    method,
    // A fresh connection each time: a pooled socket could belong to an address of an earlier check.
    agent: false,
    lookup: pinnedLookup(addresses),
    headers: {
      'user-agent': 'coinop',
      accept: request.accept?.join(', ') ?? '*/*',
      'accept-encoding': 'gzip, br',
      ...headers,
    },
    signal,
  });
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  outgoing.on('response', resolve);
  outgoing.on('error', (error) => reject(new BrokenExchange(error)));
  // A 101 answer closes without an error and without a response.
  outgoing.on('close', () => reject(new BrokenExchange({ code: 'ECONNRESET' })));
  outgoing.end(request.body);
  return promise;
}

/** Judges the answer's head and reads its body within `maxBytes`. Rejects with `BrokenExchange`. */
export async function readAnswer(
  answer: IncomingMessage,
  url: URL,
  request: GuardedRequest,
  maxBytes: number,
): Promise<Outcome<FetchedBody, UrlFailureCode>> {
  const contentType = answer.headers['content-type'] ?? null;
  const encoding = answer.headers['content-encoding']?.trim().toLowerCase() ?? '';
  const decoded = decode(answer, encoding);
  if (decoded === null) return unwantedType(`content-encoding ${encoding}`, ['gzip', 'br', 'identity']);

  const status = answer.statusCode ?? 0;
  if (status < 200 || status > 299) {
    const { bytes } = await readBounded(chunksOf(decoded), STATUS_TEXT_BYTES);
    const challenge = answer.headers['www-authenticate'] ?? null;
    return badStatus({ url: url.href, status, challenge, text: new TextDecoder().decode(bytes) });
  }
  if (!isAcceptedType(contentType, request.accept)) return unwantedType(contentType, request.accept);

  const announced = Number(answer.headers['content-length'] ?? 0);
  if (request.method !== 'HEAD' && announced > maxBytes) return tooLarge(maxBytes);
  const { bytes, complete } = await readBounded(chunksOf(decoded), maxBytes, (chunk) =>
    request.onChunk?.(chunk, contentType),
  );
  return complete ? success({ url: url.href, status, contentType, body: bytes }) : tooLarge(maxBytes);
}

/** Connects to the checked addresses whatever the name says by now. */
function pinnedLookup(addresses: readonly string[]): LookupFunction {
  const records = addresses.map((address) => ({ address, family: isIPv6(address) ? 6 : 4 }));
  return (_hostname, options, callback) => {
    const [first] = records;
    if (options.all) callback(null, records);
    else callback(null, first?.address ?? '', first?.family);
  };
}

/** Undoes one layer of compression; `null` when there is another encoding or more than one. */
function decode(answer: IncomingMessage, encoding: string): Readable | null {
  if (encoding === '' || encoding === 'identity') return answer;
  const decoder =
    encoding === 'gzip' || encoding === 'x-gzip'
      ? createGunzip()
      : encoding === 'br'
        ? createBrotliDecompress()
        : null;
  // An error of either stream reaches the reader of the decoder.
  return decoder && pipeline(answer, decoder, () => undefined);
}

/** The stream's chunks; its errors become `BrokenExchange`, those of whoever reads do not. */
async function* chunksOf(stream: Readable): AsyncGenerator<Uint8Array> {
  try {
    yield* stream as AsyncIterable<Uint8Array>;
  } catch (error) {
    throw new BrokenExchange(error);
  }
}
