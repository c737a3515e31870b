import type { OrdersLedger } from './orders.ts';
import type { Outbox } from './outbox.ts';
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
  close(): Promise<void>;
}
