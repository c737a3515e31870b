import { sql, type Kysely, type Selectable } from 'kysely';
import { failure, msat, success, type Msat, type Outcome } from '../../protocol/index.ts';
import {
  withdrawalCostMsat,
  type BalanceAccount,
  type BalancesLedger,
  type BalanceTold,
  type BalanceWithdrawal,
  type TopUp,
} from '../balances.ts';
import { balanceTooLow, balanceToChange, beginBalance, writeBalance } from './balance-rows.ts';
import type { Books, Entry } from './books.ts';
import { enqueue } from './outbox.ts';
import type { LedgerSchema } from './schema.ts';

/** What customers have prepaid, over SQL. */
export function sqlBalances(books: Books): BalancesLedger {
  const topUps = () => books.read.selectFrom('balance_top_ups').selectAll();
  const withdrawals = () => books.read.selectFrom('balance_withdrawals').selectAll();
  return {
    async of({ providerPubkey, customerPubkey }) {
      const row = await books.read
        .selectFrom('balances')
        .select('amount_msat')
        .where('provider_pubkey', '=', providerPubkey)
        .where('customer_pubkey', '=', customerPubkey)
        .executeTakeFirst();
      return msat(row?.amount_msat ?? 0n);
    },
    openTopUp: (topUp, limits) =>
      books.commit((entry) => openTopUp(books, entry, topUp, limits), { enqueues: true }),
    async topUp(paymentHash) {
      const row = await topUps().where('payment_hash', '=', paymentHash).executeTakeFirst();
      return row === undefined ? null : topUpOf(row);
    },
    topUpById: (account, topUpId) => topUpById(books.read, account, topUpId),
    lapseTopUp: (paymentHash) =>
      books.commit(async ({ trx, moved }) => {
        await trx
          .updateTable('balance_top_ups')
          .set({ state: 'lapsed', updated_at: books.now() })
          .where('payment_hash', '=', paymentHash)
          .where('state', '=', 'open')
          .execute();
        moved('balance.top-up-lapsed');
      }),
    creditTopUp: (paymentHash, credit) =>
      books.commit((entry) => creditTopUp(books, entry, paymentHash, credit), { enqueues: true }),
    beginWithdrawal: (withdrawal) => books.commit((entry) => beginWithdrawal(books, entry, withdrawal)),
    async withdrawal(paymentHash) {
      const row = await withdrawals().where('payment_hash', '=', paymentHash).executeTakeFirst();
      return row === undefined ? null : withdrawalOf(row);
    },
    endWithdrawal: (paymentHash, end) =>
      books.commit((entry) => endWithdrawal(books, entry, paymentHash, end), { enqueues: true }),
    async listOpenTopUps(providerPubkey) {
      const open = topUps().where('provider_pubkey', '=', providerPubkey).where('state', '=', 'open');
      const rows = await open.orderBy('created_at').orderBy('payment_hash').execute();
      return rows.map(topUpOf);
    },
    async listOpenWithdrawals(providerPubkey) {
      const open = withdrawals().where('provider_pubkey', '=', providerPubkey).where('state', '=', 'paying');
      const rows = await open.orderBy('created_at').orderBy('payment_hash').execute();
      return rows.map(withdrawalOf);
    },
    async listCredited({ providerPubkey, limit, after }) {
      let page = topUps().where('provider_pubkey', '=', providerPubkey).where('state', '=', 'credited');
      if (after !== undefined)
        page = page.where((topUp) =>
          topUp(
            topUp.refTuple('created_at', 'payment_hash'),
            '>',
            topUp.tuple(BigInt(after.createdAt), after.paymentHash),
          ),
        );
      const rows = await page.orderBy('created_at').orderBy('payment_hash').limit(limit).execute();
      return rows.map(topUpOf);
    },
    owedMsat: (providerPubkey) => owedMsat(books.read, providerPubkey),
  };
}

async function openTopUp(
  books: Books,
  entry: Entry,
  wanted: Parameters<BalancesLedger['openTopUp']>[0],
  { maxBalanceMsat, maxOpen }: Parameters<BalancesLedger['openTopUp']>[1],
): ReturnType<BalancesLedger['openTopUp']> {
  const { trx, moved, inTurn } = entry;
  const { providerPubkey, customerPubkey, topUpId, amountMsat } = wanted;
  await inTurn(`balance ${providerPubkey} ${customerPubkey}`);
  const first = await topUpById(trx, wanted, topUpId);
  if (first !== null) return success({ topUp: first, created: false });
  const heldMsat = (await balanceToChange(trx, wanted)) ?? 0n;
  const open = await trx
    .selectFrom('balance_top_ups')
    .select((topUp) => [
      topUp.fn.countAll<bigint>().as('count'),
      sql<bigint>`cast(coalesce(sum(amount_msat), 0) as bigint)`.as('sum'),
    ])
    .where('provider_pubkey', '=', providerPubkey)
    .where('customer_pubkey', '=', customerPubkey)
    .where('state', '=', 'open')
    .executeTakeFirstOrThrow();
  if (open.count >= BigInt(maxOpen))
    return failure('too-many-top-ups', 'Pay a top-up that is open first, or let it run out.', { maxOpen });
  if (heldMsat + open.sum + amountMsat > maxBalanceMsat)
    return failure('balance-too-large', 'The balance would pass what is taken in advance here.', {
      maxBalanceMsat: maxBalanceMsat.toString(),
    });
  const now = books.now();
  const booked = await trx
    .insertInto('balance_top_ups')
    .values({
      payment_hash: wanted.paymentHash,
      provider_pubkey: providerPubkey,
      customer_pubkey: customerPubkey,
      top_up_id: topUpId,
      amount_msat: amountMsat,
      bolt11: wanted.bolt11,
      expires_at: wanted.expiresAt,
      state: 'open',
      created_at: now,
      updated_at: now,
    })
    .onConflict((conflict) => conflict.column('payment_hash').doNothing())
    .returningAll()
    .executeTakeFirst();
  if (booked === undefined) return hashReused();
  await enqueue(books, entry, wanted.publish);
  moved('balance.top-up-open');
  return success({ topUp: topUpOf(booked), created: true });
}

async function creditTopUp(
  books: Books,
  entry: Entry,
  paymentHash: string,
  { amountMsat, ...told }: Parameters<BalancesLedger['creditTopUp']>[1],
): Promise<Outcome<Msat, 'stale' | 'ended'>> {
  const { trx, moved } = entry;
  const row = await trx
    .selectFrom('balance_top_ups')
    .selectAll()
    .where('payment_hash', '=', paymentHash)
    .forUpdate()
    .executeTakeFirst();
  if (row === undefined || row.state === 'credited') return ended();
  const account = topUpOf(row);
  await beginBalance(trx, account);
  const heldMsat = (await balanceToChange(trx, account)) ?? 0n;
  if (heldMsat !== told.seenMsat) return stale();
  await trx
    .updateTable('balance_top_ups')
    .set({ state: 'credited', credited_msat: amountMsat, updated_at: books.now() })
    .where('payment_hash', '=', paymentHash)
    .execute();
  moved('balance.credited');
  return writeAndTell(books, entry, account, heldMsat + amountMsat, told);
}

async function beginWithdrawal(
  books: Books,
  { trx, moved, inTurn }: Entry,
  wanted: Parameters<BalancesLedger['beginWithdrawal']>[0],
): ReturnType<BalancesLedger['beginWithdrawal']> {
  const { providerPubkey, customerPubkey, withdrawalId, amountMsat, feeLimitMsat } = wanted;
  await inTurn(`balance ${providerPubkey} ${customerPubkey}`);
  const earlier = await trx
    .selectFrom('balance_withdrawals')
    .selectAll()
    .where('provider_pubkey', '=', providerPubkey)
    .where('customer_pubkey', '=', customerPubkey)
    .where((withdrawal) =>
      withdrawal.or([withdrawal('withdrawal_id', '=', withdrawalId), withdrawal('state', '=', 'paying')]),
    )
    .execute();
  const first = earlier.find(({ withdrawal_id }) => withdrawal_id === withdrawalId);
  if (first !== undefined) return success({ withdrawal: withdrawalOf(first), created: false });
  if (earlier.length > 0)
    return failure('withdrawal-open', 'Another withdrawal is being paid: one at a time.');
  const heldMsat = (await balanceToChange(trx, wanted)) ?? 0n;
  const neededMsat = amountMsat + feeLimitMsat;
  if (heldMsat < neededMsat) return balanceTooLow(heldMsat, neededMsat);
  const now = books.now();
  const booked = await trx
    .insertInto('balance_withdrawals')
    .values({
      payment_hash: wanted.paymentHash,
      provider_pubkey: providerPubkey,
      customer_pubkey: customerPubkey,
      withdrawal_id: withdrawalId,
      amount_msat: amountMsat,
      fee_limit_msat: feeLimitMsat,
      bolt11: wanted.bolt11,
      state: 'paying',
      created_at: now,
      updated_at: now,
    })
    .onConflict((conflict) => conflict.column('payment_hash').doNothing())
    .returningAll()
    .executeTakeFirst();
  if (booked === undefined) return hashReused();
  await writeBalance(trx, wanted, heldMsat - neededMsat);
  moved('balance.withdrawal-begun');
  return success({ withdrawal: withdrawalOf(booked), created: true });
}

async function endWithdrawal(
  books: Books,
  entry: Entry,
  paymentHash: string,
  end: Parameters<BalancesLedger['endWithdrawal']>[1],
): Promise<Outcome<Msat, 'stale' | 'ended'>> {
  const { trx, moved } = entry;
  const row = await trx
    .selectFrom('balance_withdrawals')
    .selectAll()
    .where('payment_hash', '=', paymentHash)
    .forUpdate()
    .executeTakeFirst();
  if (row?.state !== 'paying') return ended();
  const account = withdrawalOf(row);
  const heldMsat = (await balanceToChange(trx, account)) ?? 0n;
  if (heldMsat !== end.seenMsat) return stale();
  const backMsat = row.amount_msat + row.fee_limit_msat - withdrawalCostMsat(account, end);
  await trx
    .updateTable('balance_withdrawals')
    .set({
      state: end.state,
      ...(end.state === 'paid' ? { fee_paid_msat: end.feePaidMsat } : {}),
      updated_at: books.now(),
    })
    .where('payment_hash', '=', paymentHash)
    .execute();
  moved(`balance.withdrawal-${end.state}`);
  return writeAndTell(books, entry, account, heldMsat + backMsat, end);
}

async function writeAndTell(
  books: Books,
  entry: Entry,
  account: BalanceAccount,
  amountMsat: bigint,
  { publish }: BalanceTold,
): Promise<Outcome<Msat, never>> {
  await writeBalance(entry.trx, account, amountMsat);
  await enqueue(books, entry, publish);
  return success(msat(amountMsat));
}

async function topUpById(
  db: Kysely<LedgerSchema>,
  { providerPubkey, customerPubkey }: BalanceAccount,
  topUpId: string,
): Promise<TopUp | null> {
  const row = await db
    .selectFrom('balance_top_ups')
    .selectAll()
    .where('provider_pubkey', '=', providerPubkey)
    .where('customer_pubkey', '=', customerPubkey)
    .where('top_up_id', '=', topUpId)
    .executeTakeFirst();
  return row === undefined ? null : topUpOf(row);
}

async function owedMsat(db: Kysely<LedgerSchema>, providerPubkey: string): Promise<Msat> {
  const held = await db
    .selectFrom('balances')
    .select(sql<bigint>`cast(coalesce(sum(amount_msat), 0) as bigint)`.as('sum'))
    .where('provider_pubkey', '=', providerPubkey)
    .executeTakeFirstOrThrow();
  const leaving = await db
    .selectFrom('balance_withdrawals')
    .select(sql<bigint>`cast(coalesce(sum(amount_msat + fee_limit_msat), 0) as bigint)`.as('sum'))
    .where('provider_pubkey', '=', providerPubkey)
    .where('state', '=', 'paying')
    .executeTakeFirstOrThrow();
  const drawn = await db
    .selectFrom('sales')
    .select(sql<bigint>`cast(coalesce(sum(amount_msat), 0) as bigint)`.as('sum'))
    .where('provider_pubkey', '=', providerPubkey)
    .where(sql<boolean>`is_open = 1`)
    .where('exchange', '=', 'balance')
    .where('money', '=', 'locked')
    .executeTakeFirstOrThrow();
  return msat(held.sum + leaving.sum + drawn.sum);
}

function hashReused() {
  return failure('hash-reused', 'An invoice with this payment hash was booked before; make a new one.');
}

function stale() {
  return failure('stale', 'The balance was changed by somebody else; read it again.');
}

function ended() {
  return failure('ended', 'It was booked before; nothing was changed.');
}

function topUpOf(row: Selectable<LedgerSchema['balance_top_ups']>): TopUp {
  return {
    providerPubkey: row.provider_pubkey,
    customerPubkey: row.customer_pubkey,
    topUpId: row.top_up_id,
    amountMsat: msat(row.amount_msat),
    bolt11: row.bolt11,
    paymentHash: row.payment_hash,
    expiresAt: Number(row.expires_at),
    state: row.state,
    creditedMsat: row.credited_msat === null ? null : msat(row.credited_msat),
    createdAt: Number(row.created_at),
    updatedAt: Number(row.updated_at),
  };
}

function withdrawalOf(row: Selectable<LedgerSchema['balance_withdrawals']>): BalanceWithdrawal {
  return {
    providerPubkey: row.provider_pubkey,
    customerPubkey: row.customer_pubkey,
    withdrawalId: row.withdrawal_id,
    amountMsat: msat(row.amount_msat),
    feeLimitMsat: msat(row.fee_limit_msat),
    feePaidMsat: row.fee_paid_msat === null ? null : msat(row.fee_paid_msat),
    bolt11: row.bolt11,
    paymentHash: row.payment_hash,
    state: row.state,
    createdAt: Number(row.created_at),
    updatedAt: Number(row.updated_at),
  };
}
