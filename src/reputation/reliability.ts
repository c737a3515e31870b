import type { Msat } from '../protocol/index.ts';
import { ACCEPTABLE_RATING, type JobEvidence } from './job-evidence.ts';
import type { OwnPurchase } from './own-purchase.ts';
import type { Reliability } from './record.ts';

/** After so long, evidence counts half. */
export const HALF_LIFE_SECONDS = 90 * 86_400;

/** So much money makes one job's worth of evidence, and each doubling (about) one more. */
const UNIT_MSAT = 10_000;

/** No customer weighs more than so many jobs, however much it paid. */
const MAX_PER_CUSTOMER = 4;

/** All praise of strangers together weighs no more than one job: to pay oneself costs nothing. */
const MAX_STRANGERS_PRAISE = 1;

/** All complaints of strangers together; each cost its author the price of the job. */
const MAX_STRANGERS_COMPLAINTS = 8;

/** What own purchases weigh, in jobs. A loss weighs more the more was lost. */
const OWN_WEIGHTS = { delivered: 0.5, 'paid-and-delivered': 1, refunded: 0.5, failed: 0.5 } as const;
const OWN_LOSS = 2;

/** One-sided 95 %. */
const Z = 1.644_853_6;

/** How much something that happened then still counts, 0 to 1. */
export function decay(happenedAt: number, at: number): number {
  return 2 ** (-Math.max(0, at - happenedAt) / HALF_LIFE_SECONDS);
}

/**
 * The share of jobs that will be delivered, from what came to a good and to a bad end, weighed in jobs: the own
 * purchases one by one, of everybody else the sum of what was paid, so that to split it gains nothing. `null` when
 * nothing speaks for or against the provider.
 */
export function reliabilityOf(told: {
  readonly own: readonly OwnPurchase[];
  /** By request, so that sums come out the same for everybody. */
  readonly jobs: readonly JobEvidence[];
  readonly known: ReadonlySet<string>;
  readonly at: number;
}): Reliability | null {
  const own = weighOwn(told.own, told.at);
  const others = weighOthers(told);
  const [good, bad] = [own.good + others.good, own.bad + others.bad];
  const weight = good + bad;
  if (weight === 0) return null;
  return { low: wilsonLow(good / weight, weight), mean: (good + 1) / (weight + 2), weight };
}

/** Jobs' worth of evidence for and against. */
interface Weighed {
  readonly good: number;
  readonly bad: number;
}

function weighOwn(purchases: readonly OwnPurchase[], at: number): Weighed {
  let [good, bad] = [0, 0];
  for (const { outcome, paidMsat, at: endedAt } of purchases) {
    const counts = decay(endedAt, at);
    if (outcome === 'paid-and-undelivered') bad += counts * (OWN_LOSS + jobsWorth(Number(paidMsat)));
    else if (outcome === 'delivered' || outcome === 'paid-and-delivered')
      good += counts * OWN_WEIGHTS[outcome];
    else bad += counts * OWN_WEIGHTS[outcome];
  }
  return { good, bad };
}

function weighOthers({
  jobs,
  known,
  at,
}: {
  readonly jobs: readonly JobEvidence[];
  readonly known: ReadonlySet<string>;
  readonly at: number;
}): Weighed {
  const [praise, complaints] = [new Map<string, number>(), new Map<string, number>()];
  const counted = new Set<string>();
  for (const { customerPubkey, delivery, payment, verdict } of jobs) {
    const customer = known.has(customerPubkey) ? customerPubkey : STRANGERS;
    const count = (sums: Map<string, number>, by: string, paid: CountedMoney) => {
      const key = `${customerPubkey} ${paid.paymentKey}`; // one payment shown for several jobs is one payment
      if (counted.has(key)) return;
      counted.add(key);
      const msat = Number(paid.amountMsat) * paid.value * decay(paid.at, at);
      sums.set(by, (sums.get(by) ?? 0) + msat);
    };
    const isUnhappy = verdict !== null && verdict.rating < ACCEPTABLE_RATING;
    if (isUnhappy && verdict.paid !== null)
      count(complaints, customer, { ...verdict.paid, value: 1, at: verdict.at });
    if (!isUnhappy && delivery?.doubtful === false && payment !== null) count(praise, customer, payment);
  }
  return { good: weigh(praise, MAX_STRANGERS_PRAISE), bad: weigh(complaints, MAX_STRANGERS_COMPLAINTS) };
}

interface CountedMoney {
  readonly paymentKey: string;
  readonly amountMsat: Msat;
  readonly value: number;
  readonly at: number;
}

/** Everybody whom the reader does not know, taken together: one person can be all of them. */
const STRANGERS = 'strangers';

function weigh(sums: ReadonlyMap<string, number>, strangersAtMost: number): number {
  let weight = 0;
  for (const [customer, msat] of sums)
    weight += Math.min(jobsWorth(msat), customer === STRANGERS ? strangersAtMost : MAX_PER_CUSTOMER);
  return weight;
}

/** How many jobs' worth of evidence so much money makes. */
function jobsWorth(msat: number): number {
  return Math.log2(1 + msat / UNIT_MSAT);
}

/** The lower bound of Wilson's score interval for a share that was seen in so many trials. */
function wilsonLow(share: number, trials: number): number {
  const half = Z * Math.sqrt((share * (1 - share)) / trials + Z ** 2 / (4 * trials ** 2));
  const low = (share + Z ** 2 / (2 * trials) - half) / (1 + Z ** 2 / trials);
  return Math.min(1, Math.max(0, low));
}
