import { sql, type ExpressionBuilder, type Kysely, type RawBuilder } from 'kysely';
import { BALANCE_PURPOSES } from '../prepaid.ts';
import { countEcash, type EcashCost } from '../ecash-spending.ts';
import { ECASH_PURPOSE } from '../spending.ts';
import type { LedgerSchema } from './schema.ts';

const DAY_SECONDS = 86_400;

const COST = sql<bigint>`amount_msat + coalesce(fee_paid_msat, fee_limit_msat)`;
/** What is paid in ecash has no invoice: an empty one in its row. */
const IS_ECASH = sql<boolean>`(bolt11 = '' OR purpose = ${ECASH_PURPOSE})`;

/** Which payments are summed, and what is to come on top. */
interface SpentQuestion {
  readonly spenderPubkey: string;
  /** `today`: the last 24 hours; `made`: only what is known to have left for good. */
  readonly which: 'today' | 'ever' | 'made';
  /** Unix seconds. */
  readonly now: number;
  /** A payment that is about to be booked. */
  readonly next?: EcashCost & { readonly isEcash: boolean };
}

/**
 * What a key has spent: payments that were made with the fee that was paid (or, where it is not known, its limit), also
 * those that were given up before, and every payment that may still leave the wallet, however old, with its limit. What is
 * drawn from a balance is none of it, and ecash counts once (`countEcash`). Without a limit in time it reads all that was
 * ever paid.
 */
export async function spentMsat(db: Kysely<LedgerSchema>, question: SpentQuestion): Promise<bigint> {
  const { next } = question;
  const sums = await paymentsOf(db, question)
    .select([
      sumWhere(sql`1 = 1`).as('all'),
      sumWhere(IS_ECASH).as('ecash'),
      sumWhere(sql`purpose = ${ECASH_PURPOSE}`).as('boughtEcash'),
    ])
    .executeTakeFirstOrThrow();
  const hasBought = sums.boughtEcash > 0n || (next?.isBought ?? false);
  if (!hasBought) return sums.all + (next?.costMsat ?? 0n);
  const otherMsat = sums.all - sums.ecash + (next === undefined || next.isEcash ? 0n : next.costMsat);
  return otherMsat + (await ecashMsat(db, question));
}

/** What of it went to one counterparty in the last 24 hours. */
export async function spentWithMsat(
  db: Kysely<LedgerSchema>,
  question: Pick<SpentQuestion, 'spenderPubkey' | 'now'> & { readonly counterparty: string },
): Promise<bigint> {
  const { spent } = await paymentsOf(db, { ...question, which: 'today' })
    .select(sumWhere(sql`1 = 1`).as('spent'))
    .where('counterparty', '=', question.counterparty)
    .executeTakeFirstOrThrow();
  return spent;
}

/** What all payments of one purpose cost, ever. */
export async function spentForMsat(
  db: Kysely<LedgerSchema>,
  question: Pick<SpentQuestion, 'spenderPubkey' | 'now'> & { readonly purpose: string },
): Promise<bigint> {
  const { spent } = await paymentsOf(db, { ...question, which: 'ever' })
    .select(sumWhere(sql`1 = 1`).as('spent'))
    .where('purpose', '=', question.purpose)
    .executeTakeFirstOrThrow();
  return spent;
}

/** Whether a payment belongs to those of the last 24 hours hangs on itself; what it counts, on all that came before. */
async function ecashMsat(db: Kysely<LedgerSchema>, question: SpentQuestion): Promise<bigint> {
  const { next, which } = question;
  const rows = await paymentsOf(db, { ...question, which: which === 'made' ? 'made' : 'ever' })
    .select(['payment_hash', 'purpose', 'counterparty', 'amount_msat', 'state', 'created_at', 'updated_at'])
    .select(COST.as('cost'))
    .where(IS_ECASH)
    .execute();
  const since = BigInt(question.now - DAY_SECONDS);
  const costs = rows.map((row) => ({
    paymentHash: row.payment_hash,
    isBought: row.purpose === ECASH_PURPOSE,
    boughtFor: row.counterparty,
    amountMsat: row.amount_msat,
    costMsat: row.cost,
    createdAt: Number(row.created_at),
    isAsked:
      which !== 'today' || row.state === 'reserved' || row.state === 'in-flight' || row.updated_at >= since,
  }));
  const all = next === undefined || !next.isEcash ? costs : [...costs, { ...next, isAsked: true }];
  return countEcash(all).reduce((sum, { cost, countedMsat }) => sum + (cost.isAsked ? countedMsat : 0n), 0n);
}

function paymentsOf(
  db: Kysely<LedgerSchema>,
  { spenderPubkey, which, now }: Pick<SpentQuestion, 'spenderPubkey' | 'which' | 'now'>,
) {
  return db
    .selectFrom('payments')
    .where('spender_pubkey', '=', spenderPubkey)
    .where('purpose', '<>', BALANCE_PURPOSES.draw)
    .where((payment) => {
      if (which === 'made') return wasMade(payment);
      const made =
        which === 'ever'
          ? wasMade(payment)
          : payment.and([wasMade(payment), payment('updated_at', '>=', BigInt(now - DAY_SECONDS))]);
      return payment.or([payment('state', 'in', ['reserved', 'in-flight']), made]);
    });
}

/** Whether the wallet has shown that a payment was made, if only after it was given up. */
function wasMade(payment: ExpressionBuilder<LedgerSchema, 'payments'>) {
  return payment.or([
    payment('state', '=', 'settled'),
    payment.and([payment('state', '=', 'failed'), payment('preimage', 'is not', null)]),
  ]);
}

function sumWhere(condition: RawBuilder<unknown>): RawBuilder<bigint> {
  return sql<bigint>`cast(coalesce(sum(CASE WHEN ${condition} THEN ${COST} ELSE 0 END), 0) as bigint)`;
}
