/** What every driver of `NwcConnections` decides alike. */
import { failure, formatSats, success, ZERO_MSAT, type Msat, type Outcome } from '../../protocol/index.ts';
import type { PaymentRecord } from '../wallet.ts';
import { budgetPeriod, cappedSum, remainingOf } from './budget.ts';
import {
  MAX_CONNECTIONS,
  type ConnectionPayment,
  type ConnectionPayments,
  type NwcGrant,
  type ReservationFailure,
} from './contract.ts';

/** How long a request event is remembered, well beyond the time in which one is taken. */
export const REMEMBER_REQUESTS_SECONDS = 600;

/** Whether the connection is neither revoked nor expired. */
export function isInForce(grant: NwcGrant, now: number): boolean {
  return grant.revokedAt === undefined && (grant.expiresAt ?? Number.POSITIVE_INFINITY) > now;
}

/** From when on spending counts against a connection's budget, unix seconds. */
export function countedSince(grant: NwcGrant | null, now: number): number {
  return budgetPeriod(grant?.budget?.renewal ?? 'never', now).startsAt;
}

/**
 * Decides whether a payment may be reserved. A driver asks inside the transaction that reserves: `known` is what
 * it has of the payment hash, `spentMsat` what counts since `countedSince`.
 */
export function judgeReservation(
  asked: { readonly clientPubkey: string; readonly amountMsat: Msat; readonly feeLimitMsat: Msat },
  books: {
    readonly grant: NwcGrant | null;
    readonly known: ConnectionPayment | null;
    readonly spentMsat: Msat;
  },
  now: number,
): Outcome<'reserve' | 'reserved-before', ReservationFailure> {
  const { grant, known, spentMsat } = books;
  if (grant === null || !isInForce(grant, now))
    return failure('wallet-unauthorized', 'This connection has ended: ask for a new one.');
  const standsInTheWay = known !== null && known.record.state !== 'failed';
  if (standsInTheWay && known.clientPubkey !== asked.clientPubkey)
    return failure('payment-failed', 'This invoice was paid through another connection.');
  if (known?.record.state === 'settled')
    return failure('payment-failed', 'This invoice was paid before: look it up.');
  if (known?.record.state === 'pending') return success('reserved-before');
  if (grant.budget === undefined) return success('reserve');
  const wantedMsat = cappedSum(asked.amountMsat, asked.feeLimitMsat);
  const remainingMsat = remainingOf(grant.budget.amountMsat, spentMsat);
  if (wantedMsat <= remainingMsat) return success('reserve');
  return failure(
    'quota-exceeded',
    `The payment needs ${formatSats(wantedMsat)} with its fee reserve, the budget has ${formatSats(remainingMsat)} left.`,
    { wantedMsat: wantedMsat.toString(), remainingMsat: remainingMsat.toString() },
  );
}

/** The failure of a name that a connection in force has. */
export function nameTaken(name: string) {
  return failure('name-taken', `A connection is called ${name} already: choose another name or end it.`, {
    name,
  });
}

/** The failure of one connection too many. */
export function tooManyConnections() {
  return failure('too-many-connections', `${MAX_CONNECTIONS} connections are in use: end one of them.`);
}

/** The failure of a name that no connection in force has. */
export function unknownConnection(name: string) {
  return failure('unknown-connection', `No connection is called ${name}: list them to see their names.`, {
    name,
  });
}

/** What an outgoing payment counts: what it cost, or, while it is open, what it may cost; nothing once it failed. */
export function countedMsat({ record, feeLimitMsat }: ConnectionPayment): Msat {
  if (record.state === 'settled') return cappedSum(record.amountMsat, record.feePaidMsat);
  return record.state === 'pending' ? cappedSum(record.amountMsat, feeLimitMsat) : ZERO_MSAT;
}

/** The record of a payment that is about to be made. */
export function reservedRecord(
  payment: Parameters<ConnectionPayments['reserve']>[0],
  now: number,
): PaymentRecord {
  return {
    direction: 'outgoing',
    state: 'pending',
    paymentHash: payment.paymentHash,
    bolt11: payment.bolt11,
    amountMsat: payment.amountMsat,
    feePaidMsat: ZERO_MSAT,
    preimage: null,
    createdAt: now,
    settledAt: null,
    settleDeadlineHeight: null,
  };
}
