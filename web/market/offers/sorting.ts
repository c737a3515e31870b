import type { ComparedOffer } from '../../../src/customer/index.ts';
import type { ListedService } from '../../../src/directory/index.ts';

/** By what offers can be put in order. */
export const OFFER_SORTS = ['price', 'time', 'record', 'life'] as const;

/** One of `OFFER_SORTS`. */
export type OfferSort = (typeof OFFER_SORTS)[number];

/** An offer beside what the directory says of its provider. */
export interface OfferLine {
  readonly offer: ComparedOffer;
  /** `null` when its provider announces nothing of this kind. */
  readonly service: ListedService | null;
}

/** The offers in that order, the most wanted first; what is unknown comes last, and equal ones go by price. */
export function sortOffers(lines: readonly OfferLine[], sort: OfferSort): OfferLine[] {
  const byPrice = (left: OfferLine, right: OfferLine) => compare(left.offer.totalMsat, right.offer.totalMsat);
  const orders: Record<OfferSort, (left: OfferLine, right: OfferLine) => number> = {
    price: byPrice,
    time: (left, right) => compare(left.offer.usualSeconds ?? Infinity, right.offer.usualSeconds ?? Infinity),
    record: (left, right) => compare(reliability(right), reliability(left)),
    life: (left, right) => compare(lastSign(right), lastSign(left)),
  };
  return lines.toSorted((left, right) => orders[sort](left, right) || byPrice(left, right));
}

function reliability({ offer }: OfferLine): number {
  return offer.record?.reliability?.low ?? -1;
}

function lastSign({ service }: OfferLine): number {
  return service?.liveness.lastSignAt ?? 0;
}

function compare(left: bigint | number, right: bigint | number): number {
  return left < right ? -1 : left > right ? 1 : 0;
}
