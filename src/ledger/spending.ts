import type { SpendingLimits } from '../money/index.ts';
import type { Msat } from '../protocol/index.ts';
import type { PaymentState } from './states.ts';

/** The most that may leave the wallet, amounts plus fees; all are checked in the transaction that reserves. */
export interface SpendingCaps {
  /** One job, or one payment for anything else. */
  readonly perJobMsat: Msat;
  /** All payments of one purpose, ever: a purpose may name the one job that they are made for. */
  readonly perPurposeMsat?: Msat;
  /** To one provider or server in any 24 hours. */
  readonly perCounterpartyMsat?: Msat;
  /** Any 24 hours. */
  readonly perDayMsat?: Msat;
  /** Ever. */
  readonly totalMsat?: Msat;
}

/**
 * What buying ecash is for, as the `purpose` of its payments says it. It counts against the caps when it is bought, and what
 * is then paid with it does not count again. Its `counterparty` is the mint or, where it is bought for one payment in
 * ecash, the hash of that.
 */
export const ECASH_PURPOSE = 'ecash';

/** An outgoing payment as the books see it. */
export interface OutgoingPayment {
  /** Of ecash the hash of its lock; of a nutzap a hash of what it pays. */
  readonly paymentHash: string;
  /** The job that it pays; `null` for what is no purchase of a job. */
  readonly requestId: string | null;
  /** What for: `job`, or a few words of whoever paid for something else. */
  readonly purpose: string;
  readonly spenderPubkey: string;
  /** A public key, or the origin of a server. */
  readonly counterparty: string;
  /** `null` for what is paid in ecash. */
  readonly bolt11: string | null;
  readonly amountMsat: Msat;
  readonly feeLimitMsat: Msat;
  readonly feePaidMsat: Msat | null;
  readonly preimage: string | null;
  readonly state: PaymentState;
  readonly createdAt: number;
  readonly updatedAt: number;
}

/** What was spent in some time: what is still on its way counts with its fee limit, however old. */
export interface Spent {
  readonly todayMsat: Msat;
  readonly everMsat: Msat;
  /** Of `everMsat` what is still on its way, and may come back. */
  readonly underWayMsat: Msat;
}

/**
 * Everything one key pays, whatever for: purchases of jobs and all that is not one count against the same caps,
 * across processes and restarts.
 */
export interface SpendingLedger {
  /** The caps as a port for whoever pays for something else than a job: paid APIs, zaps, withdrawals. */
  limits(spenderPubkey: string, caps: SpendingCaps): SpendingLimits;
  /** The last 24 hours and all time. */
  spent(spenderPubkey: string): Promise<Spent>;
  payment(paymentHash: string): Promise<OutgoingPayment | null>;
  /** Payments that may still leave the wallet and are no purchase of a job, oldest first. */
  listUnfinished(spenderPubkey: string): Promise<OutgoingPayment[]>;
  /** Every payment, oldest first, in pages after `(createdAt, paymentHash)`. */
  list(page: {
    readonly spenderPubkey: string;
    readonly limit: number;
    readonly after?: Pick<OutgoingPayment, 'createdAt' | 'paymentHash'>;
  }): Promise<OutgoingPayment[]>;
  /** The latest payments, newest first. */
  listRecent(page: { readonly spenderPubkey: string; readonly limit: number }): Promise<OutgoingPayment[]>;
}
