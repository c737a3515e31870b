import { addMsat, ZERO_MSAT } from '../protocol/index.ts';
import type { Dated, JobEvidence } from './job-evidence.ts';
import { median, percentile } from './percentile.ts';
import type { OwnOutcome, OwnPurchase } from './own-purchase.ts';
import { isPaidComplaint, ratingsOf } from './ratings.ts';
import type { OthersRecord, OwnRecord, ProviderRecord, Sighting } from './record.ts';
import { reliabilityOf } from './reliability.ts';

/** Evidence dated later than this after now is not believed yet. */
const FUTURE_SLACK_SECONDS = 900;

/** Evidence that is listed. */
const MAX_LISTED = 50;

/** Computes what own purchases and jobs of others say about a provider at that time, unix seconds. */
export function recordOf(told: {
  readonly providerPubkey: string;
  readonly own: readonly OwnPurchase[];
  /** Jobs of others only. */
  readonly jobs: readonly JobEvidence[];
  readonly known: ReadonlySet<string>;
  readonly at: number;
}): ProviderRecord {
  const { providerPubkey, known, at } = told;
  const isPast = (dated: { readonly at: number }) => dated.at <= at + FUTURE_SLACK_SECONDS;
  const own = inOrder([...new Map(told.own.map((one) => [one.requestId, one])).values()].filter(isPast));
  const jobs = inOrder(told.jobs.flatMap((job) => upTo(job, isPast)));
  const ownRecord = ownRecordOf(own);
  const others = othersRecordOf(jobs, known);
  const isMeasured = ownRecord.usualSeconds !== null;
  const times = isMeasured ? ownRecord : others;
  const secondsFrom = isMeasured ? 'own' : others.usualSeconds === null ? null : 'others';
  return {
    providerPubkey,
    paidJobs: ownRecord.paidAndDelivered + others.paidAndDelivered,
    own: ownRecord,
    others,
    usualSeconds: times.usualSeconds,
    worstSeconds: times.worstSeconds,
    secondsFrom,
    reliability: reliabilityOf({ own, jobs, known, at }),
    ratings: ratingsOf(jobs, known),
    latest: latestOf(own, jobs, known),
    evidenceIds: evidenceIdsOf(own, jobs),
  };
}

/** Everybody adds the same numbers in the same order, and so comes to the same sums. */
function inOrder<Item extends { readonly requestId: string }>(items: readonly Item[]): Item[] {
  return items.toSorted((left, right) => (left.requestId < right.requestId ? -1 : 1));
}

/** A job without what is dated in the future; nothing where its newest answer is. */
function upTo(job: JobEvidence, isPast: (dated: Dated) => boolean): JobEvidence[] {
  if (!isPast(job.answer)) return [];
  const { payment, verdict } = job;
  return [
    {
      ...job,
      payment: payment !== null && isPast(payment) ? payment : null,
      verdict: verdict !== null && isPast(verdict) ? verdict : null,
    },
  ];
}

function ownRecordOf(own: readonly OwnPurchase[]): OwnRecord {
  const count = (wanted: OwnOutcome) => own.filter(({ outcome }) => outcome === wanted).length;
  const seconds = own.flatMap((purchase) => purchase.seconds ?? []);
  const lost = own.filter(({ outcome }) => outcome === 'paid-and-undelivered');
  return {
    delivered: count('delivered'),
    paidAndDelivered: count('paid-and-delivered'),
    paidAndUndelivered: lost.length,
    refunded: count('refunded'),
    failed: count('failed'),
    paidMsat: addMsat(ZERO_MSAT, ...own.map(({ paidMsat }) => paidMsat)),
    lostMsat: addMsat(ZERO_MSAT, ...lost.map(({ paidMsat }) => paidMsat)),
    usualSeconds: median(seconds),
    worstSeconds: percentile(seconds, 0.95),
  };
}

function othersRecordOf(jobs: readonly JobEvidence[], known: ReadonlySet<string>): OthersRecord {
  const delivered = jobs.filter(({ delivery }) => delivery !== null);
  const customers = Map.groupBy(delivered, ({ customerPubkey }) => customerPubkey);
  return {
    customers: customers.size,
    knownCustomers: [...customers.keys()].filter((customer) => known.has(customer)).length,
    delivered: delivered.length,
    paidAndDelivered: new Set(delivered.flatMap(({ payment }) => payment?.paymentKey ?? [])).size,
    failed: jobs.filter(({ failed }) => failed).length,
    paidComplaints: jobs.filter(isPaidComplaint).length,
    usualSeconds: median([...customers.values()].flatMap((of) => median(secondsOf(of)) ?? [])),
    worstSeconds: percentile(secondsOf(delivered), 0.95),
  };
}

function secondsOf(jobs: readonly JobEvidence[]): number[] {
  return jobs.flatMap(({ delivery }) => delivery?.seconds ?? []);
}

function latestOf(
  own: readonly OwnPurchase[],
  jobs: readonly JobEvidence[],
  known: ReadonlySet<string>,
): ProviderRecord['latest'] {
  const delivered = own.filter(({ outcome }) => outcome === 'delivered' || outcome === 'paid-and-delivered');
  const paid = delivered.filter(({ outcome }) => outcome === 'paid-and-delivered');
  const seen = (dated: (job: JobEvidence) => Dated | null) =>
    jobs.flatMap((job): Sighting[] => {
      const found = dated(job);
      const by = known.has(job.customerPubkey) ? 'known' : 'anybody';
      return found === null ? [] : [{ at: found.at, evidenceId: found.eventId, by }];
    });
  return {
    answer: newest([...seenByUs(delivered), ...seen(({ answer }) => answer)]),
    delivery: newest([...seenByUs(delivered), ...seen(({ delivery }) => delivery)]),
    paidDelivery: newest([
      ...seenByUs(paid),
      ...seen(({ delivery, payment }) => (payment === null ? null : delivery)),
    ]),
  };
}

function seenByUs(purchases: readonly OwnPurchase[]): Sighting[] {
  return purchases.map(({ requestId, at }) => ({ at, evidenceId: requestId, by: 'own' }));
}

function newest(sightings: readonly Sighting[]): Sighting | null {
  return sightings.toSorted(newestFirst)[0] ?? null;
}

function newestFirst(
  left: { readonly at: number; readonly evidenceId: string },
  right: { readonly at: number; readonly evidenceId: string },
): number {
  return right.at - left.at || (left.evidenceId < right.evidenceId ? -1 : 1);
}

function evidenceIdsOf(own: readonly OwnPurchase[], jobs: readonly JobEvidence[]): string[] {
  const listed = [
    ...own.map(({ requestId, at }) => ({ evidenceId: requestId, at })),
    ...jobs.flatMap(({ delivery, payment, verdict }) =>
      [delivery, payment, verdict].flatMap((dated) =>
        dated === null ? [] : [{ evidenceId: dated.eventId, at: dated.at }],
      ),
    ),
  ];
  const ids = listed.toSorted(newestFirst).map(({ evidenceId }) => evidenceId);
  return [...new Set(ids)].slice(0, MAX_LISTED);
}
