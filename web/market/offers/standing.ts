import type { OfferLine } from './sorting.ts';

/**
 * The offer that somebody looks at before taking it, as its provider makes it now: who began for nothing or on a promise
 * replaces its offer by the result. What costs more, or is paid otherwise, is another offer: then the one that is looked
 * at stays as it is, and the engine says that it is gone.
 */
export function standingFor(looked: OfferLine, lines: readonly OfferLine[]): OfferLine {
  const { offer } = looked;
  const isThis = (line: OfferLine) => line.offer.id === offer.id;
  const replacesIt = (line: OfferLine) =>
    line.offer.providerPubkey === offer.providerPubkey &&
    line.offer.exchange === offer.exchange &&
    line.offer.amountMsat <= offer.amountMsat &&
    line.offer.totalMsat <= offer.totalMsat;
  return lines.find(isThis) ?? lines.find(replacesIt) ?? looked;
}
