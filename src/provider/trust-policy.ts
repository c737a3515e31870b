import type { CustomerRecord } from '../ledger/index.ts';
import { msat, ZERO_MSAT, type Msat } from '../protocol/index.ts';

/** How far a provider trusts one customer: prices up to which it works, and delivers, before it is paid. */
export interface TrustLimits {
  readonly workUnpaidUpToMsat: Msat;
  readonly deliverUnpaidUpToMsat: Msat;
}

/** Decides from what the books know of a customer at this time (unix seconds); a key that is new has a record of zeros. */
export type TrustPolicy = (record: CustomerRecord, now: number) => TrustLimits;

/** What the books know of a key that never bought anything. */
export const NO_RECORD: CustomerRecord = {
  paidSales: 0,
  paidMsat: ZERO_MSAT,
  firstPaidAt: null,
  unpaidSales: 0,
  unpaidMsat: ZERO_MSAT,
  openUnpaidMsat: ZERO_MSAT,
};

/** The policy of a provider that names none: nobody is trusted. */
export function trustNobody(): TrustLimits {
  return { workUnpaidUpToMsat: ZERO_MSAT, deliverUnpaidUpToMsat: ZERO_MSAT };
}

/** Whether a customer has paid here, and left nothing unpaid: it is no stranger any more. */
export function isKnownPayer({ paidSales, unpaidSales }: CustomerRecord): boolean {
  return paidSales > 0 && unpaidSales === 0;
}

/** How trust grows with what a customer has paid. */
export interface TrustGrades {
  /** Paid jobs before anybody is trusted. */
  readonly afterPaidSales: number;
  /** How long ago the first of them must have been begun. */
  readonly afterSeconds: number;
  /** Share of all that a customer has paid, up to which it is worked for unpaid. */
  readonly percentOfPaid: number;
  /** The most that anybody is trusted with. */
  readonly mostMsat: Msat;
  /** Of the trust to work, the share that is also delivered unpaid. */
  readonly deliverPercent: number;
  /** So many jobs that were left unpaid end all trust. */
  readonly unpaidSalesAtMost: number;
}

/** A careful start: a tenth of what was paid, after five jobs and a week, and one job left unpaid ends it. */
export const CAREFUL_GRADES: TrustGrades = {
  afterPaidSales: 5,
  afterSeconds: 7 * 86_400,
  percentOfPaid: 10,
  mostMsat: msat(1_000_000n),
  deliverPercent: 50,
  unpaidSalesAtMost: 0,
};

/**
 * Trust that is earned: a share of what a customer has paid so far, less ten times what it left unpaid, and nothing
 * before it has paid often and for long enough. A job left unpaid never makes it more, a paid one never less.
 */
export function gradedTrust(grades: Partial<TrustGrades> = {}): TrustPolicy {
  const { afterPaidSales, afterSeconds, percentOfPaid, mostMsat, deliverPercent, unpaidSalesAtMost } = {
    ...CAREFUL_GRADES,
    ...grades,
  };
  return (record, now) => {
    const { firstPaidAt, paidSales, unpaidSales, paidMsat, unpaidMsat } = record;
    const isOldEnough = firstPaidAt !== null && now - firstPaidAt >= afterSeconds;
    if (paidSales < Math.max(1, afterPaidSales) || !isOldEnough || unpaidSales > unpaidSalesAtMost)
      return trustNobody();
    const earned = percentOf(paidMsat, percentOfPaid) - unpaidMsat * LOSS_WEIGHT;
    const work = earned < 0n ? 0n : earned > mostMsat ? mostMsat : earned;
    return {
      workUnpaidUpToMsat: msat(work),
      deliverUnpaidUpToMsat: msat(percentOf(work, Math.min(100, deliverPercent))),
    };
  };
}

/** Who leaves one job unpaid has to pay for ten like it before it is where it was. */
const LOSS_WEIGHT = 10n;

function percentOf(amountMsat: bigint, percent: number): bigint {
  return (amountMsat * BigInt(Math.max(0, Math.round(percent)))) / 100n;
}
