import type { NostrEvent } from './event.ts';
import type { ExchangeMode, JobFeedback, JobRequest, JobResult, WrittenAmount } from './job.ts';
import type { Msat } from './msat.ts';

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
  readonly results: readonly JobResult[];
  /** The newest `error` feedback, whether or not the provider went on afterwards. */
  readonly error: JobFeedback | null;
}

/**
 * Why an event does not count. `other-job`: it is about another request. `unrelated-kind`: no event of a job.
 * `by-customer`: feedback or a result by the customer. `not-the-author`: a cancellation by somebody else.
 * `repeated-cancellation`: an earlier one counts.
 * `request-unseen`: cannot be judged before the request is known. `wrong-result-kind`: not the request's kind
 * plus 1000. `after-expiry`, `after-cancellation`: later than the job was wanted. The rest are parser codes.
 */
export type SetAsideReason =
  | 'other-job'
  | 'unrelated-kind'
  | 'by-customer'
  | 'not-the-author'
  | 'repeated-cancellation'
  | 'request-unseen'
  | 'wrong-result-kind'
  | 'after-expiry'
  | 'after-cancellation'
  | 'missing-input-data'
  | 'missing-request-id';

/** An event that does not count, and why. */
export interface SetAside {
  readonly event: NostrEvent;
  readonly reason: SetAsideReason;
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
    | 'cancellation';
  readonly amountMsat: Msat | null;
  readonly eventId: string;
}

/** A job input that is another job's output, and which of its results the customer builds on, where it says so. */
export interface ChainedInput {
  readonly requestId: string;
  readonly resultId: string | null;
}

/** Everything that the public events say about one job. */
export interface JobPicture {
  readonly requestId: string;
  /** `null` while the request is unseen, or when it cannot be read (then it is in `setAside`). */
  readonly request: JobRequest | null;
  readonly state: JobState;
  /** Whether the state can change no more, save by results that join others. */
  readonly final: boolean;
  /** By public key. */
  readonly providers: readonly ProviderPart[];
  readonly cancellation: { readonly eventId: string; readonly at: number; readonly reason: string } | null;
  /** In the order of the request's inputs. */
  readonly chain: readonly ChainedInput[];
  /** Oldest first; same-second entries by meaning. */
  readonly timeline: readonly TimelineEntry[];
  /** By time, then id. */
  readonly setAside: readonly SetAside[];
}
