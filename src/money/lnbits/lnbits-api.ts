import { failure, success } from '../../protocol/index.ts';
import type { JsonObject } from '../nwc-protocol.ts';
import type { WalletFailureCode, WalletOutcome } from '../wallet.ts';
import type { ServerRequest, ServerWait, WalletServer } from '../wallet-server.ts';
import { walletWords } from '../wallet-words.ts';

/**
 * Asks LNbits. Fails with the code that its refusal means: LNbits says 404 for unknown keys and payments alike, and
 * 520 for invoices and payments that do not work, with a `status` that is then `walletStatus` in the data.
 */
export async function callLnbits(
  server: WalletServer,
  request: ServerRequest,
  wait: ServerWait,
): Promise<WalletOutcome<JsonObject>> {
  const answer = await server.call(request, wait);
  if (!answer.ok) return answer;
  const { status, body } = answer.value;
  if (status === 200 || status === 201) return success(body);
  const code = FAILURE_OF_HTTP.get(status) ?? 'wallet-internal';
  const { status: told } = body;
  return failure(code, ADVICE[code] ?? 'LNbits refused the request: see its words.', {
    httpStatus: status,
    walletStatus: told === 'pending' || told === 'success' || told === 'failed' ? told : null,
    walletMessage: walletWords(body['detail']),
  });
}

const FAILURE_OF_HTTP: ReadonlyMap<number, WalletFailureCode> = new Map([
  [401, 'wallet-unauthorized'],
  [403, 'wallet-unauthorized'],
  [404, 'wallet-not-found'],
  [429, 'rate-limited'],
  [502, 'wallet-unreachable'],
  [503, 'wallet-unreachable'],
  [504, 'wallet-timeout'],
  [520, 'payment-failed'],
]);

const ADVICE: Readonly<Partial<Record<WalletFailureCode, string>>> = {
  'wallet-unauthorized': 'LNbits does not accept the key: paying takes the admin key of the wallet.',
  'wallet-not-found': 'LNbits knows nothing of that: check its address and the key.',
  'wallet-unreachable': 'LNbits is not ready or its proxy does not reach it: try again later.',
};
