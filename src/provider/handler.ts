import type { AnnouncedParam, ExchangeMode, JobRequest, KindContract, Msat } from '../protocol/index.ts';
import type { FetchPaid } from './paid-fetch.ts';
import type { PricingPolicy, ProofOfWorkPolicy } from './pricing/index.ts';
import type { RescueTerms } from './rescue/terms.ts';

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

/** A file that a job made. */
export interface ResultFile {
  readonly bytes: Uint8Array;
  /** MIME type, like `image/png`. */
  readonly mediaType: string;
  /** How the customer may call it, without a path. */
  readonly name?: string;
}

/**
 * The finished work. A file becomes a blob whose URL is the result's content, and so does text above what relays take;
 * without a server for blobs small files are inlined as `data:` URLs, and larger ones fail with `result-too-large`.
 */
export type JobOutput =
  | {
      readonly content: string;
      /** MIME type of the content; `text/plain` unless told. */ readonly mediaType?: string;
    }
  | { readonly file: ResultFile; /** Said beside the file. */ readonly content?: string };

/**
 * Why work could not be done, as the customer may read it. Throw it from a handler; anything else thrown
 * becomes `handler-failed` without its message, which may hold secrets.
 */
export class JobFailure extends Error {
  override readonly name = 'JobFailure';
  readonly code: string;
  /** Trying again later may help; the job is tried as often as its service allows (`Service.attempts`). */
  readonly retryable: boolean;

  /** What only the operator is told, as trouble: a program's last words may hold secrets of its own. */
  readonly forOperator: string | null;

  constructor(
    code: string,
    message: string,
    {
      retryable = false,
      forOperator = null,
    }: { readonly retryable?: boolean; readonly forOperator?: string | null } = {},
  ) {
    super(message);
    this.code = code;
    this.retryable = retryable;
    this.forOperator = forOperator;
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

/**
 * Something other than money that a service asks for, said in its quotes as `["condition", code, detail]`: `trust`
 * (detail: the list or label that a customer must be on), `subscription` (detail: where to subscribe), or a code of its
 * own, in kebab-case. Proof of work has an option of its own.
 */
export interface ServiceCondition {
  readonly code: string;
  readonly detail: string;
  /** Whether this customer meets it; who does not is refused with `condition-unmet`. Without it, it is only said. */
  readonly isMet?: (request: JobRequest) => boolean | Promise<boolean>;
}

/** Something a provider sells; `service()` fills in what is usual. */
export interface Service {
  /** Stable within the provider; the `d` tag of its announcement (NIP-89). */
  readonly id: string;
  /** The job kind it answers (5000–5999). */
  readonly kind: number;
  readonly name: string;
  readonly about: string;
  /** The https address of a picture for its announcement. */
  readonly picture?: string;
  /** Who sells it, as customers read it, where that is another than `ProviderOptions.sellerName` says. */
  readonly seller?: string;
  /** What one job costs, zero sells for free; with `pricing`, the least that a job can cost. */
  readonly priceMsat: Msat;
  /** What each job costs, where that is not always the same. */
  readonly pricing?: PricingPolicy;
  /**
   * A person looks at each request before it is answered: it waits in the books until `Provider.byHand` makes an offer
   * or declines. Its price is announced as flexible; who bids less than `priceMsat` is refused.
   */
  readonly quotedByHand?: true;
  /** Whether the person who works by hand has a program that opens encrypted files; others fetch and open them by themselves. */
  readonly opensFilesByHand?: true;
  /** It is announced no more and takes no new request; what was asked of it before goes on. */
  readonly retired?: true;
  /** How long a job usually and at worst takes; the worst is the deadline of the work. */
  readonly usualSeconds: number;
  readonly worstSeconds: number;
  /** Jobs of this service worked on at once. */
  readonly concurrency: number;
  /** How often a job is tried whose handler fails and says that this may help (`JobFailure.retryable`); once unless told. */
  readonly attempts?: number;
  /** The pause before the second try, doubled for each further one up to a minute; 2 unless told. The worst time bounds all. */
  readonly retryAfterSeconds?: number;
  /** Paid or free jobs that may wait for that; beyond it requests are refused with `over-capacity`. No bound unless told. */
  readonly queueLimit?: number;
  /**
   * Leading zero bits (NIP-13) that a request must show when its customer has never paid here; none unless told. A
   * request with less is refused with `pow-needed`, which names the bits.
   */
  readonly proofOfWorkBits?: number | ProofOfWorkPolicy;
  /**
   * Steps in with an offer where other providers fail, on these terms; what they leave out is as usual. Without it jobs
   * of others are none of its business.
   */
  readonly rescue?: Partial<RescueTerms>;
  /** What is asked besides money; see `ServiceCondition`. */
  readonly conditions?: readonly ServiceCondition[];
  /**
   * Parameter → the values that this service serves, to tell several services of one kind apart (by model, by
   * language). A request that names another value is for the next service of the kind; one that names none suits.
   */
  readonly servesParams?: ReadonlyMap<string, readonly string[]>;
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

/** Whether new requests are taken. */
export function isOffered({ retired }: Service): boolean {
  return retired !== true;
}
