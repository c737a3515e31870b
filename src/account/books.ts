import {
  journalOfPayment,
  journalOfPurchase,
  journalOfSale,
  trialBalance,
  type JournalAccount,
  type JournalEntry,
  type Ledger,
} from '../ledger/index.ts';
import { allPayments, allPurchases, allSales } from './pages.ts';

/** What one job, or one payment for something else, did to the money of a key. */
export interface BookedItem {
  readonly type: 'sale' | 'purchase' | 'payment';
  /** The id of the request, or the hash of the payment. */
  readonly id: string;
  readonly state: string;
  readonly journal: readonly JournalEntry[];
}

/** Everything of a key that moved money, in double entry: sales, purchases, other payments, each oldest first. */
export async function* readBooks(ledger: Ledger, pubkey: string): AsyncGenerator<BookedItem> {
  for await (const sale of allSales(ledger, pubkey)) {
    const journal = journalOfSale(sale, await ledger.sales.receipts(sale));
    const state = `${sale.work}, ${sale.money}`;
    if (journal.length > 0) yield { type: 'sale', id: sale.requestId, state, journal };
  }
  for await (const purchase of allPurchases(ledger, pubkey)) {
    const { requestId: id, state } = purchase;
    const journal = journalOfPurchase(purchase, await ledger.purchases.payments(id));
    if (journal.length > 0) yield { type: 'purchase', id, state, journal };
  }
  for await (const payment of allPayments(ledger, pubkey)) {
    const { paymentHash: id, purpose, state, requestId } = payment;
    if (requestId === null)
      yield { type: 'payment', id, state: `${purpose}, ${state}`, journal: journalOfPayment(payment) };
  }
}

/** The sum of every account over all the books, while each item is told. The sums together are zero. */
export async function totalBooks(
  ledger: Ledger,
  pubkey: string,
  onItem: (item: BookedItem) => void,
): Promise<ReadonlyMap<JournalAccount, bigint>> {
  const totals = new Map<JournalAccount, bigint>();
  for await (const item of readBooks(ledger, pubkey)) {
    onItem(item);
    for (const [account, sumMsat] of trialBalance(item.journal))
      totals.set(account, (totals.get(account) ?? 0n) + sumMsat);
  }
  return totals;
}
