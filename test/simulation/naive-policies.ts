import type { Choice, ComparedOffer } from '../../src/customer/index.ts';

/** What most buyers of jobs do today: the lowest number wins, however the money is to be paid. */
export function naiveCheapest(offers: readonly ComparedOffer[]): Choice | null {
  return least(offers, ({ amountMsat }) => Number(amountMsat), 'cheapest');
}

/** Who says to be the fastest wins. */
export function naiveFastest(offers: readonly ComparedOffer[]): Choice | null {
  return least(offers, ({ usualSeconds }) => usualSeconds ?? Infinity, 'fastest');
}

function least(
  offers: readonly ComparedOffer[],
  figure: (offer: ComparedOffer) => number,
  why: string,
): Choice | null {
  const [first] = offers.toSorted(
    (one, other) => figure(one) - figure(other) || Number(one.amountMsat - other.amountMsat),
  );
  return first === undefined ? null : { offerId: first.id, why: [why] };
}
