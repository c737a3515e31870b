import type { Ledger } from '../ledger.ts';
import type { Books } from './books.ts';
import { sqlBalances } from './balances.ts';
import { sqlDuties } from './duties.ts';
import { sqlOrders } from './orders.ts';
import { sqlOutbox } from './outbox.ts';
import { sqlPrepaid } from './prepaid.ts';
import { sqlPurchases } from './purchases.ts';
import { sqlSales } from './sales.ts';
import { sqlSpending } from './spending.ts';
import { checkWritable } from './write-check.ts';

/** The parts of a ledger over these books, whatever they are stored in. */
export function ledgerOver(books: Books): Omit<Ledger, 'isShared' | 'close'> {
  return {
    sales: sqlSales(books),
    purchases: sqlPurchases(books),
    orders: sqlOrders(books),
    spending: sqlSpending(books),
    outbox: sqlOutbox(books),
    duties: sqlDuties(books),
    balances: sqlBalances(books),
    prepaid: sqlPrepaid(books),
    hearOfWork: (wake) => books.workBell.listen(wake),
    checkWritable: () => checkWritable(books),
  };
}
