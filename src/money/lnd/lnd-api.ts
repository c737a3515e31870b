import { base64, base64url, hex } from '@scure/base';
import { failure, success } from '../../protocol/index.ts';
import { asJsonObject, type JsonObject } from '../nwc-protocol.ts';
import type { WalletFailureCode, WalletOutcome } from '../wallet.ts';
import type { ServerRequest, ServerWait, WalletServer } from '../wallet-server.ts';
import { walletWords } from '../wallet-words.ts';

/** LND's REST API: JSON of its gRPC messages, 64-bit numbers as text, bytes as base64, errors with gRPC codes. */
export interface LndApi {
  /** Asks for one message. Fails with the code that LND's error means. */
  call(request: ServerRequest, wait: ServerWait): Promise<WalletOutcome<JsonObject>>;
  /**
   * Reads the results of a stream until `take` returns something; `null` when LND ended it before. LND sends
   * nothing at all, not even headers, before the first result. Fails like `call`.
   */
  stream<Value>(
    request: ServerRequest,
    wait: ServerWait,
    take: (result: JsonObject) => Value | undefined,
  ): Promise<WalletOutcome<Value | null>>;
}

/** Reads LND's errors from the answers of its server. */
export function lndApi(server: WalletServer): LndApi {
  return {
    async call(request, wait) {
      const answer = await server.call(request, wait);
      if (!answer.ok) return answer;
      const { status, body } = answer.value;
      return status === 200 ? success(body) : failureOfError(body, status);
    },
    async stream<Value>(
      request: ServerRequest,
      wait: ServerWait,
      take: (result: JsonObject) => Value | undefined,
    ): Promise<WalletOutcome<Value | null>> {
      type Taken = { readonly value: Value } | { readonly error: JsonObject };
      const answer = await server.stream(request, wait, (message): Taken | undefined => {
        if (message['error'] !== undefined) return { error: message };
        const result = asJsonObject(message['result']);
        const value = result === null ? undefined : take(result);
        return value === undefined ? undefined : { value };
      });
      if (!answer.ok) return answer;
      const { status, body, taken } = answer.value;
      if (status !== 200) return failureOfError(body, status);
      if (taken === null) return success(null);
      return 'error' in taken ? failureOfError(taken.error, status) : success(taken.value);
    },
  };
}

/** Writes hex as the base64 of JSON bodies. */
export function toBase64(text: string): string {
  return base64.encode(hex.decode(text));
}

/** Writes hex as the URL-safe base64 of paths. */
export function toPathBase64(text: string): string {
  return encodeURIComponent(base64url.encode(hex.decode(text)));
}

/** Reads base64 as hex; `null` when it is none. */
export function fromBase64(value: unknown): string | null {
  try {
    return typeof value === 'string' ? hex.encode(base64.decode(value)) : null;
  } catch {
    return null;
  }
}

/** The gRPC status codes (grpc.io, "Status codes") that say more than that something failed. */
const FAILURE_OF_STATUS: ReadonlyMap<unknown, WalletFailureCode> = new Map([
  [4, 'wallet-timeout'],
  [5, 'wallet-not-found'],
  [7, 'wallet-unauthorized'],
  [8, 'rate-limited'],
  [12, 'not-implemented'],
  [14, 'wallet-unreachable'],
  [16, 'wallet-unauthorized'],
]);

/** What proxies before LND say without a gRPC code. */
const FAILURE_OF_HTTP: ReadonlyMap<number, WalletFailureCode> = new Map([
  [401, 'wallet-unauthorized'],
  [403, 'wallet-unauthorized'],
  [429, 'rate-limited'],
  [502, 'wallet-unreachable'],
  [503, 'wallet-unreachable'],
  [504, 'wallet-timeout'],
]);

/** LND refuses a macaroon with the code "unknown", so only its words tell. */
const MACAROON_REFUSED = /macaroon|permission denied|verification failed|^unmarshal v2/i;

const ADVICE: Readonly<Partial<Record<WalletFailureCode, string>>> = {
  'wallet-unauthorized':
    'LND does not accept the macaroon: give one that may read info and read and write offchain and invoices.',
  'not-implemented':
    'LND does not offer this: unlock its wallet, or use a build with invoicesrpc and routerrpc.',
  'wallet-unreachable': 'LND is not ready or its proxy does not reach it: try again later.',
};

function failureOfError(body: JsonObject, httpStatus: number): WalletOutcome<never> {
  const error = asJsonObject(body['error']) ?? body;
  const { code, message } = error;
  const words = walletWords(message);
  const meant =
    FAILURE_OF_STATUS.get(code) ??
    (MACAROON_REFUSED.test(words) ? 'wallet-unauthorized' : FAILURE_OF_HTTP.get(httpStatus)) ??
    'wallet-internal';
  return failure(meant, ADVICE[meant] ?? 'LND refused the request.', {
    httpStatus,
    grpcCode: typeof code === 'number' ? code : null,
    walletMessage: words,
  });
}
