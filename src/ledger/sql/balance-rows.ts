import type { Kysely } from 'kysely';
import { failure } from '../../protocol/index.ts';
import type { BalanceAccount } from '../balances.ts';
import { drawnMsatOf } from '../legal-moves.ts';
import type { Sale, SaleChange } from '../sales.ts';
import type { LedgerSchema } from './schema.ts';

/** By how much a change of a sale moves the balance of its customer: less for what is drawn, more for what is given back. */
export function balanceShiftOf(seen: Sale, change: SaleChange): bigint {
  const after = {
    exchange: change.exchange ?? seen.exchange,
    money: change.money ?? seen.money,
    quote: change.quote ?? seen.quote,
    goodwill: change.goodwill ?? seen.goodwill,
  };
  return drawnMsatOf(seen) - drawnMsatOf(after);
}

/** What a customer has, for whoever changes it: nobody else does before the commit. `null` when it never had any. */
export async function balanceToChange(
  trx: Kysely<LedgerSchema>,
  { providerPubkey, customerPubkey }: BalanceAccount,
): Promise<bigint | null> {
  const row = await trx
    .selectFrom('balances')
    .select('amount_msat')
    .where('provider_pubkey', '=', providerPubkey)
    .where('customer_pubkey', '=', customerPubkey)
    .forUpdate()
    .executeTakeFirst();
  return row?.amount_msat ?? null;
}

/** Makes the first balance of a customer, of nothing: what is not there yet can be locked by nobody. */
export async function beginBalance(
  trx: Kysely<LedgerSchema>,
  { providerPubkey, customerPubkey }: BalanceAccount,
): Promise<void> {
  await trx
    .insertInto('balances')
    .values({ provider_pubkey: providerPubkey, customer_pubkey: customerPubkey, amount_msat: 0n })
    .onConflict((conflict) => conflict.columns(['provider_pubkey', 'customer_pubkey']).doNothing())
    .execute();
}

/** Writes what a customer has now; the database refuses less than nothing. */
export async function writeBalance(
  trx: Kysely<LedgerSchema>,
  { providerPubkey, customerPubkey }: BalanceAccount,
  amountMsat: bigint,
): Promise<void> {
  await trx
    .insertInto('balances')
    .values({ provider_pubkey: providerPubkey, customer_pubkey: customerPubkey, amount_msat: amountMsat })
    .onConflict((conflict) =>
      conflict.columns(['provider_pubkey', 'customer_pubkey']).doUpdateSet({ amount_msat: amountMsat }),
    )
    .execute();
}

/** The refusal, with what is missing. */
export function balanceTooLow(heldMsat: bigint, neededMsat: bigint) {
  return failure('balance-too-low', 'The prepaid balance is too low for that: top it up.', {
    shortfallMsat: (neededMsat - heldMsat).toString(),
  });
}
