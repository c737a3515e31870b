import type { ExchangeMode, JobFeedback, JobRequest, JobResult, WrittenAmount } from '../job.ts';
import type { Msat } from '../msat.ts';
import type { Payment } from './payment-evidence.ts';
import type { JobReview } from './reviews.ts';
import type { SetAside } from './set-aside.ts';

/**
 * Where a job stands as its public events tell it. `delivered`, `cancelled` and `expired` are final;
 * `failed` means that everybody who answered so far gave up, so another provider may still come.
 */
export type JobState =
  'unseen' | 'requested' | 'offered' | 'working' | 'failed' | 'delivered' | 'cancelled' | 'expired';

/**
 * Where one provider stands with a job. `result-missing`: it reported success but no result was seen.
 * `silent-status`: it only said things that have no meaning in NIP-90.
 */
export type ProviderState =
  'offered' | 'working' | 'failed' | 'result-missing' | 'delivered' | 'silent-status';

/** What a provider last asked for the job: its newest `payment-required` that names an amount or carries an invoice. */
export interface Offer {
  readonly eventId: string;
  readonly amount: WrittenAmount | null;
  readonly bolt11: string | null;
  readonly exchange: ExchangeMode | null;
  readonly usualSeconds: number | null;
  readonly worstSeconds: number | null;
  /** Unix seconds; `null` when the provider set no end. */
  readonly validUntil: number | null;
  readonly at: number;
  /** Can still be taken: the job is open, this provider waits for payment, and `validUntil` has not passed. */
  readonly standing: boolean;
}

/** One provider's part in a job; lists are oldest first. */
export interface ProviderPart {
  readonly pubkey: string;
  /** Whether the request asked this provider by name, or asked nobody in particular. */
  readonly addressed: boolean;
  readonly state: ProviderState;
  readonly offer: Offer | null;
  readonly partials: readonly JobFeedback[];
  /** When it first said that it works, or showed a part of the work, unix seconds; `null` while it has not. */
  readonly workingSince: number | null;
  /** How long it last said that the work takes at worst, or usually where it names no worst; `null` when it never did. */
  readonly statedSeconds: number | null;
  readonly results: readonly JobResult[];
  /** The newest `error` feedback, whether or not the provider went on afterwards. */
  readonly error: JobFeedback | null;
  /** What it is said to have been paid for the job, and how far that can be believed; the best proven first. */
  readonly payments: readonly Payment[];
  /** What the customer says about its work. */
  readonly reviews: readonly JobReview[];
}

/**
 * A result that the customer took: it reviewed it with half of the points or more, or paid for it. The customer's
 * newest review decides where there is one, so that a complaint takes back what a payment says.
 */
export interface AcceptedResult {
  readonly resultId: string;
  readonly providerPubkey: string;
  readonly by: 'review' | 'payment';
  /** The review, receipt or nutzap that says so; `null` when the caller's own wallet does. */
  readonly eventId: string | null;
}

/** One line of a job's history. `at` is unix seconds as its author wrote them. */
export interface TimelineEntry {
  readonly at: number;
  readonly pubkey: string;
  readonly what:
    | 'request'
    | 'payment-required'
    | 'processing'
    | 'partial'
    | 'error'
    | 'success'
    | 'other'
    | 'result'
    | 'cancellation'
    | 'zap-receipt'
    | 'nutzap'
    | 'redemption'
    | 'review'
    | 'built-on';
  readonly amountMsat: Msat | null;
  readonly eventId: string;
}

/** A job input that is another job's output, and which of its results the customer builds on, where it says so. */
export interface ChainedInput {
  /** As the input names it: the id of a request, or of a result. */
  readonly requestId: string;
  readonly resultId: string | null;
}

/** Another job that takes this one's output as its input; anybody may ask for one. */
export interface DependentJob {
  readonly requestId: string;
  readonly customerPubkey: string;
  /** The result that it builds on, where it says so. */
  readonly resultId: string | null;
}

/** Everything that the public events say about one job. */
export interface JobPicture {
  readonly requestId: string;
  /** `null` while the request is unseen, or when it cannot be read (then it is in `setAside`). */
  readonly request: JobRequest | null;
  readonly state: JobState;
  /** Whether nothing that is dated later can change the state any more. */
  readonly final: boolean;
  /** By public key. */
  readonly providers: readonly ProviderPart[];
  /** In the order of the results; a customer may take several. */
  readonly accepted: readonly AcceptedResult[];
  readonly cancellation: { readonly eventId: string; readonly at: number; readonly reason: string } | null;
  /** What it builds on, in the order of the request's inputs. */
  readonly chain: readonly ChainedInput[];
  /** What builds on it, oldest first; at most 200. */
  readonly dependents: readonly DependentJob[];
  /** Oldest first; same-second entries by meaning. */
  readonly timeline: readonly TimelineEntry[];
  /** By time, then id; the first 200. */
  readonly setAside: readonly SetAside[];
  /** How many there are in all. */
  readonly setAsideCount: number;
}
