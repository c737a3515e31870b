import type { EcashMovement, EcashWallet } from '../ecash/index.ts';
import {
  entries,
  transfer,
  type JournalEntry,
  type OutgoingPayment,
  type Purchase,
  type Sale,
  type SaleReceipt,
} from '../ledger/index.ts';

/**
 * What of a movement the ledger has booked with its job. `payment`: what was given, and for redeeming it. `refund`:
 * what was given back. `failed`: nothing, though it was given. `receipt`: all of it. `nothing`: it is no job's.
 */
type Booked = 'payment' | 'refund' | 'failed' | 'receipt' | 'nothing';

/** The double-entry view of what an ecash operation did besides what its job has booked: the sums of both are all. */
export function journalOfEcash(movement: EcashMovement, booked: Booked): JournalEntry[] {
  const { kind, state, amountMsat, feeLimitMsat, routingFeeMsat } = movement;
  const { spentMsat, madeMsat, givenMsat, reclaimedMsat } = movement;
  const isDone = state === 'done';
  const goneMsat = spentMsat - madeMsat;
  switch (kind) {
    case 'mint':
      if (state === 'open')
        return entries(transfer('payment-sent', amountMsat + feeLimitMsat, 'wallet', 'on-its-way'));
      return entries(
        transfer('ecash-bought', madeMsat, 'wallet', 'ecash'),
        isDone ? transfer('paid', routingFeeMsat ?? feeLimitMsat, 'wallet', 'routing-fees') : null,
      );
    case 'melt':
      return isDone
        ? entries(
            transfer('melted', amountMsat, 'ecash', 'withdrawn'),
            transfer('mint-fee', goneMsat - amountMsat, 'ecash', 'mint-fees'),
          )
        : entries(transfer('gone', goneMsat, 'ecash', 'advanced')); // taken by a mint that shows no preimage
    case 'send': {
      if (!isDone) return entries(transfer('gone', goneMsat, 'ecash', 'unexplained'));
      const isJobs = booked === 'payment' || booked === 'refund';
      const ofJobMsat = booked === 'refund' ? amountMsat : givenMsat;
      return entries(
        isJobs ? null : transfer('paid', givenMsat, 'ecash', whereTo(booked)),
        transfer('mint-fee', goneMsat - ofJobMsat, 'ecash', 'mint-fees'),
      );
    }
    case 'refund':
      return entries(
        booked === 'payment' ? null : transfer('taken-back', reclaimedMsat, whereTo(booked), 'ecash'),
        transfer('mint-fee', reclaimedMsat - madeMsat, 'ecash', 'mint-fees'),
      );
    case 'redeem':
      return booked === 'receipt'
        ? []
        : entries(transfer('received', madeMsat, 'owed-to-customers', 'ecash'));
  }
}

function whereTo(booked: Booked): 'on-its-way' | 'paid-for-other' {
  return booked === 'failed' ? 'on-its-way' : 'paid-for-other';
}

/** The ecash operations of a job, and what of each its ledger has booked. */
export type JobsMovements = readonly (readonly [EcashMovement, Booked])[];

/** The key under which the customer gives ecash for a job; a lock is taken back, and ecash bought for it, under the same. */
export function paymentKey({ requestId, paymentHash }: OutgoingPayment): string {
  return `job ${requestId} ${paymentHash}`;
}

/** The key under which the provider takes in what a receipt says. */
export function receiptKey(
  { requestId }: Pick<Sale, 'requestId'>,
  { via, paymentHash }: SaleReceipt,
): string {
  return via === 'nutzap' ? `nutzap ${paymentHash}` : `sale ${requestId}`;
}

/** The key under which the provider gives ecash back. */
export function refundKey({ requestId }: Pick<Sale, 'requestId'>): string {
  return `refund ${requestId}`;
}

/** What the ecash of a sale was taken in and given back by. */
export async function movementsOfSale(
  ecash: EcashWallet,
  sale: Sale,
  receipts: readonly SaleReceipt[],
): Promise<JobsMovements> {
  const found: [EcashMovement, Booked][] = [];
  for (const receipt of receipts) {
    if (receipt.via !== 'ecash' && receipt.via !== 'nutzap') continue;
    const taken = await ecash.movement({ kind: 'redeem', key: receiptKey(sale, receipt) });
    if (taken !== null) found.push([taken, 'receipt']);
  }
  if (sale.refund?.via !== 'ecash') return found;
  const given = await ecash.movement({ kind: 'send', key: refundKey(sale) });
  const isBooked = sale.money === 'refunding' || sale.money === 'refunded';
  if (given !== null) found.push([given, isBooked ? 'refund' : 'failed']);
  return found;
}

/** What the ecash of a purchase was bought, given, taken back and returned by. */
export async function movementsOfPurchase(
  ecash: EcashWallet,
  { requestId }: Purchase,
  payments: readonly OutgoingPayment[],
): Promise<JobsMovements> {
  const found: [EcashMovement, Booked][] = [];
  for (const payment of payments) {
    if (payment.bolt11 !== null) continue;
    for (const kind of ['mint', 'send', 'refund'] as const) {
      const movement = await ecash.movement({ kind, key: paymentKey(payment) });
      if (movement !== null) found.push([movement, payment.state === 'failed' ? 'failed' : 'payment']);
    }
  }
  for await (const movement of ecash.movements({ about: requestId }))
    if (movement.kind === 'redeem') found.push([movement, 'receipt']);
  return found;
}

/** So much of what a purchase paid came back as ecash. */
export function returnedMsat(movements: JobsMovements): bigint {
  return movements.reduce(
    (sum, [{ kind, state, madeMsat }]) => (kind === 'redeem' && state === 'done' ? sum + madeMsat : sum),
    0n,
  );
}
