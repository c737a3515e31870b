import type { BalancesLedger } from './balances.ts';
import type { Duties } from './duties.ts';
import type { OrdersLedger } from './orders.ts';
import type { Outbox } from './outbox.ts';
import type { PrepaidLedger } from './prepaid.ts';
import type { PurchasesLedger } from './purchases.ts';
import type { SalesLedger } from './sales.ts';
import type { SpendingLedger } from './spending.ts';

/**
 * A place in the code where a crash would matter, named so that the crash harness can end the process
 * exactly there. Production passes nothing.
 */
export type Checkpoint = (name: string) => void;

/** The durable books of one process or one team: what is sold, what is bought, what must be published. */
export interface Ledger {
  readonly sales: SalesLedger;
  readonly purchases: PurchasesLedger;
  readonly orders: OrdersLedger;
  readonly spending: SpendingLedger;
  readonly outbox: Outbox;
  readonly duties: Duties;
  /** What customers have prepaid here. */
  readonly balances: BalancesLedger;
  /** What was prepaid with providers. */
  readonly prepaid: PrepaidLedger;
  /** Whether processes on several machines write these books: what one of them reads may be on its way in another. */
  readonly isShared: boolean;
  /**
   * Calls `wake` when another process may have left work that waits to be claimed, until the returned function is
   * called. A hint that may be lost.
   */
  hearOfWork(wake: () => void): () => void;
  /** Writes one row, so that a disk that is full or read-only shows before a sale meets it. Rejects as every call does then. */
  checkWritable(): Promise<void>;
  close(): Promise<void>;
}
