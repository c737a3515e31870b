import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, hexToBytes } from '@noble/hashes/utils.js';
import { isHex32, msat, ZERO_MSAT, type Msat } from '../protocol/index.ts';
import type { JsonObject } from './nwc-protocol.ts';
import type { PaymentRecord } from './wallet.ts';

/** Writes an amount as the JSON number NIP-47 wants. Throws `RangeError` above 2^53 − 1 msat (90,071 bitcoin). */
export function toJsonMsat(amount: Msat): number {
  if (amount > BigInt(Number.MAX_SAFE_INTEGER))
    throw new RangeError(`${amount} msat does not fit a JSON number`);
  return Number(amount);
}

/** Reads a JSON number of millisatoshis; `null` unless it is a whole, exact, non-negative number. */
export function readJsonMsat(value: unknown): Msat | null {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? msat(BigInt(value)) : null;
}

/** Whether the preimage (64 hex characters) is that of the payment hash: the proof that a payment was made. */
export function provesPayment(preimage: string, paymentHash: string): boolean {
  return bytesToHex(sha256(hexToBytes(preimage))) === paymentHash;
}

/**
 * Writes a payment as a NIP-47 transaction. NIP-47 has no word for a cancelled hold invoice: it is `failed`.
 * The preimage is shown only once the payment is settled, for it would let a payer claim to have paid.
 */
export function toTransaction(payment: PaymentRecord): JsonObject {
  const { bolt11, preimage, settledAt, settleDeadlineHeight } = payment;
  return {
    type: payment.direction,
    state: payment.state === 'canceled' ? 'failed' : payment.state,
    ...(bolt11 === null ? {} : { invoice: bolt11 }),
    payment_hash: payment.paymentHash,
    amount: toJsonMsat(payment.amountMsat),
    fees_paid: toJsonMsat(payment.feePaidMsat),
    created_at: payment.createdAt,
    ...(preimage === null || payment.state !== 'settled' ? {} : { preimage }),
    ...(settledAt === null ? {} : { settled_at: settledAt }),
    ...(settleDeadlineHeight === null ? {} : { settle_deadline: settleDeadlineHeight }),
  };
}

const MAX_BOLT11_CHARS = 8_192;

/**
 * Reads a NIP-47 transaction; `null` when it lacks what a payment needs. A preimage that does not hash to the
 * payment hash (wallets send empty and zero ones) is dropped. `now` (unix seconds) tells expiry where the
 * wallet states no state; `unstated` is the state to assume before that.
 */
export function readTransaction(
  transaction: JsonObject,
  context: { readonly now: number; readonly unstated?: PaymentRecord['state'] },
): PaymentRecord | null {
  const { type: direction, invoice, payment_hash, preimage } = transaction;
  const paymentHash = typeof payment_hash === 'string' ? payment_hash.toLowerCase() : null;
  const amountMsat = readJsonMsat(transaction['amount']);
  const createdAt = readTime(transaction['created_at']);
  if (direction !== 'incoming' && direction !== 'outgoing') return null;
  if (!isHex32(paymentHash) || amountMsat === null || createdAt === null) return null;
  const shown = typeof preimage === 'string' ? preimage.toLowerCase() : null;
  return {
    direction,
    state: readState(transaction, direction, context),
    paymentHash,
    bolt11:
      typeof invoice === 'string' && invoice !== '' && invoice.length <= MAX_BOLT11_CHARS ? invoice : null,
    amountMsat,
    feePaidMsat: readJsonMsat(transaction['fees_paid']) ?? ZERO_MSAT,
    preimage: isHex32(shown) && provesPayment(shown, paymentHash) ? shown : null,
    createdAt,
    settledAt: readTime(transaction['settled_at']),
    settleDeadlineHeight: readTime(transaction['settle_deadline']),
  };
}

/** A positive whole number (unix seconds or a block height), else `null`: wallets write 0 for "none". */
function readTime(value: unknown): number | null {
  return typeof value === 'number' && Number.isSafeInteger(value) && value > 0 ? value : null;
}

function readState(
  transaction: JsonObject,
  direction: PaymentRecord['direction'],
  { now, unstated }: { readonly now: number; readonly unstated?: PaymentRecord['state'] },
): PaymentRecord['state'] {
  const { state } = transaction;
  switch (typeof state === 'string' ? state.toLowerCase() : null) {
    case 'settled':
      return 'settled';
    case 'pending':
      return 'pending';
    case 'expired':
      return 'expired';
    case 'accepted':
      return direction === 'incoming' ? 'accepted' : 'pending';
    case 'failed':
    case 'canceled':
    case 'cancelled':
      return direction === 'incoming' ? 'canceled' : 'failed';
    default: {
      if (unstated !== undefined) return unstated;
      if (readTime(transaction['settled_at']) !== null) return 'settled';
      const expiresAt = readTime(transaction['expires_at']);
      return direction === 'incoming' && expiresAt !== null && expiresAt <= now ? 'expired' : 'pending';
    }
  }
}
