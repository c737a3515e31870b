import type { Kysely, Selectable } from 'kysely';
import { failure, msat, success, type Outcome } from '../../protocol/index.ts';
import { judgeSpending } from '../legal-moves.ts';
import { BALANCE_PURPOSES } from '../prepaid.ts';
import type { JobPayment, PurchasesLedger } from '../purchases.ts';
import { ECASH_PURPOSE, type OutgoingPayment, type SpendingCaps } from '../spending.ts';
import type { Books, Entry } from './books.ts';
import type { LedgerSchema } from './schema.ts';
import { spentForMsat, spentMsat, spentWithMsat } from './spent.ts';

/** A payment that is to be booked before its wallet is asked. */
type NewPayment = Omit<OutgoingPayment, 'feePaidMsat' | 'preimage' | 'state' | 'createdAt' | 'updatedAt'>;

/**
 * Books a payment as reserved if its invoice was never booked before, or failed for the same job, and the caps allow it.
 * The transaction runs in the turn of whoever spends, so that no two reservations are weighed against the same room.
 */
export async function bookPayment(
  books: Books,
  { trx, moved }: Entry,
  caps: SpendingCaps,
  payment: NewPayment,
): Promise<Outcome<void, 'over-budget' | 'hash-reused'>> {
  const earlier = await paymentRowToChange(trx, payment.paymentHash);
  if (earlier !== undefined && !isSameAgain(paymentOf(earlier), payment)) return hashReused();
  const now = books.now();
  const allowed = await judgeByCaps(trx, caps, payment, now);
  if (!allowed.ok) return allowed;
  const booked = await (earlier === undefined ? begin(trx, payment, now) : beginAgain(trx, payment, now));
  if (booked === undefined) return hashReused(); // by another key, at the same moment
  moved('payment.reserved');
  return success(undefined);
}

/** Whether that payment of the same job came to nothing, as far as anybody knows. */
function isSameAgain(earlier: JobPayment, payment: NewPayment): boolean {
  return (
    earlier.state === 'failed' &&
    earlier.preimage === null &&
    earlier.requestId !== null &&
    earlier.requestId === payment.requestId &&
    earlier.purpose === payment.purpose &&
    earlier.amountMsat === payment.amountMsat &&
    earlier.feeLimitMsat === payment.feeLimitMsat
  );
}

function begin(trx: Kysely<LedgerSchema>, payment: NewPayment, now: number) {
  return trx
    .insertInto('payments')
    .values({
      payment_hash: payment.paymentHash,
      request_id: payment.requestId,
      purpose: payment.purpose,
      spender_pubkey: payment.spenderPubkey,
      counterparty: payment.counterparty,
      bolt11: payment.bolt11 ?? '',
      amount_msat: payment.amountMsat,
      fee_limit_msat: payment.feeLimitMsat,
      state: 'reserved',
      created_at: now,
      updated_at: now,
    })
    .onConflict((conflict) => conflict.column('payment_hash').doNothing())
    .returning('payment_hash')
    .executeTakeFirst();
}

/** The calls of wallets stay counted: whoever made one of them knows that it was not the only one. */
function beginAgain(trx: Kysely<LedgerSchema>, { paymentHash }: NewPayment, now: number) {
  return trx
    .updateTable('payments')
    .set({ state: 'reserved', updated_at: now })
    .where('payment_hash', '=', paymentHash)
    .returning('payment_hash')
    .executeTakeFirst();
}

/** What is drawn from a balance left the wallet when that was topped up: of it only the cap of one job is asked. */
async function judgeByCaps(
  db: Kysely<LedgerSchema>,
  caps: SpendingCaps,
  payment: NewPayment,
  now: number,
): Promise<Outcome<void, 'over-budget'>> {
  const { spenderPubkey, counterparty, purpose, amountMsat, feeLimitMsat } = payment;
  const neededMsat = amountMsat + feeLimitMsat;
  if (purpose === BALANCE_PURPOSES.draw)
    return judgeSpending({ jobMsat: neededMsat }, neededMsat, { perJobMsat: caps.perJobMsat });
  const isBought = purpose === ECASH_PURPOSE;
  const next = {
    ...payment,
    isBought,
    isEcash: isBought || payment.bolt11 === null,
    boughtFor: counterparty,
    costMsat: neededMsat,
    createdAt: now,
  };
  const of = { spenderPubkey, now };
  const wouldBe = {
    jobMsat: neededMsat,
    ...(caps.perCounterpartyMsat === undefined
      ? {}
      : { counterpartyMsat: (await spentWithMsat(db, { ...of, counterparty })) + neededMsat }),
    ...(caps.perDayMsat === undefined
      ? {}
      : { dayMsat: await spentMsat(db, { ...of, which: 'today', next }) }),
    ...(caps.totalMsat === undefined
      ? {}
      : { everMsat: await spentMsat(db, { ...of, which: 'ever', next }) }),
    ...(caps.perPurposeMsat === undefined
      ? {}
      : { purposeMsat: (await spentForMsat(db, { ...of, purpose })) + neededMsat }),
  };
  return judgeSpending(wouldBe, neededMsat, caps);
}

function hashReused() {
  return failure('hash-reused', 'An invoice with this payment hash was reserved before; ask for a new one.');
}

/** Counts one more call of a wallet, if the payment is still reserved and nobody has counted since. */
export async function beginCall(
  books: Books,
  { trx, moved }: Entry,
  seen: Pick<JobPayment, 'paymentHash' | 'calls'>,
): Promise<Outcome<number, 'stale'>> {
  const calls = seen.calls + 1;
  const counted = await trx
    .updateTable('payments')
    .set({ calls: BigInt(calls), updated_at: books.now() })
    .where('payment_hash', '=', seen.paymentHash)
    .where('state', '=', 'reserved')
    .where('calls', '=', BigInt(seen.calls))
    .returning('payment_hash')
    .executeTakeFirst();
  if (counted === undefined)
    return failure('stale', 'The payment was called or moved by somebody else; read it again.');
  moved('payment.called');
  return success(calls);
}

/** Writes the proof beside a payment that was given up before it came; the first one stays. */
export async function keepProof(
  books: Books,
  { trx, moved }: Entry,
  { paymentHash, preimage, feePaidMsat }: Parameters<PurchasesLedger['keepProof']>[0],
): Promise<boolean> {
  const kept = await trx
    .updateTable('payments')
    .set({ preimage, fee_paid_msat: feePaidMsat, updated_at: books.now() })
    .where('payment_hash', '=', paymentHash)
    .where('state', '=', 'failed')
    .where('preimage', 'is', null)
    .returning('payment_hash')
    .executeTakeFirst();
  if (kept !== undefined) moved('payment.noted');
  return kept !== undefined;
}

/** The stored row of a payment. */
export function paymentRow(db: Kysely<LedgerSchema>, paymentHash: string) {
  return db.selectFrom('payments').selectAll().where('payment_hash', '=', paymentHash).executeTakeFirst();
}

/** The same for whoever decides by it what is written next: nobody changes it before the commit. */
export function paymentRowToChange(trx: Kysely<LedgerSchema>, paymentHash: string) {
  return trx
    .selectFrom('payments')
    .selectAll()
    .where('payment_hash', '=', paymentHash)
    .forUpdate()
    .executeTakeFirst();
}

/** The payment that a row holds. */
export function paymentOf(row: Selectable<LedgerSchema['payments']>): JobPayment {
  return {
    paymentHash: row.payment_hash,
    requestId: row.request_id,
    purpose: row.purpose,
    spenderPubkey: row.spender_pubkey,
    counterparty: row.counterparty,
    bolt11: row.bolt11 === '' ? null : row.bolt11,
    amountMsat: msat(row.amount_msat),
    feeLimitMsat: msat(row.fee_limit_msat),
    feePaidMsat: row.fee_paid_msat === null ? null : msat(row.fee_paid_msat),
    preimage: row.preimage,
    state: row.state,
    calls: Number(row.calls),
    createdAt: Number(row.created_at),
    updatedAt: Number(row.updated_at),
  };
}
