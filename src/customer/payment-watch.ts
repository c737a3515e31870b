import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, hexToBytes } from '@noble/hashes/utils.js';
import type { JobPayment, PaymentState } from '../ledger/index.ts';
import {
  refusalReason,
  type PaymentRecord,
  type WalletFailureCode,
  type WalletOutcome,
} from '../money/index.ts';
import { isHex32, type Msat } from '../protocol/index.ts';

/** After an invoice ran out, a payment that was launched at the last moment still shows within this time. */
const EXPIRY_GRACE_SECONDS = 30;
/** The same invoice is handed to the wallet at most this often in one process. */
const MAX_CALLS = 5;

/** Answers after which the payment may still succeed. Everything else is a refusal. */
const UNKNOWN_ANSWERS: ReadonlySet<WalletFailureCode> = new Set([
  'wallet-timeout',
  'wallet-unreachable',
  'wallet-internal',
]);

/** What the wallet has shown of one outgoing payment, in this process and as booked by earlier ones. */
export interface PaymentWatch {
  readonly paymentHash: string;
  readonly bolt11: string;
  readonly feeLimitMsat: Msat;
  /** Unix seconds. */
  readonly invoiceExpiresAt: number;
  /** As the ledger has it. */
  booked: PaymentState;
  /** Calls of wallets by all processes, as the ledger had counted them when it was last read. */
  calls: number;
  /** Those among them that had come to nothing when this process reserved the payment. */
  readonly callsBefore: number;
  /** Those among them that this process made. */
  ownCalls: number;
  callUnderway: boolean;
  /** How the last call failed. */
  lastAnswer: WalletFailureCode | null;
  /** The same, as it is told to people. */
  lastReason: ReturnType<typeof refusalReason> | null;
  /** The wallet's record at the last look that it answered since the last call ended; `undefined` before one. */
  look: PaymentRecord | null | undefined;
  /** When that look was begun, unix seconds. */
  lookedAt: number;
  /** The last look got no answer. */
  blind: boolean;
  lookUnderway: boolean;
  /** Grows when a call ends: a look begun before that does not tell how it ended. */
  round: number;
  /** Looks in a row that showed the payment as ended without success, and that had never heard of it. */
  goneLooks: number;
  unseenLooks: number;
  /** Looks since something last promised news; the pause between looks grows with it. */
  looksInVain: number;
  nextLookAtMs: number;
  /** The preimage that hashes to the payment hash: the payment has happened, whatever else is said. */
  proof: PaymentProof | null;
}

/** What shows that a payment was made, and what its routing cost. */
export interface PaymentProof {
  readonly preimage: string;
  readonly feePaidMsat: Msat;
}

/** Begins to watch a payment that the ledger has reserved; `callsBefore` where it had failed before that. */
export function watchPayment(
  payment: Pick<JobPayment, 'paymentHash' | 'feeLimitMsat' | 'state' | 'calls'> & { readonly bolt11: string },
  invoiceExpiresAt: number,
  callsBefore = 0,
): PaymentWatch {
  return {
    paymentHash: payment.paymentHash,
    bolt11: payment.bolt11,
    feeLimitMsat: payment.feeLimitMsat,
    invoiceExpiresAt,
    booked: payment.state,
    calls: payment.calls,
    callsBefore,
    ownCalls: 0,
    callUnderway: false,
    lastAnswer: null,
    lastReason: null,
    look: undefined,
    lookedAt: 0,
    blind: false,
    lookUnderway: false,
    round: 0,
    goneLooks: 0,
    unseenLooks: 0,
    looksInVain: 0,
    nextLookAtMs: 0,
    proof: null,
  };
}

/**
 * What is to be believed of a payment.
 *
 * - `call`: no process has asked a wallet yet, for each counts its call before it makes it; or the wallet said twice
 *   that it never saw the hash: hand it the invoice.
 * - `in-flight`: the wallet shows it on its way or held.
 * - `settled`: there is a preimage.
 * - `failed`: nothing was sent, or it came back; it cannot succeed any more.
 * - `unknown`: keep looking.
 */
export type PaymentVerdict = 'call' | 'in-flight' | 'settled' | 'failed' | 'unknown';

/**
 * Judges by what the wallet showed, never by what a provider says. Another call of ours, or of another process
 * that follows the same purchase, may reach the wallet late; so an end is believed before the invoice has expired
 * only when the ledger counts a single call since it was reserved, and it is ours: when it was refused and a look agrees, or when two
 * looks in a row show the end. Otherwise the last look must have been begun after the expiry. An end is booked
 * only if nobody has called since.
 * `now` is unix seconds.
 */
export function judgePayment(watch: PaymentWatch, now: number): PaymentVerdict {
  const { look } = watch;
  if (watch.proof !== null) return 'settled';
  if (watch.callUnderway) return look && !isGone(look) ? 'in-flight' : 'unknown';
  if (watch.calls === watch.callsBefore && watch.booked === 'reserved')
    return now < watch.invoiceExpiresAt ? 'call' : 'failed';
  if (look === undefined) return 'unknown';
  if (look !== null && !isGone(look)) return 'in-flight';

  const refused = watch.lastAnswer !== null && !UNKNOWN_ANSWERS.has(watch.lastAnswer);
  const isOnlyCall = watch.calls === watch.callsBefore + 1 && watch.ownCalls === 1;
  if (isOnlyCall && refused) return 'failed';
  const isOver = watch.lookedAt > watch.invoiceExpiresAt + EXPIRY_GRACE_SECONDS; // an older look says nothing of later calls
  if (look !== null) return watch.goneLooks >= 2 && (isOnlyCall || isOver) ? 'failed' : 'unknown';
  if (watch.booked === 'in-flight') return 'unknown'; // the wallet forgot what it had shown
  if (isOver) return 'failed';
  const mayCall = !refused && watch.ownCalls < MAX_CALLS && now < watch.invoiceExpiresAt;
  return mayCall && watch.unseenLooks >= 2 ? 'call' : 'unknown';
}

/** The wallet has given the payment up. A settled record without its preimage is not gone: the money may be. */
function isGone(record: PaymentRecord): boolean {
  return record.state === 'failed' || record.state === 'canceled' || record.state === 'expired';
}

/** Notes that the wallet is about to be asked, as the ledger has just counted; the number of our call. */
export function noteCall(watch: PaymentWatch, counted: number): number {
  watch.calls = counted;
  watch.ownCalls += 1;
  watch.callUnderway = true;
  watch.looksInVain = 0;
  return watch.ownCalls;
}

/** Notes what the ledger has of the payment now that another process has moved it, or called. */
export function noteBooked(watch: PaymentWatch, { state, calls }: Pick<JobPayment, 'state' | 'calls'>): void {
  watch.booked = state;
  watch.calls = calls;
}

/** Notes how a call of the wallet ended. Answers that come after their time count all the same. */
export function noteAnswer(watch: PaymentWatch, answer: WalletOutcome<PaymentProof>): void {
  watch.callUnderway = false;
  watch.look = undefined;
  watch.round += 1;
  watch.goneLooks = 0;
  watch.unseenLooks = 0;
  hasten(watch);
  if (answer.ok && noteProof(watch, answer.value.preimage, answer.value.feePaidMsat)) return;
  watch.lastAnswer = answer.ok ? 'wallet-internal' : answer.failure.code; // says paid without proof: find out
  watch.lastReason = answer.ok ? watch.lastAnswer : refusalReason(answer.failure);
}

/**
 * Notes what a look that was begun at `lookedAt` (unix seconds), or a notification, showed. A record of an
 * incoming payment says nothing about ours.
 */
export function noteRecord(watch: PaymentWatch, record: PaymentRecord | null, lookedAt: number): void {
  if (record !== null && (record.direction !== 'outgoing' || record.paymentHash !== watch.paymentHash))
    return;
  if (record?.preimage && noteProof(watch, record.preimage, record.feePaidMsat)) return;
  watch.look = record;
  watch.lookedAt = lookedAt;
  watch.goneLooks = record !== null && isGone(record) ? watch.goneLooks + 1 : 0;
  watch.unseenLooks = record === null ? watch.unseenLooks + 1 : 0;
}

/**
 * Whether the payee acts on the payment, to which the wallet itself sees no end. What it was paid is gone then, and nothing
 * proves it.
 */
export function isPaidByPayeesWord({ look, proof }: PaymentWatch): boolean {
  return proof === null && look?.state === 'settled' && look.byPayeesWord === true;
}

/** Whether that is the preimage of the payment hash. */
export function provesPayment(preimage: string, paymentHash: string): boolean {
  return isHex32(preimage) && bytesToHex(sha256(hexToBytes(preimage))) === paymentHash;
}

function noteProof(watch: PaymentWatch, preimage: string, feePaidMsat: Msat): boolean {
  if (!provesPayment(preimage, watch.paymentHash)) return false;
  watch.proof = { preimage, feePaidMsat };
  return true;
}

/** Something promises news, now or so many milliseconds from now: look then, and often at first. */
export function hasten(watch: PaymentWatch, inMs = 0): void {
  watch.looksInVain = 0;
  watch.nextLookAtMs = inMs === 0 ? 0 : performance.now() + inMs;
}
