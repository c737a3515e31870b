import type { Msat } from '../protocol/index.ts';
import type { ComparedOffer } from './compared-offer.ts';

/** What a policy takes, and why. */
export interface Choice {
  readonly offerId: string;
  /** For people, the weightiest reason first: each a short clause such as “cheapest of 3”. */
  readonly why: readonly string[];
}

/**
 * An offer that a policy will never take: of a provider that took our money for nothing (`distrusted`), or that the
 * customer does not want to buy from (`blocked`).
 */
export interface LeftOffer {
  readonly offerId: string;
  readonly providerPubkey: string;
  readonly code: 'distrusted' | 'blocked';
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
  /**
   * Those of the offers that it will never take, whatever else comes. Where these are all, and nobody else is expected
   * to answer, the purchase ends before its deadline. A policy that does not say it waits.
   */
  readonly leaves?: ((offers: readonly ComparedOffer[]) => readonly LeftOffer[]) | undefined;
}

/** The policy with what a wish has of its own. Whoever chooses otherwise also leaves other offers. */
export function policyOfWish(policy: BuyingPolicy, own: Partial<BuyingPolicy> = {}): BuyingPolicy {
  const leaves = own.choose === undefined ? policy.leaves : undefined;
  return { ...policy, leaves, ...own };
}
