import type { JobPlan, Msat } from '../../protocol/index.ts';

/** What a person asks for one job, after looking at its request. */
export interface TermsByHand {
  /** Zero gives the work away. */
  readonly amountMsat: Msat;
  /** How long it will take from the payment on; at worst means that it is late after that, and paid back. */
  readonly usualSeconds: number;
  readonly worstSeconds: number;
  /** Said to the customer beside the offer; `null` for nothing. */
  readonly note: string | null;
  /**
   * What may follow the job: milestones at these prices and in these times, revisions for nothing. Its customer asks for
   * each by a request of its own, which is then quoted as agreed and worked on without a further decision.
   */
  readonly plan?: JobPlan;
}
