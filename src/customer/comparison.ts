import type { PurchaseState } from '../ledger/index.ts';
import type { ExchangeRisk, Msat } from '../protocol/index.ts';
import type { Choice } from './buying-policy.ts';
import type { OfferFailureCode } from './errors.ts';
import type { Offer } from './offer.ts';
import type { ProviderRecord } from '../reputation/index.ts';

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

/** All offers for one request side by side, as they stand now. */
export interface OfferComparison {
  readonly requestId: string;
  readonly state: PurchaseState;
  /** Offers are still awaited; later ones are compared too, as long as none is taken. */
  readonly collecting: boolean;
  /** Those that may be taken, cheapest first by what they cost at most. */
  readonly offers: readonly ComparedOffer[];
  /** Those that may not, and why. */
  readonly refused: readonly { readonly offer: Offer; readonly code: OfferFailureCode }[];
  /** What was taken; before that, what the policy would take now; `null` when that is nothing. */
  readonly choice: Choice | null;
}
