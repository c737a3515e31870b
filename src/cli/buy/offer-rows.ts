import type { ComparedOffer, LeftOffer, Offer, OfferComparison } from '../../customer/index.ts';
import { formatSats, type JobPlan } from '../../protocol/index.ts';
import { withoutControls, type Output } from '../output.ts';
import { deliveredWords, ratingWords, timeWords } from '../record-words.ts';

const COLUMNS = ['', 'offer', 'provider', 'sats', 'by', 'eta', 'paid→done', 'rated', 'risk'];

/** Prints all offers for one request side by side: those that may be taken, then those that may not, and why. */
export function printOffers(comparison: OfferComparison, output: Output): void {
  const { offers, refused } = comparison;
  output.rows(COLUMNS, output.json ? offerFacts(comparison) : offerRows(comparison));
  if (offers.length + refused.length === 0) output.note('No offer is here yet.');
  for (const { id, plan } of output.json ? [] : offers)
    if (plan !== null) output.note(`${id.slice(0, 12)} promises further: ${planWords(plan)}`);
}

/** The offers as people compare them; the one that would be taken is marked. */
export function offerRows({
  offers,
  refused,
  left,
  choice,
}: OfferComparison): Readonly<Record<string, unknown>>[] {
  const leftAs = codesOf(left);
  return [
    ...offers.map((offer) => ({
      '': offer.id === choice?.offerId ? '*' : '',
      ...whoAndHow(offer),
      sats: Number(offer.amountMsat) / 1000,
      'paid→done': deliveredWords(offer.record),
      rated: ratingWords(offer.record),
      risk: leftAs.has(offer.id) ? `left aside: ${leftAs.get(offer.id)}` : offer.exposure.exposure,
    })),
    ...refused.map(({ offer, code }) => ({
      ...whoAndHow(offer),
      sats: offer.amountMsat === null ? '?' : Number(offer.amountMsat) / 1000,
      risk: `not taken: ${code}`,
    })),
  ];
}

/** What an offer promises beyond its job: each step has its own request and price. */
function planWords({ milestones, revisions }: JobPlan): string {
  const steps = milestones.map(
    ({ amountMsat, title }) => `“${onOneLine(title)}” for ${formatSats(amountMsat)}`,
  );
  return [...steps, ...(revisions === 0 ? [] : [`${revisions} revision(s) for nothing`])].join(', ');
}

function onOneLine(text: string): string {
  return withoutControls(text.replace(/\s+/gu, ' '));
}

function codesOf(left: readonly LeftOffer[]): ReadonlyMap<string, LeftOffer['code']> {
  return new Map(left.map(({ offerId, code }) => [offerId, code]));
}

function whoAndHow({ id, providerPubkey, exchange, usualSeconds, worstSeconds }: Offer) {
  return {
    offer: id.slice(0, 12),
    provider: providerPubkey.slice(0, 12),
    by: exchange,
    eta: timeWords(usualSeconds, worstSeconds),
  };
}

function offerFacts(comparison: OfferComparison): Readonly<Record<string, unknown>>[] {
  const { requestId, offers, refused, left, choice } = comparison;
  const leftAs = codesOf(left);
  return [
    ...offers.map((offer) => ({
      requestId,
      ...factsOf(offer),
      totalMsat: offer.totalMsat,
      exposure: offer.exposure.exposure,
      record: recordFacts(offer),
      chosen: offer.id === choice?.offerId,
      why: offer.id === choice?.offerId ? choice.why : [],
      leftAside: leftAs.get(offer.id) ?? null,
      refused: null,
    })),
    ...refused.map(({ offer, code }) => ({ requestId, ...factsOf(offer), chosen: false, refused: code })),
  ];
}

function factsOf(offer: Offer) {
  return {
    offer: offer.id,
    provider: offer.providerPubkey,
    amountMsat: offer.amountMsat,
    exchange: offer.exchange,
    usualSeconds: offer.usualSeconds,
    worstSeconds: offer.worstSeconds,
    validUntil: offer.validUntil,
    delivered: offer.delivered,
    rescue: offer.rescue,
    plan: offer.plan,
  };
}

function recordFacts({ record }: ComparedOffer) {
  if (record === null) return null;
  const { paidJobs, reliability, ratings, usualSeconds } = record;
  return { paidJobs, reliability, ratings, usualSeconds };
}
