import { sql, type Kysely, type Selectable } from 'kysely';
import { msat, success, ZERO_MSAT, type Msat } from '../../protocol/index.ts';
import type { SqliteStore } from '../../store/index.ts';
import { cappedSum } from '../connections/budget.ts';
import type { ConnectionPayment, ConnectionPayments } from '../connections/contract.ts';
import { countedMsat, countedSince, judgeReservation, reservedRecord } from '../connections/rules.ts';
import type { PaymentRecord } from '../wallet.ts';
import { grantOf } from './grants.ts';
import type { ConnectionsSchema } from './schema.ts';

type Direction = PaymentRecord['direction'];

/** The books of connections over SQL. */
export function sqlConnectionPayments(store: SqliteStore): ConnectionPayments {
  const read = store.kysely<ConnectionsSchema>();
  return {
    reserve: (payment, now) =>
      store.transaction<ConnectionsSchema, Awaited<ReturnType<ConnectionPayments['reserve']>>>(
        async (trx) => {
          const { clientPubkey, paymentHash, feeLimitMsat } = payment;
          const grant = await grantOf(trx, clientPubkey);
          const spentMsat = await spentSince(trx, clientPubkey, countedSince(grant, now));
          const known = await find(trx, 'outgoing', paymentHash);
          const verdict = judgeReservation(payment, { grant, known, spentMsat }, now);
          if (!verdict.ok) return verdict;
          if (verdict.value === 'reserve')
            await put(trx, { clientPubkey, record: reservedRecord(payment, now), feeLimitMsat });
          return success(undefined);
        },
      ),
    addInvoice: (clientPubkey, record) =>
      store.transaction<ConnectionsSchema, boolean>(async (trx) => {
        const known = await find(trx, 'incoming', record.paymentHash);
        if (known !== null && known.clientPubkey !== clientPubkey) return false;
        await put(trx, { clientPubkey, record, feeLimitMsat: ZERO_MSAT });
        return true;
      }),
    update: (record) => store.transaction<ConnectionsSchema, void>((trx) => update(trx, record)),
    find: (direction, paymentHash) => find(read, direction, paymentHash),
    async list({ clientPubkey, from = 0, until = Number.MAX_SAFE_INTEGER, direction, limit }) {
      const rows = await read
        .selectFrom('nwc_payments')
        .selectAll()
        .where('client_pubkey', '=', clientPubkey)
        .where('created_at', '>=', BigInt(from))
        .where('created_at', '<=', BigInt(until))
        .$if(direction !== undefined, (query) => query.where('direction', '=', direction ?? 'incoming'))
        .orderBy('created_at', 'desc')
        .orderBy(sql`rowid`, 'desc')
        .limit(limit)
        .execute();
      return rows.map(paymentOf);
    },
    async open(limit) {
      const rows = await read
        .selectFrom('nwc_payments')
        .selectAll()
        .where('direction', '=', 'outgoing')
        .where('state', '=', 'pending')
        .orderBy('created_at')
        .limit(limit)
        .execute();
      return rows.map(paymentOf);
    },
    spentSince: (clientPubkey, since) => spentSince(read, clientPubkey, since),
  };
}

async function find(
  db: Kysely<ConnectionsSchema>,
  direction: Direction,
  paymentHash: string,
): Promise<ConnectionPayment | null> {
  const row = await db
    .selectFrom('nwc_payments')
    .selectAll()
    .where('direction', '=', direction)
    .where('payment_hash', '=', paymentHash)
    .executeTakeFirst();
  return row === undefined ? null : paymentOf(row);
}

async function spentSince(db: Kysely<ConnectionsSchema>, clientPubkey: string, since: number): Promise<Msat> {
  const own = db
    .selectFrom('nwc_payments')
    .where('client_pubkey', '=', clientPubkey)
    .where('direction', '=', 'outgoing');
  const { settled } = await own
    .select(sql<bigint>`coalesce(sum(amount_msat + fee_paid_msat), 0)`.as('settled'))
    .where('state', '=', 'settled')
    .where('settled_at', '>=', BigInt(since))
    .executeTakeFirstOrThrow();
  // Not summed by SQLite: an invoice may ask for anything, and together for more than its integers hold.
  const open = await own.selectAll().where('state', '=', 'pending').execute();
  return cappedSum(settled, ...open.map(paymentOf).map(countedMsat));
}

async function put(trx: Kysely<ConnectionsSchema>, payment: ConnectionPayment): Promise<void> {
  const { clientPubkey, record, feeLimitMsat } = payment;
  const { direction, paymentHash } = record;
  const row = {
    client_pubkey: clientPubkey,
    bolt11: record.bolt11,
    amount_msat: record.amountMsat,
    fee_limit_msat: feeLimitMsat,
    created_at: record.createdAt,
    ...outcomeColumns(record),
  };
  await trx
    .insertInto('nwc_payments')
    .values({ direction, payment_hash: paymentHash, ...row })
    .onConflict((conflict) => conflict.columns(['direction', 'payment_hash']).doUpdateSet(row))
    .execute();
}

async function update(trx: Kysely<ConnectionsSchema>, record: PaymentRecord): Promise<void> {
  if (record.direction === 'outgoing' && record.state === 'pending') return;
  await trx
    .updateTable('nwc_payments')
    .set(outcomeColumns(record))
    .where('direction', '=', record.direction)
    .where('payment_hash', '=', record.paymentHash)
    .where('state', '<>', 'settled')
    .execute();
}

/** What the wallet tells in the course of time. A settled payment without a date counts from when it was made. */
function outcomeColumns(record: PaymentRecord) {
  const { state, feePaidMsat, preimage, settledAt, settleDeadlineHeight, createdAt } = record;
  return {
    state,
    fee_paid_msat: feePaidMsat,
    preimage,
    settled_at: settledAt ?? (state === 'settled' ? createdAt : null),
    settle_deadline_height: settleDeadlineHeight,
  };
}

function paymentOf(row: Selectable<ConnectionsSchema['nwc_payments']>): ConnectionPayment {
  return {
    clientPubkey: row.client_pubkey,
    feeLimitMsat: msat(row.fee_limit_msat),
    record: {
      direction: row.direction,
      state: row.state,
      paymentHash: row.payment_hash,
      bolt11: row.bolt11,
      amountMsat: msat(row.amount_msat),
      feePaidMsat: msat(row.fee_paid_msat),
      preimage: row.preimage,
      createdAt: Number(row.created_at),
      settledAt: optionalNumber(row.settled_at),
      settleDeadlineHeight: optionalNumber(row.settle_deadline_height),
    },
  };
}

function optionalNumber(value: bigint | null): number | null {
  return value === null ? null : Number(value);
}
