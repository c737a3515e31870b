import type { BuyingPolicy, Choice, LeftOffer } from '../buying-policy.ts';
import type { ComparedOffer } from '../compared-offer.ts';
import { exposureRank, usualPriceMsat, prospectOf, type Prospect } from './prospect.ts';
import { reasonsFor, type Reason } from './reasons.ts';

/** The ready-made policies, by the name under which people choose them. */
export type PolicyName = 'balanced' | 'cheapest' | 'fastest' | 'best';

/** What a job that comes to nothing costs its customer besides the money, in prices that are usual for it. */
const FAILURE_PRICES = 4;
/** What a minute of waiting is worth, in the same. */
const MINUTE_PRICES = 0.2;
/** A job that comes to nothing is usually found out after this long. */
const FAILURE_SECONDS = 150;

/** Numbers to compare prospects by, the weightiest first; the lowest wins. */
type Order = (prospects: readonly Prospect[]) => (prospect: Prospect) => readonly number[];

const price = ({ offer }: Prospect): number => Number(offer.totalMsat);
const exposure = (prospect: Prospect): number => exposureRank(prospect.exposure);
const failure = ({ chance }: Prospect): number => 1 - chance;
const seconds = (prospect: Prospect): number => prospect.seconds;
/** How little the record proves. */
const doubt = ({ offer }: Prospect): number => 1 - (offer.record?.reliability?.low ?? 0);

/**
 * The lowest expected cost: the price; what a failure costs on top (the part of the price that is lost, and the trouble
 * of a job that came to nothing), as likely as record and mode make it; and the time.
 */
const byExpectedCost: Order = (prospects) => {
  const usual = Number(usualPriceMsat(prospects));
  const expectedCost = (prospect: Prospect): number => {
    const failed = price(prospect) * prospect.lossShare + usual * FAILURE_PRICES;
    return price(prospect) + failure(prospect) * failed + usual * (seconds(prospect) / 60) * MINUTE_PRICES;
  };
  return (prospect) => [
    expectedCost(prospect),
    price(prospect),
    exposure(prospect),
    failure(prospect),
    seconds(prospect),
    doubt(prospect),
  ];
};

/** The lowest price of those that expose the money least, so that nobody wins by asking for less, in advance. */
const byPrice: Order = () => (prospect) => [
  exposure(prospect),
  price(prospect),
  failure(prospect),
  seconds(prospect),
  doubt(prospect),
];

/** The earliest result, counted with the time that is lost when none comes. */
const byTime: Order = () => (prospect) => [
  seconds(prospect) + failure(prospect) * FAILURE_SECONDS,
  price(prospect),
  exposure(prospect),
  failure(prospect),
  seconds(prospect),
  doubt(prospect),
];

/** The record that little evidence cannot make up for, and among equals, nobodies above all, the lowest expected cost. */
const byRecord: Order = (prospects) => {
  const expectedCost = byExpectedCost(prospects);
  return (prospect) => [doubt(prospect), ...expectedCost(prospect)];
};

/** What each ready-made policy waits for, compares by and gives as its reasons. */
const READY_MADE: Readonly<
  Record<PolicyName, Pick<BuyingPolicy, 'offerWaitMs'> & { order: Order; reasons: readonly Reason[] }>
> = {
  balanced: { offerWaitMs: 1000, order: byExpectedCost, reasons: ['safety', 'record', 'price', 'time'] },
  cheapest: { offerWaitMs: 1000, order: byPrice, reasons: ['price', 'safety', 'record'] },
  fastest: { offerWaitMs: 250, order: byTime, reasons: ['time', 'safety', 'record', 'price'] },
  best: { offerWaitMs: 1000, order: byRecord, reasons: ['record', 'safety', 'price', 'time'] },
};

/**
 * How offers are compared and which one is taken, unless a wish brings a policy of its own:
 *
 * - `balanced`: the lowest expected cost, counting price, risk, trouble and time.
 * - `cheapest`: the lowest price among those that expose the money least.
 * - `fastest`: the earliest result to be expected.
 * - `best`: the best record.
 *
 * None of them takes an offer of somebody who took our money for nothing before and has not made up for it, nor one
 * that another is no worse than in price, safety, record and time and better than in one of these. What is chosen
 * depends on the offers alone, not on the order in which they came.
 */
export const POLICIES: Readonly<Record<PolicyName, BuyingPolicy>> = {
  balanced: policyTrusting('balanced', []),
  cheapest: policyTrusting('cheapest', []),
  fastest: policyTrusting('fastest', []),
  best: policyTrusting('best', []),
};

/** How offers are compared where nobody says it. */
export const DEFAULT_POLICY: BuyingPolicy = POLICIES.balanced;

/** A ready-made policy that also takes offers of these providers, whatever became of our money there before. */
export function policyTrusting(name: PolicyName, pubkeys: readonly string[]): BuyingPolicy {
  const { offerWaitMs, order, reasons } = READY_MADE[name];
  const trusted = new Set(pubkeys);
  const isLeft = ({ distrusted, offer }: Prospect): boolean =>
    distrusted && !trusted.has(offer.providerPubkey);
  return {
    offerWaitMs,
    choose: choosing(order, reasons, isLeft),
    leaves: (offers) => offers.map(prospectOf).filter(isLeft).map(leftOffer),
  };
}

function leftOffer({ offer: { id, providerPubkey } }: Prospect): LeftOffer {
  return { offerId: id, providerPubkey, code: 'distrusted' };
}

function choosing(
  order: Order,
  reasons: readonly Reason[],
  isLeft: (prospect: Prospect) => boolean,
): BuyingPolicy['choose'] {
  return (offers: readonly ComparedOffer[]): Choice | null => {
    const trusted = offers.map(prospectOf).filter((prospect) => !isLeft(prospect));
    const keyOf = order(trusted);
    const keyed = trusted.map((prospect) => ({ prospect, key: keyOf(prospect) }));
    const [first] = keyed.toSorted(
      (left, right) => compareKeys(left.key, right.key) || byAge(left.prospect.offer, right.prospect.offer),
    );
    if (first === undefined) return null;
    const { prospect } = first;
    return { offerId: prospect.offer.id, why: reasonsFor(prospect, trusted, reasons) };
  };
}

function compareKeys(left: readonly number[], right: readonly number[]): number {
  for (const [index, number] of left.entries()) {
    const difference = number - (right[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** The earlier one; ids are never equal, so the order is total. */
function byAge(left: ComparedOffer, right: ComparedOffer): number {
  return left.createdAt - right.createdAt || (left.id < right.id ? -1 : 1);
}
