import type { AnnouncedParam, ExchangeMode, JobRequest, KindContract, Msat } from '../protocol/index.ts';
import type { FetchPaid } from './paid-fetch.ts';

/** One input of a job after the runtime has fetched it under its limits. */
export interface ResolvedInput {
  /** The type of the `i` tag it came from. */
  readonly type: string;
  readonly marker: string | null;
  /** The bytes behind the input; text is UTF-8. */
  readonly bytes: Uint8Array;
  /** The bytes as UTF-8; what is not UTF-8 reads as U+FFFD. */
  readonly text: string;
  /** MIME type as declared by the source, `text/plain` for text; `null` when nobody said. */
  readonly mediaType: string | null;
  /** Where it came from: the URL, event id or `text`. For people, never trusted. */
  readonly source: string;
}

/** What a handler gets. The same job may be handled again after a crash: `idempotencyKey` is the same then. */
export interface JobContext {
  readonly request: JobRequest;
  readonly inputs: readonly ResolvedInput[];
  /** The first input as text; empty when there is none. */
  readonly text: string;
  /** Parameter name → values, as sent. */
  readonly params: ReadonlyMap<string, readonly string[]>;
  /** MIME types the customer would like, best first; may be empty. */
  readonly outputs: readonly string[];
  /** Aborts when the job is cancelled, its deadline passes or the process stops. */
  readonly signal: AbortSignal;
  readonly idempotencyKey: string;
  /**
   * Fetches a URL, and pays for it by L402 when its server asks for money, within the service's `spendUpToMsat`. It
   * ends with `signal`. A job pays once for what it asks of one path, also when it is handled again.
   */
  readonly fetchPaid: FetchPaid;
}

/** What a handler may yield while it works. Partial content is published as NIP-90 `partial` feedback. */
export type JobProgress =
  | { readonly type: 'progress'; readonly note: string; /** 0 to 1. */ readonly fraction?: number }
  | { readonly type: 'partial'; readonly content: string };

/** The finished work: the result's content. */
export interface JobOutput {
  readonly content: string;
}

/**
 * Why work could not be done, as the customer may read it. Throw it from a handler; anything else thrown
 * becomes `handler-failed` without its message, which may hold secrets.
 */
export class JobFailure extends Error {
  override readonly name = 'JobFailure';
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

/**
 * The work itself: returns the output, or yields progress and partial results on the way to it.
 * A plain string is the content.
 */
export type JobHandler = (
  job: JobContext,
) => Promise<JobOutput | string> | AsyncGenerator<JobProgress, JobOutput | string>;

/**
 * When a service works on the result of another job, which NIP-90 leaves to the provider. `start-on-result`: as soon
 * as the result is there. `wait-for-payment`: once its customer has taken it, by a payment that can be seen or by a
 * good review; the provider of the first job may be slow to publish its receipt, and so keep others from starting.
 */
export type ChainedInputPolicy = 'start-on-result' | 'wait-for-payment';

/** Something a provider sells; `service()` fills in what is usual. */
export interface Service {
  /** Stable within the provider; the `d` tag of its announcement (NIP-89). */
  readonly id: string;
  /** The job kind it answers (5000–5999). */
  readonly kind: number;
  readonly name: string;
  readonly about: string;
  /** What one job costs; zero sells for free. */
  readonly priceMsat: Msat;
  /** How long a job usually and at worst takes; the worst is the deadline of the work. */
  readonly usualSeconds: number;
  readonly worstSeconds: number;
  /** Jobs of this service worked on at once. */
  readonly concurrency: number;
  /** Modes it will sell by, best first; without it `hold` or `prepay` when there is a price, `free` when there is none. */
  readonly exchanges?: readonly ExchangeMode[];
  /** What `sample` shows of the content before it is paid; the first fifth unless told. */
  readonly sample?: (content: string) => string;
  /**
   * Whether `job` inputs must be paid for first; `start-on-result` unless told. The wait takes at most what the worst
   * time leaves beside the usual one, then the job fails with `prior-not-accepted`.
   */
  readonly chainedInputs?: ChainedInputPolicy;
  /** What requests must keep to, where it is not what coinop knows of the kind. Its kind is the service's. */
  readonly contract?: KindContract;
  /** Parameters that the announcement names (NIP-90 `nip90Params`); without it those of the contract. */
  readonly params?: ReadonlyMap<string, AnnouncedParam>;
  /** The most that one job may spend by `fetchPaid`, fees included; nothing unless told. */
  readonly spendUpToMsat?: Msat;
  readonly handler: JobHandler;
}
