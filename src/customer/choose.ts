import { EXCHANGE_RISKS, EXPOSURES, type Msat } from '../protocol/index.ts';
import type { Offer } from './offer.ts';

/** An offer that passed every check, with its price settled. */
export interface EligibleOffer extends Offer {
  readonly amountMsat: Msat;
}

/** How long to compare and what to take. */
export interface BuyingPolicy {
  /** Milliseconds to wait for better offers after the first eligible one. Targets that have all answered end the wait. */
  readonly offerWaitMs: number;
  /** Picks one of the eligible offers, or `null` to wait for others until the deadline. */
  readonly choose: (offers: readonly EligibleOffer[]) => EligibleOffer | null;
}

/** Takes the cheapest of the safest offers after a second of comparing. */
export const DEFAULT_POLICY: BuyingPolicy = { offerWaitMs: 1000, choose: cheapestOffer };

/**
 * The cheapest of the offers that expose the customer's money least: `guarded` modes before `sampled` ones before
 * `advanced` ones (see `EXCHANGE_RISKS`), so that somebody who means to take the money and go cannot win by
 * asking for less. Among equals one that is delivered already, then the one that is usually faster (unknown times
 * last), then the earlier one.
 */
export function cheapestOffer(offers: readonly EligibleOffer[]): EligibleOffer | null {
  return offers.reduce<EligibleOffer | null>(
    (best, offer) => (best === null || compareOffers(offer, best) < 0 ? offer : best),
    null,
  );
}

/** A total order, so that the choice does not depend on the order in which relays delivered the offers. */
function compareOffers(left: EligibleOffer, right: EligibleOffer): number {
  const byExposure = exposureRank(left) - exposureRank(right);
  if (byExposure !== 0) return byExposure;
  if (left.amountMsat !== right.amountMsat) return left.amountMsat < right.amountMsat ? -1 : 1;
  if (left.delivered !== right.delivered) return left.delivered ? -1 : 1;
  const byTime = (left.usualSeconds ?? Infinity) - (right.usualSeconds ?? Infinity);
  if (byTime !== 0 && !Number.isNaN(byTime)) return byTime;
  if (left.createdAt !== right.createdAt) return left.createdAt - right.createdAt;
  return left.id < right.id ? -1 : 1;
}

/** Of what is delivered and readable nothing can be withheld any more. */
function exposureRank({ exchange, delivered, reveal }: EligibleOffer): number {
  const isHere = delivered && reveal === null;
  return isHere ? 0 : EXPOSURES.indexOf(EXCHANGE_RISKS[exchange].exposure);
}
