import type { ExchangeRisk, Msat } from '../protocol/index.ts';
import type { ProviderRecord } from '../reputation/index.ts';
import type { Offer } from './offer.ts';

/** An offer that passed every check, with its price settled. */
export interface EligibleOffer extends Offer {
  readonly amountMsat: Msat;
  /** The most that the wallet may pay for routing on top. */
  readonly feeLimitMsat: Msat;
}

/** An eligible offer beside what there is to weigh it by. */
export interface ComparedOffer extends EligibleOffer {
  /** The price with the worst fee: what is reserved, and the most that can leave the wallet. */
  readonly totalMsat: Msat;
  /** How far its exchange mode exposes the money, and what the provider must be trusted for, in words. */
  readonly exposure: Pick<ExchangeRisk, 'exposure' | 'customerTrusts'>;
  /** What is known of its provider; `null` when nothing is, or nobody was asked. */
  readonly record: ProviderRecord | null;
}
