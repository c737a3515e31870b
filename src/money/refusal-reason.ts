import type { Failure } from '../protocol/index.ts';
import type { WalletFailureCode } from './wallet.ts';

/** Why a wallet did not pay: its code, or `declined` where it says that its owner was asked and said no. */
export function refusalReason({ code, data }: Failure<WalletFailureCode>): WalletFailureCode | 'declined' {
  return data?.['reason'] === 'declined' ? 'declined' : code;
}
