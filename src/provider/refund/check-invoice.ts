import { checkInvoice, type InvoiceCheckCode, type WalletFailureCode } from '../../money/index.ts';
import { failure, success, type Msat, type Outcome } from '../../protocol/index.ts';
import type { ProviderContext } from '../context.ts';

/** An invoice that a refund may pay. */
export interface RefundInvoice {
  readonly bolt11: string;
  readonly paymentHash: string;
}

/**
 * Why a refund does not pay an invoice: it fails a check (see `InvoiceCheckCode`); `expires-too-late`, as a refund
 * waits for one invoice at a time; `invoice-used`, our wallet or books know its hash already, as one that we made
 * or paid; or the wallet does not answer.
 */
export type RefundInvoiceRefusal =
  InvoiceCheckCode | WalletFailureCode | 'expires-too-late' | 'invoice-used' | 'no-wallet';

/** An invoice must stay payable this long when it is accepted. */
const MIN_VALID_SECONDS = 30;
/** Until an unpaid invoice has expired no other is paid, so it must expire some time. */
const MAX_VALID_SECONDS = 7 * 86_400;

/** Whether a refund of exactly that amount may pay this invoice. Fails with a `RefundInvoiceRefusal`. */
export async function checkRefundInvoice(
  context: ProviderContext,
  wanted: { readonly bolt11: string; readonly amountMsat: Msat; readonly descriptionHash?: string },
): Promise<Outcome<RefundInvoice, RefundInvoiceRefusal>> {
  const { wallet, ledger, signal } = context;
  if (wallet === null) return failure('no-wallet', 'Without a wallet nothing is refunded.');
  const { bolt11, ...agreed } = wanted;
  const able = await wallet.capabilities({ signal });
  if (!able.ok) return able;
  const now = context.now();
  const expected = { ...agreed, network: able.value.network, now, minValidSeconds: MIN_VALID_SECONDS };
  const checked = checkInvoice({ bolt11, expected });
  if (!checked.ok) return checked;
  const { paymentHash, expiresAt } = checked.value;
  if (expiresAt > now + MAX_VALID_SECONDS)
    return failure('expires-too-late', 'An invoice for a refund must expire within a week.', { expiresAt });
  const known = await wallet.lookup({ paymentHash }, { signal });
  if (!known.ok) return known;
  if (known.value !== null || (await ledger.sales.byPaymentHash(paymentHash)) !== null)
    return failure('invoice-used', 'That invoice was made or paid here before: make a new one.');
  return success({ bolt11, paymentHash });
}
