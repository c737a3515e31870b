import { isHex32, parseMsat, ZERO_MSAT, type Msat } from '../../protocol/index.ts';
import { asJsonObject, type JsonObject } from '../nwc-protocol.ts';
import { provesPayment } from '../nwc-payment.ts';
import type { PaymentRecord } from '../wallet.ts';
import { fromBase64 } from './lnd-api.ts';

/** LND gives held money back this many blocks before it must be on chain (`invoices.holdexpirydelta`). */
const HOLD_EXPIRY_DELTA = 18;

/**
 * Reads an `lnrpc.Invoice`; `null` when it lacks what a payment needs. LND cancels an invoice when it expires: one
 * cancelled, never paid and past its time shows as expired. `now` is in unix seconds.
 */
export function readInvoice(invoice: JsonObject, now: number): PaymentRecord | null {
  const paymentHash = fromBase64(invoice['r_hash']);
  const createdAt = readCount(invoice['creation_date']);
  const askedMsat = readMsat(invoice['value_msat']);
  if (!isHex32(paymentHash) || createdAt === null || askedMsat === null) return null;
  const paidMsat = readMsat(invoice['amt_paid_msat']);
  const expiresAt = createdAt + (readCount(invoice['expiry']) ?? 0);
  const htlcs = objects(invoice['htlcs']);
  const state = readInvoiceState(invoice['state'], expiresAt <= now && htlcs.length === 0);
  if (state === null) return null;
  const preimage = fromBase64(invoice['r_preimage']);
  return {
    direction: 'incoming',
    state,
    paymentHash,
    bolt11: readText(invoice['payment_request']),
    amountMsat: paidMsat === null || paidMsat === 0n ? askedMsat : paidMsat,
    feePaidMsat: ZERO_MSAT,
    preimage: state === 'settled' ? provenPreimage(preimage, paymentHash) : null,
    createdAt,
    settledAt: state === 'settled' ? readCount(invoice['settle_date']) : null,
    settleDeadlineHeight: state === 'accepted' ? settleDeadline(htlcs) : null,
  };
}

/** Whether LND does not know the preimage: then the invoice is held when it is paid. */
export function isHoldInvoice(invoice: JsonObject): boolean {
  const preimage = fromBase64(invoice['r_preimage']);
  return preimage === null || /^0*$/.test(preimage);
}

/** Reads an `lnrpc.Payment`, one we sent; `null` when it lacks what a payment needs. */
export function readPayment(payment: JsonObject): PaymentRecord | null {
  const paymentHash = payment['payment_hash'];
  const amountMsat = readMsat(payment['value_msat']);
  const createdAt = readNanoseconds(payment['creation_time_ns']);
  const state = readPaymentState(payment['status']);
  if (!isHex32(paymentHash) || amountMsat === null || createdAt === null || state === null) return null;
  const isSettled = state === 'settled';
  return {
    direction: 'outgoing',
    state,
    paymentHash,
    bolt11: readText(payment['payment_request']),
    amountMsat,
    feePaidMsat: (isSettled ? readMsat(payment['fee_msat']) : null) ?? ZERO_MSAT,
    preimage: isSettled ? provenPreimage(payment['payment_preimage'], paymentHash) : null,
    createdAt,
    settledAt: isSettled ? lastResolved(objects(payment['htlcs'])) : null,
    settleDeadlineHeight: null,
  };
}

/** Reads a 64-bit count, which LND writes as text; `null` when it is none that a number can hold. */
export function readCount(value: unknown): number | null {
  const count = typeof value === 'string' && /^\d{1,16}$/.test(value) ? Number(value) : value;
  return typeof count === 'number' && Number.isSafeInteger(count) && count >= 0 ? count : null;
}

/** The elements of a list that are objects; none when it is no list. */
export function objects(value: unknown): readonly JsonObject[] {
  const elements: readonly unknown[] = Array.isArray(value) ? value : [];
  return elements.map(asJsonObject).filter((element) => element !== null);
}

function readInvoiceState(state: unknown, isOver: boolean): PaymentRecord['state'] | null {
  switch (state) {
    case 'OPEN':
      return isOver ? 'expired' : 'pending';
    case 'ACCEPTED':
      return 'accepted';
    case 'SETTLED':
      return 'settled';
    case 'CANCELED':
      return isOver ? 'expired' : 'canceled';
    default:
      return null;
  }
}

function readPaymentState(status: unknown): PaymentRecord['state'] | null {
  switch (status) {
    case 'INITIATED':
    case 'IN_FLIGHT':
      return 'pending';
    case 'SUCCEEDED':
      return 'settled';
    case 'FAILED':
      return 'failed';
    default:
      return null;
  }
}

function settleDeadline(htlcs: readonly JsonObject[]): number | null {
  const heights = htlcs.flatMap((htlc) =>
    htlc['state'] === 'ACCEPTED' ? (readCount(htlc['expiry_height']) ?? []) : [],
  );
  return heights.length === 0 ? null : Math.max(1, Math.min(...heights) - HOLD_EXPIRY_DELTA);
}

function lastResolved(attempts: readonly JsonObject[]): number | null {
  const times = attempts.flatMap((attempt) =>
    attempt['status'] === 'SUCCEEDED' ? (readNanoseconds(attempt['resolve_time_ns']) ?? []) : [],
  );
  return times.length === 0 ? null : Math.max(...times);
}

/** A time in nanoseconds, which LND writes as text, as whole unix seconds. */
function readNanoseconds(value: unknown): number | null {
  return typeof value === 'string' && /^\d{10,19}$/.test(value) ? Number(value.slice(0, -9)) : null;
}

function readMsat(value: unknown): Msat | null {
  return typeof value === 'string' ? parseMsat(value) : null;
}

function readText(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null;
}

function provenPreimage(preimage: unknown, paymentHash: string): string | null {
  return isHex32(preimage) && provesPayment(preimage, paymentHash) ? preimage : null;
}
