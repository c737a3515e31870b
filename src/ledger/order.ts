import type { Msat } from '../protocol/index.ts';
import type { OrderState } from './states.ts';

/** Several purchases under one cap. */
export interface Order {
  readonly orderId: string;
  readonly customerPubkey: string;
  /** What is wanted, in the words of whoever carries it out. */
  readonly plan: string;
  /** The most that its purchases may cost together, fees included. */
  readonly maxTotalMsat: Msat;
  /** Until when purchases are begun, unix seconds. */
  readonly deadlineAt: number;
  readonly state: OrderState;
  /** What came of it, in the words of whoever carried it out; `null` while it is open. */
  readonly verdict: string | null;
  readonly openedAt: number;
  readonly updatedAt: number;
  /** Grows with every move, and with every purchase that is opened or approved for it. */
  readonly version: number;
}
