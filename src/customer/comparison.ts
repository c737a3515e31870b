import type { PurchaseState } from '../ledger/index.ts';
import type { Choice, LeftOffer } from './buying-policy.ts';
import type { ComparedOffer } from './compared-offer.ts';
import type { OfferFailureCode } from './errors.ts';
import type { Offer } from './offer.ts';

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
  /** Those of `offers` that the policy never takes by itself, as long as none is taken. */
  readonly left: readonly LeftOffer[];
  /** What was taken; before that, what the policy would take now; `null` when that is nothing. */
  readonly choice: Choice | null;
}
