import type { ZapInvoices } from '../customer/index.ts';
import type { GuardedFetch } from '../http/index.ts';
import type { Signer } from '../keys/index.ts';
import type { Wallet } from '../money/index.ts';
import { failure, success } from '../protocol/index.ts';
import { agreeOnZap } from '../zaps/index.ts';

/**
 * Has the pay servers of providers make invoices for zaps in the name of this account, on its wallet's network.
 * Fails with the codes of `agreeOnZap` or the wallet's own.
 */
export function createZapInvoices(parts: {
  readonly fetch: GuardedFetch;
  readonly wallet: Wallet | null;
  readonly signer: Signer;
  /** Unix seconds. */
  readonly now: () => number;
}): ZapInvoices {
  const { fetch, wallet, signer, now } = parts;
  return async ({ payTo, amountMsat, recipientPubkey: pubkey, about, relays, signal }) => {
    if (wallet === null) return failure('wallet-missing', 'Zaps are paid by a wallet: connect one.');
    const able = await wallet.capabilities({ signal });
    if (!able.ok) return able;
    const { network } = able.value;
    const order = { payTo, amountMsat, target: { pubkey, about }, relays };
    const agreed = await agreeOnZap({ fetch, network, signer, now }, order, signal);
    if (!agreed.ok) return agreed;
    const { bolt11, paymentHash } = agreed.value.invoice;
    return success({ bolt11, paymentHash });
  };
}
