import type { Order } from '../../ledger/index.ts';
import type { Outcome } from '../../protocol/index.ts';
import type { BuyingPolicy } from '../buying-policy.ts';
import type { Following } from '../follow.ts';
import type { CustomerContext } from '../run.ts';
import type { Stepper } from '../stepper.ts';
import type { IsSame } from './agreement.ts';
import type { OrderFailureCode } from './order-errors.ts';
import type { OrderReceipt } from './order.ts';
import type { OrderPlan } from './plan.ts';

/** What every stage of an order works with. */
export interface OrderContext extends CustomerContext {
  readonly following: Following;
}

/** One order being followed. Everything but `order` may be lost in a crash and is learnt again. */
export interface OrderRun {
  readonly orderId: string;
  readonly plan: OrderPlan;
  /** That of whoever placed the order last in this process. */
  policy: BuyingPolicy;
  readonly stepper: Stepper;
  readonly outcome: PromiseWithResolvers<Outcome<OrderReceipt, OrderFailureCode>>;
  /** The opened contents of what was delivered, by request id. */
  readonly contents: Map<string, string>;
  /** As last read from the ledger. */
  order: Order;
  /** `null` while the caller's own judgement is not known to this process: until then nothing is decided or begun. */
  isSame: IsSame | null;
  /** Its signal has aborted. */
  withdrawn: boolean;
}
