import { journalOfSale, trialBalance, type Ledger } from '../ledger/index.ts';
import { msat, type Msat } from '../protocol/index.ts';
import { owingSales } from './pages.ts';

/** What of the money in a provider's wallet belongs to its customers: paid and not delivered, or to be given back. */
export async function owedMsat(ledger: Ledger, providerPubkey: string): Promise<Msat> {
  let owed = 0n;
  for await (const sale of owingSales(ledger, providerPubkey)) {
    const sums = trialBalance(journalOfSale(sale, await ledger.sales.receipts(sale)));
    owed -= sums.get('owed-to-customers') ?? 0n;
  }
  return msat(owed > 0n ? owed : 0n);
}
