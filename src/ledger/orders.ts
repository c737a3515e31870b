import type { Msat, Outcome } from '../protocol/index.ts';
import type { Order } from './order.ts';
import type { IdempotencyKey, NewPurchase, Purchase } from './purchases.ts';

/** The books of orders. Every method is one durable transaction. */
export interface OrdersLedger {
  /** Books an order; a repeat, or a key that named one before, returns the first. `key-used` as for purchases. */
  open(order: {
    readonly orderId: string;
    readonly customerPubkey: string;
    readonly plan: string;
    readonly maxTotalMsat: Msat;
    readonly deadlineAt: number;
    readonly key?: IdempotencyKey;
  }): Promise<Outcome<{ readonly order: Order; readonly created: boolean }, 'key-used'>>;
  get(orderId: string): Promise<Order | null>;
  /** Opens one more purchase of an open order, from the version that the caller saw. */
  addPurchase(seen: Order, purchase: NewPurchase): Promise<Outcome<Purchase, 'stale' | 'illegal-move'>>;
  /** `open → decided`, for good. */
  decide(seen: Order, verdict: string): Promise<Outcome<Order, 'stale' | 'illegal-move'>>;
  /** `decided → closed`. */
  close(seen: Order): Promise<Outcome<Order, 'stale' | 'illegal-move'>>;
  /** Its purchases, oldest first. */
  purchases(orderId: string): Promise<Purchase[]>;
  /**
   * What its purchases have cost, or may still cost: amounts and fees, with the fee limit where the fee is not known
   * yet, less what came back. This is what the cap is held against.
   */
  spent(orderId: string): Promise<ReadonlyMap<string, Msat>>;
  /** Orders that are not closed, oldest first. */
  listOpen(customerPubkey: string): Promise<Order[]>;
}
