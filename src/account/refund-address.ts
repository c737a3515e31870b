import type { GuardedFetch } from '../http/index.ts';
import type { Wallet } from '../money/index.ts';
import { failure, type Msat, type Outcome } from '../protocol/index.ts';
import { requestAddressInvoice, type AddressInvoice } from '../zaps/index.ts';

/**
 * Has the customers' lightning addresses make invoices for what they are owed. They are asked by https, with play
 * money also by http on this machine. Fails with the codes of `requestAddressInvoice` or the wallet's own.
 */
export function createRefundResolver({
  fetch,
  wallet,
}: {
  readonly fetch: GuardedFetch;
  readonly wallet: Wallet | null;
}) {
  return async (wanted: {
    readonly lud16: string;
    readonly amountMsat: Msat;
    readonly comment: string;
    readonly signal: AbortSignal;
  }): Promise<Outcome<AddressInvoice>> => {
    const { lud16: payTo, amountMsat, comment, signal } = wanted;
    if (wallet === null) return failure('wallet-missing', 'Refunds are paid by a wallet: connect one.');
    const able = await wallet.capabilities({ signal });
    if (!able.ok) return able;
    const { network } = able.value;
    return requestAddressInvoice({ fetch, network }, { payTo, amountMsat, comment }, signal);
  };
}
