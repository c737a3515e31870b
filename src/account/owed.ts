import { journalOfSale, trialBalance, type Ledger, type Sale } from '../ledger/index.ts';
import { msat, type Msat } from '../protocol/index.ts';
import { owingSales } from './pages.ts';

/** What of the money in a provider's wallet belongs to its customers: prepaid, paid and not delivered, or to be given back. */
export async function owedMsat(ledger: Ledger, providerPubkey: string): Promise<Msat> {
  let owed: bigint = await ledger.balances.owedMsat(providerPubkey);
  for await (const sale of owingSales(ledger, providerPubkey)) owed += await balanceOf(ledger, sale);
  return msat(owed > 0n ? owed : 0n);
}

/** What of it belongs to the customer of one sale. */
export async function owedForSale(ledger: Ledger, sale: Sale): Promise<Msat> {
  const owed = await balanceOf(ledger, sale);
  return msat(owed > 0n ? owed : 0n);
}

async function balanceOf(ledger: Ledger, sale: Sale): Promise<bigint> {
  const sums = trialBalance(journalOfSale(sale, await ledger.sales.receipts(sale)));
  return -(sums.get('owed-to-customers') ?? 0n);
}
