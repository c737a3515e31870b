import { failure, success, type Outcome } from '../protocol/index.ts';
import { asJsonObject, type JsonObject } from './nwc-protocol.ts';
import type { WalletOutcome } from './wallet.ts';

/** How a driver sends a request: what `fetch` takes, narrowed to what is used, so that a server can trust its own certificate. */
export type WalletFetch = (
  url: string,
  init: {
    readonly method: 'GET' | 'POST';
    readonly headers: Record<string, string>;
    readonly body?: string;
    readonly redirect: 'manual';
    readonly signal: AbortSignal;
  },
) => Promise<Response>;

/** One request to the wallet's server. `path` begins with a slash and is already encoded. */
export interface ServerRequest {
  readonly path: string;
  /** Makes it a POST of this JSON. */
  readonly body?: JsonObject;
}

/** How long a request may take: both bounds end it with `wallet-timeout`. */
export interface ServerWait {
  readonly timeoutMs: number;
  readonly signal: AbortSignal | undefined;
}

/** What the server answered, whatever its status; `body` is empty when it was no JSON object. */
export interface ServerAnswer {
  readonly status: number;
  readonly body: JsonObject;
}

/** The HTTP server of a wallet that its owner runs or trusts. */
export interface WalletServer {
  /**
   * Asks and reads the whole answer. Fails with `wallet-timeout`, `wallet-unreachable` (no connection, or one
   * that broke) or `wallet-internal` (an answer too large, redirecting, or no JSON despite its success).
   */
  call(request: ServerRequest, wait: ServerWait): Promise<WalletOutcome<ServerAnswer>>;
  /**
   * Reads an answer of one JSON object a line until `take` returns something, which is then `taken`; `null` when
   * the server ended before. An answer that is not 2xx comes back as from `call`. Fails like `call`.
   */
  stream<Value>(
    request: ServerRequest,
    wait: ServerWait,
    take: (message: JsonObject) => Value | undefined,
  ): Promise<WalletOutcome<StreamAnswer<Value>>>;
}

/** How a stream ended. */
export interface StreamAnswer<Value> extends ServerAnswer {
  readonly taken: Value | null;
}

/** Largest answer, and largest line of a stream, in bytes: a page of a hundred payments has some hundred thousand. */
const MAX_ANSWER_BYTES = 8 * 2 ** 20;

/**
 * Checks the address of a wallet's server: http or https without credentials, query or fragment, without a
 * slash at its end. Fails with `invalid-wallet-url`; the message repeats nothing of the address.
 */
export function parseWalletUrl(text: string): Outcome<string, 'invalid-wallet-url'> {
  const url = URL.parse(text);
  const isPlain =
    url !== null && url.username === '' && url.password === '' && url.search === '' && url.hash === '';
  if (!isPlain || (url.protocol !== 'https:' && url.protocol !== 'http:'))
    return failure(
      'invalid-wallet-url',
      'Give the address of the wallet’s server, such as https://127.0.0.1:8080, without user, query or fragment.',
    );
  return success(url.origin + url.pathname.replace(/\/+$/, ''));
}

/**
 * Speaks to the server at a checked address until the signal aborts, sending the headers with every request.
 * It may be on a private address: the owner chose it. Redirects are refused, so the secret stays with it.
 */
export function connectWalletServer(server: {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly fetch: WalletFetch | undefined;
  readonly signal: AbortSignal;
}): WalletServer {
  const send = server.fetch ?? ((url, init) => fetch(url, init));

  /** Runs one exchange under its clock; whatever is left of the answer is dropped at the end. */
  async function exchange<Value>(
    { path, body }: ServerRequest,
    { timeoutMs, signal }: ServerWait,
    read: (response: Response) => Promise<WalletOutcome<Value>>,
  ): Promise<WalletOutcome<Value>> {
    if (server.signal.aborted)
      return failure('wallet-unreachable', 'This wallet connection is closed: open it again.');
    const end = new AbortController();
    const timer = setTimeout(() => end.abort(), timeoutMs);
    const deadline = AbortSignal.any([end.signal, server.signal, ...(signal === undefined ? [] : [signal])]);
    try {
      deadline.throwIfAborted();
      const response = await send(server.url + path, {
        method: body === undefined ? 'GET' : 'POST',
        headers: { ...server.headers, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        redirect: 'manual',
        signal: deadline,
      });
      return isRedirect(response) ? redirected() : await read(response);
    } catch (error) {
      if (deadline.aborted) return unanswered();
      if (error instanceof TypeError) return unreachable(error);
      throw error;
    } finally {
      clearTimeout(timer);
      end.abort();
    }
  }

  return {
    call: (request, wait) => exchange(request, wait, readAnswer),
    stream: <Value>(
      request: ServerRequest,
      wait: ServerWait,
      take: (message: JsonObject) => Value | undefined,
    ) =>
      exchange(request, wait, async (response): Promise<WalletOutcome<StreamAnswer<Value>>> => {
        if (!response.ok) {
          const answer = await readAnswer(response);
          return answer.ok ? success({ ...answer.value, taken: null }) : answer;
        }
        for await (const line of readLines(response)) {
          const message = line === null ? null : parseObject(line);
          if (message === null) return senseless();
          const taken = take(message);
          if (taken !== undefined) return success({ status: response.status, body: {}, taken });
        }
        return success({ status: response.status, body: {}, taken: null });
      }),
  };
}

/** Browsers hide a redirect that is not followed behind the status 0. */
function isRedirect(response: Response): boolean {
  return response.type === 'opaqueredirect' || (response.status >= 300 && response.status < 400);
}

async function readAnswer(response: Response): Promise<WalletOutcome<ServerAnswer>> {
  const decoder = new TextDecoder();
  let text = '';
  let size = 0;
  for await (const chunk of chunksOf(response)) {
    size += chunk.length;
    if (size > MAX_ANSWER_BYTES) return tooLarge();
    text += decoder.decode(chunk, { stream: true });
  }
  const body = parseObject(text + decoder.decode());
  if (body === null && response.ok) return senseless();
  return success({ status: response.status, body: body ?? {} });
}

/** The lines of a body that are not empty; `null` for one that is too long. */
async function* readLines(response: Response): AsyncGenerator<string | null> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of chunksOf(response)) {
    const [first = '', ...others] = decoder.decode(chunk, { stream: true }).split('\n');
    const lines = [rest + first, ...others];
    rest = lines.pop() ?? '';
    yield* lines.filter((line) => line.trim() !== '');
    if (rest.length > MAX_ANSWER_BYTES) yield null;
  }
  if (rest.trim() !== '') yield rest;
}

/** Not `for await` over the body itself: Safari's streams are not async-iterable. */
async function* chunksOf(response: Response): AsyncGenerator<Uint8Array> {
  const reader = response.body?.getReader();
  for (;;) {
    const chunk = (await reader?.read())?.value;
    if (chunk === undefined) return;
    yield chunk;
  }
}

function parseObject(text: string): JsonObject | null {
  try {
    return asJsonObject(JSON.parse(text));
  } catch {
    return null;
  }
}

function unanswered(): WalletOutcome<never> {
  return failure('wallet-timeout', 'The wallet did not answer in time: look up what became of the request.');
}

/** `fetch` hides why in the error's cause; its code (`ECONNREFUSED`, `SELF_SIGNED_CERT_IN_CHAIN`) tells what to repair. */
function unreachable(error: TypeError): WalletOutcome<never> {
  const { cause } = error;
  const code = cause instanceof Error && 'code' in cause ? cause.code : null;
  const reason = typeof code === 'string' && /^\w{1,64}$/.test(code) ? code : 'unknown';
  return failure(
    'wallet-unreachable',
    `The wallet’s server cannot be reached or broke off (${reason}): check its address, certificate and state.`,
    { reason },
  );
}

function redirected(): WalletOutcome<never> {
  return failure(
    'wallet-internal',
    'The wallet’s server redirects, and secrets do not follow: give the address it redirects to.',
  );
}

function tooLarge(): WalletOutcome<never> {
  return failure('wallet-internal', 'The wallet’s answer is too large to be read.', {
    maxBytes: MAX_ANSWER_BYTES,
  });
}

function senseless(): WalletOutcome<never> {
  return failure('wallet-internal', 'The wallet’s server does not answer in JSON: check its address.');
}
