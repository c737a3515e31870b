import type { Msat } from '../protocol/index.ts';

/** What the customer has bought of a provider itself, in counts that do not age. */
export interface OwnRecord {
  /** Delivered for nothing, or the money came back although something came. */
  readonly delivered: number;
  readonly paidAndDelivered: number;
  /** Paid, and neither the money nor a result came, or none that was good enough for the customer. */
  readonly paidAndUndelivered: number;
  /** Nothing came, and the money came back. */
  readonly refunded: number;
  /** The offer was taken and came to nothing, or nothing good enough, without money that moved. */
  readonly failed: number;
  /** What stayed paid, without fees. */
  readonly paidMsat: Msat;
  /** The part of it for which nothing came that was good enough. */
  readonly lostMsat: Msat;
  /** By the own clock, from request to result; `null` while nothing was delivered. */
  readonly usualSeconds: number | null;
  /** The 95th percentile of the same. */
  readonly worstSeconds: number | null;
}

/** What signed events of others say about a provider, in counts that do not age. */
export interface OthersRecord {
  /** Customers whose requests it answered with a result that counts. Anybody can be many customers. */
  readonly customers: number;
  /** Of these the ones that the reader knows. */
  readonly knownCustomers: number;
  /** Jobs with a result that answers a real request of somebody else. */
  readonly delivered: number;
  /** Different payments for these that their customer signed; what a provider can write alone is none. */
  readonly paidAndDelivered: number;
  /** Jobs that it gave up with an error and never delivered. */
  readonly failed: number;
  /** Jobs about which their customer complains and shows that it paid the invoice which the provider named for them. */
  readonly paidComplaints: number;
  /** Median of each customer's median, as the provider dated its results; `null` while nothing was delivered. */
  readonly usualSeconds: number | null;
  /** The 95th percentile over all jobs, as the provider dated its results. */
  readonly worstSeconds: number | null;
}

/** How likely the next paid job is delivered, as a share from 0 to 1; see `docs/reputation.md`. */
export interface Reliability {
  /** What holds with 95 % confidence: the lower Wilson bound. Little evidence makes it low. */
  readonly low: number;
  /** The best guess: Laplace's rule of succession. */
  readonly mean: number;
  /** How many jobs' worth of evidence it rests on, after ageing and discounts. */
  readonly weight: number;
}

/** What customers of a job say about it, where the provider's own invoice for that job was paid. */
export interface Ratings {
  /** 0 to 1, a voice for each customer that is known or complains, one for all others together; `null` without any. */
  readonly mean: number | null;
  /** Customers whose ratings show a payment. */
  readonly customers: number;
  /** Of these the ones that the reader knows. */
  readonly knownCustomers: number;
  /** Ratings by customers that show no payment; they count nowhere. */
  readonly unpaid: number;
}

/** When something was last seen, unix seconds, and what shows it. */
export interface Sighting {
  readonly at: number;
  /** The event that shows it; of an own purchase the request's id. */
  readonly evidenceId: string;
  /** Whose job it was: one's own, one of somebody the reader knows, or anybody's. */
  readonly by: 'own' | 'known' | 'anybody';
}

/** What the evidence says about one provider. Two readers with the same evidence compute the same record. */
export interface ProviderRecord {
  readonly providerPubkey: string;
  /** Jobs of anybody that were paid and delivered, by our books or by what their customer signed. At zero the provider is new, which is no bad mark. */
  readonly paidJobs: number;
  readonly own: OwnRecord;
  readonly others: OthersRecord;
  /** The usual time to a result: as measured where something was bought, else as the provider dates it. */
  readonly usualSeconds: number | null;
  readonly worstSeconds: number | null;
  /** Whose measure these times are. */
  readonly secondsFrom: 'own' | 'others' | null;
  /** `null` when nothing speaks for or against it: unknown, not zero. */
  readonly reliability: Reliability | null;
  readonly ratings: Ratings;
  /** The newest answer to a real request, delivery, and delivery that was paid. */
  readonly latest: {
    readonly answer: Sighting | null;
    readonly delivery: Sighting | null;
    readonly paidDelivery: Sighting | null;
  };
  /** The events behind it that count, newest first, at most 50; own purchases by their request. */
  readonly evidenceIds: readonly string[];
}
