import { failure, parseInvoice, success, ZERO_MSAT } from '../protocol/index.ts';
import type { Invoice, LightningNetwork, Msat } from '../protocol/index.ts';
import type { PaymentRecord, WalletOutcome } from './wallet.ts';

/** An invoice that states its amount. */
export type PayableInvoice = Invoice & { readonly amountMsat: Msat };

/**
 * Reads an invoice that a wallet of the network is asked to pay. Fails with `invalid-invoice` (unreadable, or
 * without an amount) or `wrong-network`. Its expiry is not checked: one that was paid in time is still known.
 */
export function readPayable(bolt11: string, network: LightningNetwork): WalletOutcome<PayableInvoice> {
  const parsed = parseInvoice(bolt11);
  if (!parsed.ok) return failure('invalid-invoice', parsed.failure.message, { reason: parsed.failure.code });
  const { amountMsat } = parsed.value;
  if (parsed.value.network !== network)
    return failure('wrong-network', `This wallet is on ${network}, the invoice on ${parsed.value.network}.`, {
      expected: network,
      actual: parsed.value.network,
    });
  if (amountMsat === null)
    return failure('invalid-invoice', 'Ask the payee for an invoice that names its amount.', {
      reason: 'amountless',
    });
  return success({ ...parsed.value, amountMsat });
}

/**
 * The record of an invoice that our wallet just made, after checking that it is what was asked for: one for another
 * amount, hash or network would sell work for nothing. Fails with `wrong-network` or `wallet-internal`.
 */
export function recordOfMade(
  bolt11: unknown,
  asked: {
    readonly amountMsat: Msat;
    readonly network: LightningNetwork;
    readonly paymentHash?: string;
    readonly descriptionHash?: string;
  },
): WalletOutcome<PaymentRecord> {
  const invoice = typeof bolt11 === 'string' ? readPayable(bolt11, asked.network) : null;
  if (invoice?.ok === false && invoice.failure.code === 'wrong-network') return invoice;
  const isAsAsked =
    invoice?.ok === true &&
    invoice.value.amountMsat === asked.amountMsat &&
    (asked.paymentHash ?? invoice.value.paymentHash) === invoice.value.paymentHash &&
    (asked.descriptionHash ?? invoice.value.descriptionHash) === invoice.value.descriptionHash;
  if (!isAsAsked)
    return failure('wallet-internal', 'The wallet made another invoice than asked: use another wallet.');
  const { paymentHash, amountMsat, createdAt } = invoice.value;
  return success({
    direction: 'incoming',
    state: 'pending',
    paymentHash,
    bolt11: invoice.value.bolt11,
    amountMsat,
    feePaidMsat: ZERO_MSAT,
    preimage: null,
    createdAt,
    settledAt: null,
    settleDeadlineHeight: null,
  });
}
