import { sql, type Selectable } from 'kysely';
import { failure, msat, success } from '../../protocol/index.ts';
import { BALANCE_PURPOSES, type Prepaid, type PrepaidLedger, type PrepaidWithdrawal } from '../prepaid.ts';
import type { Books } from './books.ts';
import { enqueue } from './outbox.ts';
import type { LedgerSchema } from './schema.ts';

/** What customers have prepaid elsewhere, over SQL: top-ups and draws are payments like all others. */
export function sqlPrepaid(books: Books): PrepaidLedger {
  const withdrawals = () => books.read.selectFrom('prepaid_withdrawals').selectAll();
  return {
    holdings: (customerPubkey) => holdings(books, customerPubkey),
    askWithdrawal: ({ publish, ...wanted }) =>
      books.commit(
        async (entry) => {
          const { trx, moved, inTurn } = entry;
          await inTurn(wanted.customerPubkey);
          const open = await trx
            .selectFrom('prepaid_withdrawals')
            .select('payment_hash')
            .where('customer_pubkey', '=', wanted.customerPubkey)
            .where('provider_pubkey', '=', wanted.providerPubkey)
            .where('state', '=', 'asked')
            .executeTakeFirst();
          if (open !== undefined)
            return failure('withdrawal-open', 'Another withdrawal from that balance is open: one at a time.');
          const now = books.now();
          const asked = await trx
            .insertInto('prepaid_withdrawals')
            .values({
              payment_hash: wanted.paymentHash,
              withdrawal_id: wanted.withdrawalId,
              customer_pubkey: wanted.customerPubkey,
              provider_pubkey: wanted.providerPubkey,
              amount_msat: wanted.amountMsat,
              fee_limit_msat: wanted.feeLimitMsat,
              bolt11: wanted.bolt11,
              state: 'asked',
              created_at: now,
              updated_at: now,
            })
            .returningAll()
            .executeTakeFirstOrThrow();
          await enqueue(books, entry, publish);
          moved('prepaid.withdrawal-asked');
          return success(withdrawalOf(asked));
        },
        { enqueues: true },
      ),
    endWithdrawal: (paymentHash, state) =>
      books.commit(async ({ trx, moved }) => {
        await trx
          .updateTable('prepaid_withdrawals')
          .set({ state, updated_at: books.now() })
          .where('payment_hash', '=', paymentHash)
          .where('state', '=', 'asked')
          .execute();
        moved(`prepaid.withdrawal-${state}`);
      }),
    async withdrawal(paymentHash) {
      const row = await withdrawals().where('payment_hash', '=', paymentHash).executeTakeFirst();
      return row === undefined ? null : withdrawalOf(row);
    },
    async listWithdrawals(customerPubkey) {
      const own = withdrawals().where('customer_pubkey', '=', customerPubkey);
      const rows = await own.orderBy('created_at').orderBy('payment_hash').execute();
      return rows.map(withdrawalOf);
    },
  };
}

async function holdings({ read }: Books, customerPubkey: string): Promise<Prepaid[]> {
  const { topUp, draw } = BALANCE_PURPOSES;
  const paid = await read
    .selectFrom('payments')
    .leftJoin('purchases', 'purchases.request_id', 'payments.request_id')
    .select([
      'payments.counterparty as provider',
      sql<bigint>`cast(coalesce(sum(CASE WHEN payments.purpose = ${topUp} AND payments.state = 'settled'
        THEN payments.amount_msat ELSE 0 END), 0) as bigint)`.as('topped_up'),
      sql<bigint>`cast(coalesce(sum(CASE WHEN payments.purpose = ${draw} AND payments.state <> 'failed'
        AND purchases.state <> 'refunded' THEN payments.amount_msat ELSE 0 END), 0) as bigint)`.as('drawn'),
    ])
    .where('payments.spender_pubkey', '=', customerPubkey)
    .where('payments.purpose', 'in', [topUp, draw])
    .groupBy('payments.counterparty')
    .orderBy('payments.counterparty')
    .execute();
  const back = await read
    .selectFrom('prepaid_withdrawals')
    .select([
      'provider_pubkey as provider',
      sql<bigint>`cast(coalesce(sum(amount_msat + fee_limit_msat), 0) as bigint)`.as('withdrawn'),
    ])
    .where('customer_pubkey', '=', customerPubkey)
    .where('state', '<>', 'given-up')
    .groupBy('provider_pubkey')
    .execute();
  const withdrawn = new Map(back.map((row) => [row.provider, row.withdrawn]));
  return paid.map(({ provider, topped_up: toppedUp, drawn }) => {
    const gone = withdrawn.get(provider) ?? 0n;
    const left = toppedUp - drawn - gone;
    return {
      providerPubkey: provider,
      toppedUpMsat: msat(toppedUp),
      drawnMsat: msat(drawn),
      withdrawnMsat: msat(gone),
      leftMsat: msat(left > 0n ? left : 0n),
    };
  });
}

function withdrawalOf(row: Selectable<LedgerSchema['prepaid_withdrawals']>): PrepaidWithdrawal {
  return {
    withdrawalId: row.withdrawal_id,
    customerPubkey: row.customer_pubkey,
    providerPubkey: row.provider_pubkey,
    amountMsat: msat(row.amount_msat),
    feeLimitMsat: msat(row.fee_limit_msat),
    bolt11: row.bolt11,
    paymentHash: row.payment_hash,
    state: row.state,
    createdAt: Number(row.created_at),
    updatedAt: Number(row.updated_at),
  };
}
