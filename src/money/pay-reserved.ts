import { pause } from '../clock/index.ts';
import { failure, isPreimageOf, success, type Msat, type Outcome } from '../protocol/index.ts';
import { lookupDirection } from './lookup-direction.ts';
import { refusalReason } from './refusal-reason.ts';
import type { Reservation } from './spending.ts';
import type { PaymentRecord, Wallet, WalletFailureCode, WalletOutcome } from './wallet.ts';

/** A payment whose money is reserved. */
export interface ReservedPayment {
  readonly wallet: Pick<Wallet, 'pay' | 'lookup' | 'list'>;
  readonly reservation: Reservation;
  readonly bolt11: string;
  readonly paymentHash: string;
  readonly feeLimitMsat: Msat;
  /** When its invoice runs out, unix seconds. */
  readonly expiresAt: number;
  /** How long the wallet may take; 60 s unless told. A payee that holds the money does not hold us up for longer. */
  readonly payTimeoutMs?: number | undefined;
  /**
   * Whether the wallet knows what the books had paid or received by it. One that does not is another wallet: that it
   * has never heard of a payment says nothing. Left out where the books know nothing else.
   */
  readonly isSameWallet?: (() => Promise<boolean>) | undefined;
  readonly now: () => number;
  readonly signal: AbortSignal;
}

/** The proof that a payment was made, and what its routing cost. */
export interface PaidProof {
  readonly preimage: string;
  readonly feePaidMsat: Msat;
}

/**
 * `payment-failed`: nothing was sent, and the money is free again; `data.reason` says why (`refusalReason`).
 * `payment-unknown`: the wallet cannot say yet; the money stays reserved, and the payment is to be taken up later
 * by its `paymentHash`.
 */
export type PaymentFailureCode = 'payment-failed' | 'payment-unknown';

/** After these answers the payment may still succeed. */
const UNKNOWN_ANSWERS: ReadonlySet<WalletFailureCode> = new Set([
  'wallet-timeout',
  'wallet-unreachable',
  'wallet-internal',
]);
/** After an invoice ran out, a payment that was sent at the last moment still shows within this time. */
const EXPIRY_GRACE_SECONDS = 30;
/** How long a payment of unknown fate is asked after; the pauses double. */
const LOOKS = 5;
const FIRST_PAUSE_MS = 250;
const DEFAULT_PAY_TIMEOUT_MS = 60_000;

/**
 * Pays a reserved invoice once and books how it ended. An answer that leaves the end open is followed by
 * looking the payment up, never by paying again.
 */
export function payReserved(payment: ReservedPayment): Promise<Outcome<PaidProof, PaymentFailureCode>> {
  return payAndFollow(payment, true);
}

/** A refusal frees the money only if it answers the one call there was: an earlier call may reach the wallet late. */
async function payAndFollow(
  payment: ReservedPayment,
  isOnlyCall: boolean,
): Promise<Outcome<PaidProof, PaymentFailureCode>> {
  const { signal } = payment;
  await payment.reservation.inFlight();
  const answer = await askToPay(payment);
  if (answer.ok && isPreimageOf(answer.value.preimage, payment.paymentHash))
    return bookSpent(payment, answer.value);
  const refusal =
    answer.ok || UNKNOWN_ANSWERS.has(answer.failure.code) ? null : refusalReason(answer.failure);
  for (let look = 0; look < LOOKS && !signal.aborted; look++) {
    if (look > 0) await pause(FIRST_PAUSE_MS * 2 ** (look - 1), signal);
    const seen = await lookUp(payment);
    const proof = seen.ok ? proofIn(payment, seen.value) : null;
    if (proof !== null) return bookSpent(payment, proof);
    const isAgreed = seen.ok ? isGone(seen.value) : seen.failure.code === 'not-implemented';
    if (refusal !== null && isAgreed) return isOnlyCall ? bookReleased(payment, refusal) : unknown(payment);
  }
  return unknown(payment);
}

/** Hands the invoice to the wallet, which then has its time and no more. */
async function askToPay({ wallet, bolt11, feeLimitMsat, payTimeoutMs, signal }: ReservedPayment) {
  const deadline = new AbortController();
  const timer = setTimeout(() => deadline.abort(), payTimeoutMs ?? DEFAULT_PAY_TIMEOUT_MS);
  try {
    return await wallet.pay({ bolt11, feeLimitMsat }, { signal: AbortSignal.any([signal, deadline.signal]) });
  } finally {
    clearTimeout(timer);
  }
}

/**
 * Takes up a payment that this process or an earlier one left open: books what the wallet says became of it, and
 * hands the invoice over again only when the wallet does not have it under way. Wallets pay a hash once. The money
 * is free again only when the invoice has run out, by the word of the wallet that was asked to pay.
 */
export async function resumeReserved(
  payment: ReservedPayment,
): Promise<Outcome<PaidProof, PaymentFailureCode>> {
  const lookedAt = payment.now();
  const seen = await lookUp(payment);
  if (!seen.ok) return unknown(payment);
  const proof = proofIn(payment, seen.value);
  if (proof !== null) return bookSpent(payment, proof);
  if (!isGone(seen.value)) return unknown(payment);
  if (seen.value === null && (await payment.isSameWallet?.()) === false) return unknown(payment);
  if (lookedAt <= payment.expiresAt) return payAndFollow(payment, false);
  return lookedAt > payment.expiresAt + EXPIRY_GRACE_SECONDS
    ? bookReleased(payment, 'invoice-expired')
    : unknown(payment);
}

function lookUp({
  wallet,
  paymentHash,
  signal,
}: ReservedPayment): Promise<WalletOutcome<PaymentRecord | null>> {
  return lookupDirection(wallet, { paymentHash, direction: 'outgoing' }, { signal });
}

function proofIn({ paymentHash }: ReservedPayment, record: PaymentRecord | null): PaidProof | null {
  if (!record?.preimage || !isPreimageOf(record.preimage, paymentHash)) return null;
  return { preimage: record.preimage, feePaidMsat: record.feePaidMsat };
}

/** A settled record without its preimage is not gone: the money may be. */
function isGone(record: PaymentRecord | null): boolean {
  return record === null || ['failed', 'canceled', 'expired'].includes(record.state);
}

async function bookSpent({ reservation }: ReservedPayment, { preimage, feePaidMsat }: PaidProof) {
  const proof = { preimage: preimage.toLowerCase(), feePaidMsat };
  await reservation.spent(proof);
  return success(proof);
}

async function bookReleased({ reservation }: ReservedPayment, reason: string) {
  await reservation.released();
  return failure('payment-failed', 'The wallet did not pay; nothing was spent.', { reason });
}

function unknown({ paymentHash }: ReservedPayment) {
  return failure(
    'payment-unknown',
    'The wallet cannot say yet what became of the payment: ask again later; it is not paid twice.',
    { paymentHash },
  );
}
