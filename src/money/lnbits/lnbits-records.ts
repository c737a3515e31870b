import { isHex32, parseInvoice, ZERO_MSAT } from '../../protocol/index.ts';
import { provesPayment, readJsonMsat } from '../nwc-payment.ts';
import type { JsonObject } from '../nwc-protocol.ts';
import type { PaymentRecord } from '../wallet.ts';

/**
 * Reads a payment of LNbits; `null` when it lacks what a payment needs. Amounts are msat, negative when sent. LNbits
 * shows the preimage of an unpaid invoice and reserves a fee while it pays: both are left out until the payment is
 * settled. An invoice that failed or is unpaid shows as expired after its time; `now` is in unix seconds.
 */
export function readLnbitsPayment(payment: JsonObject, now: number): PaymentRecord | null {
  const { amount, fee, payment_hash: paymentHash, bolt11, preimage, status } = payment;
  const invoice = typeof bolt11 === 'string' ? parseInvoice(bolt11) : null;
  const amountMsat = typeof amount === 'number' ? readJsonMsat(Math.abs(amount)) : null;
  const createdAt = readTime(payment['created_at']);
  if (!isHex32(paymentHash) || invoice?.ok !== true || amountMsat === null || createdAt === null) return null;
  const direction = typeof amount === 'number' && amount < 0 ? 'outgoing' : 'incoming';
  const state = readState(status, direction, invoice.value.expiresAt <= now);
  if (state === null) return null;
  const isSettled = state === 'settled';
  const feePaidMsat = isSettled && typeof fee === 'number' ? readJsonMsat(Math.abs(fee)) : null;
  return {
    direction,
    state,
    paymentHash,
    bolt11: invoice.value.bolt11,
    amountMsat,
    feePaidMsat: feePaidMsat ?? ZERO_MSAT,
    preimage: isSettled && isHex32(preimage) && provesPayment(preimage, paymentHash) ? preimage : null,
    createdAt,
    settledAt: isSettled ? readTime(payment['updated_at']) : null,
    settleDeadlineHeight: null,
  };
}

function readState(
  status: unknown,
  direction: PaymentRecord['direction'],
  isOver: boolean,
): PaymentRecord['state'] | null {
  if (status === 'success') return 'settled';
  if (status !== 'pending' && status !== 'failed') return null;
  if (direction === 'outgoing') return status;
  if (isOver) return 'expired';
  return status === 'failed' ? 'canceled' : 'pending';
}

/** ISO 8601 with its zone, as unix seconds. */
function readTime(value: unknown): number | null {
  const milliseconds =
    typeof value === 'string' && /(?:Z|[+-]\d\d:\d\d)$/.test(value) ? Date.parse(value) : Number.NaN;
  return Number.isNaN(milliseconds) ? null : Math.floor(milliseconds / 1000);
}
