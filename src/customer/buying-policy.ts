import type { Msat } from '../protocol/index.ts';
import type { ComparedOffer } from './compared-offer.ts';

/** What a policy takes, and why. */
export interface Choice {
  readonly offerId: string;
  /** For people, the weightiest reason first: each a short clause such as “cheapest of 3”. */
  readonly why: readonly string[];
}

/** How long to compare and what to take. */
export interface BuyingPolicy {
  /**
   * The longest that better offers are waited for after the first eligible one, in milliseconds. The wait ends earlier
   * when nobody is left who might answer, or when no saving could be worth it any more (`timeValueMsat`).
   */
  readonly offerWaitMs: number;
  /** What a second of waiting costs the customer; time costs nothing when left out. */
  readonly timeValueMsat?: Msat;
  /** Picks one of the eligible offers, or `null` to wait for others until the deadline. */
  readonly choose: (offers: readonly ComparedOffer[]) => Choice | null;
}
