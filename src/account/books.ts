import type { EcashMovement, EcashWallet } from '../ecash/index.ts';
import {
  ECASH_PURPOSE,
  entries,
  journalOfPayment,
  journalOfPurchase,
  journalOfPrepaidWithdrawal,
  journalOfSale,
  journalOfTopUp,
  transfer,
  trialBalance,
  type ClientBooks,
  type JournalAccount,
  type JournalEntry,
  type Ledger,
} from '../ledger/index.ts';
import {
  journalOfEcash,
  movementsOfPurchase,
  movementsOfSale,
  returnedMsat,
  type JobsMovements,
} from './ecash-journal.ts';
import { allPayments, allPurchases, allSales, creditedTopUps } from './pages.ts';

/** What one job, one payment for something else or by a client of a gateway, or one use of ecash for neither did to the money of a key. */
export interface BookedItem {
  readonly type: 'sale' | 'purchase' | 'payment' | 'balance' | 'client' | 'ecash';
  /** The id of the request, the hash of the payment, or the key of the ecash operation. */
  readonly id: string;
  readonly state: string;
  readonly journal: readonly JournalEntry[];
}

/** Whose books are read: of a key, in the ledger and, where mints are trusted, in its ecash wallet. */
export interface BooksOf {
  readonly ledger: Ledger;
  readonly ecash: EcashWallet | null;
  readonly pubkey: string;
  /** Of the gateway that uses the same account, where there is one. */
  readonly clients?: ClientBooks | undefined;
}

/**
 * Everything of a key that moved money, in double entry: sales, purchases, other payments, what clients paid, each
 * oldest first, and then the ecash that belongs to none of them. What a job's ecash cost at its mint is booked with the job.
 */
export async function* readBooks({ ledger, ecash, pubkey, clients }: BooksOf): AsyncGenerator<BookedItem> {
  const seen = new Set<string>();
  const ecashEntries = (movements: JobsMovements): JournalEntry[] =>
    movements.flatMap(([movement, booked]) => {
      seen.add(nameOf(movement));
      return journalOfEcash(movement, booked);
    });
  for await (const sale of allSales(ledger, pubkey)) {
    const receipts = await ledger.sales.receipts(sale);
    const movements = ecash === null ? [] : await movementsOfSale(ecash, sale, receipts);
    const journal = [...journalOfSale(sale, receipts), ...ecashEntries(movements)];
    const state = `${sale.work}, ${sale.money}`;
    if (journal.length > 0) yield { type: 'sale', id: sale.requestId, state, journal };
  }
  for await (const purchase of allPurchases(ledger, pubkey)) {
    const { requestId: id, state } = purchase;
    const payments = await ledger.purchases.payments(id);
    const all = ecash === null ? [] : await movementsOfPurchase(ecash, purchase, payments);
    const movements = all.filter(([movement]) => !seen.has(nameOf(movement)));
    const journal = [
      ...journalOfPurchase(purchase, payments, returnedMsat(movements)),
      ...ecashEntries(movements),
    ];
    if (journal.length > 0) yield { type: 'purchase', id, state, journal };
  }
  for await (const payment of allPayments(ledger, pubkey)) {
    const { paymentHash: id, purpose, state, requestId } = payment;
    if (requestId === null && purpose !== ECASH_PURPOSE)
      // the books of the ecash have it
      yield { type: 'payment', id, state: `${purpose}, ${state}`, journal: journalOfPayment(payment) };
  }
  for await (const topUp of creditedTopUps(ledger, pubkey))
    yield {
      type: 'balance',
      id: topUp.paymentHash,
      state: 'top-up, credited',
      journal: journalOfTopUp(topUp),
    };
  for (const withdrawal of await ledger.prepaid.listWithdrawals(pubkey)) {
    const journal = journalOfPrepaidWithdrawal(withdrawal);
    const state = `withdrawal, ${withdrawal.state}`;
    if (journal.length > 0) yield { type: 'balance', id: withdrawal.paymentHash, state, journal };
  }
  for await (const { paymentHash: id, state, journal } of clients?.receipts() ?? [])
    yield { type: 'client', id, state, journal };
  if (ecash !== null) yield* otherEcash(ecash, seen);
}

async function* otherEcash(ecash: EcashWallet, seen: ReadonlySet<string>): AsyncGenerator<BookedItem> {
  for await (const movement of ecash.movements()) {
    if (seen.has(nameOf(movement))) continue;
    const { kind, key: id, state } = movement;
    const journal = journalOfEcash(movement, 'nothing');
    if (journal.length > 0) yield { type: 'ecash', id, state: `${kind}, ${state}`, journal };
  }
  for (const { mintUrl: id, foundMsat } of await ecash.holdings()) {
    const journal = entries(transfer('found', foundMsat, 'unexplained', 'ecash'));
    if (journal.length > 0) yield { type: 'ecash', id, state: 'found again', journal };
  }
}

function nameOf({ kind, key }: EcashMovement): string {
  return `${kind} ${key}`;
}

/** The sum of every account over all the books, while each item is told. The sums together are zero. */
export async function totalBooks(
  books: BooksOf,
  onItem: (item: BookedItem) => void,
): Promise<ReadonlyMap<JournalAccount, bigint>> {
  const totals = new Map<JournalAccount, bigint>();
  for await (const item of readBooks(books)) {
    onItem(item);
    for (const [account, sumMsat] of trialBalance(item.journal))
      totals.set(account, (totals.get(account) ?? 0n) + sumMsat);
  }
  return totals;
}
