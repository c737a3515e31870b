import type { Msat } from './msat.ts';
import type { NostrEvent } from './event.ts';
import type { EncryptionScheme } from './encryption.ts';
import type { EcashTerms } from './payments/ecash-terms.ts';
import type { FollowUp } from './follow-up.ts';
import type { JobPlan } from './job-plan.ts';
import type { Rescue } from './rescue.ts';
import type { FileReference } from './result-file.ts';

/** How money and data change hands; `DESIGN` of each mode is in `docs/protocol.md`. */
export const EXCHANGE_MODES = [
  'free',
  'postpay',
  'sample',
  'prepay',
  'hold',
  'reveal',
  'ecash-htlc',
  'nutzap',
  'zap',
  'balance',
] as const;

/** One of the ways in which money and data change hands. */
export type ExchangeMode = (typeof EXCHANGE_MODES)[number];

/** Whether the word names an exchange mode that coinop knows. */
export function isExchangeMode(word: string | undefined): word is ExchangeMode {
  return EXCHANGE_MODES.some((mode) => mode === word);
}

/**
 * Which wire format a request is in, and so its answers. `nip-90` has a kind for each job; the `first-draft` of it,
 * of July 2023, has one kind for all and names the job in a tag.
 */
export type Dialect = 'nip-90' | 'first-draft';

/** Feedback on a job (NIP-90). */
export const JOB_FEEDBACK_KIND = 7000;

/** A request in the first draft. NIP-01 ends at 65535, so only relays that go beyond it keep such events. */
export const FIRST_DRAFT_REQUEST_KIND = 68_001;

/** A result in the first draft, or the error that stands in its place. */
export const FIRST_DRAFT_RESULT_KIND = 68_002;

/** Whether the number names a kind of job: 5000–5999, whatever the dialect in which the job is asked for. */
export function isJobKind(kind: number): boolean {
  return kind >= 5000 && kind <= 5999;
}

/** Whether events of the kind ask for a job: 5000–5999 (NIP-90), 68001 (first draft). */
export function isJobRequestKind(kind: number): boolean {
  return isJobKind(kind) || kind === FIRST_DRAFT_REQUEST_KIND;
}

/** Whether events of the kind carry a job's result: 6000–6999 (NIP-90), 68002 (first draft). */
export function isJobResultKind(kind: number): boolean {
  return (kind >= 6000 && kind <= 6999) || kind === FIRST_DRAFT_RESULT_KIND;
}

/** The kind of the events that bring the result of a request: for the request event's own kind, in its dialect. */
export function resultKindOf(requestKind: number): number {
  return requestKind === FIRST_DRAFT_REQUEST_KIND ? FIRST_DRAFT_RESULT_KIND : requestKind + 1000;
}

/** How the data of an input may be meant (NIP-90). Others are read, and never written. */
export const INPUT_TYPES = ['url', 'event', 'job', 'text'] as const;

/** One `i` tag (`input` in the first draft): what the job works on. `type` is kept as sent; the four NIP-90 types are `url`, `event`, `job`, `text`. */
export interface JobInput {
  readonly data: string;
  readonly type: string;
  readonly relay: string | null;
  readonly marker: string | null;
}

/** An amount as the other side wrote it. `msat` is null where the unit or number is ambiguous: show `raw`, never guess. */
export interface WrittenAmount {
  readonly msat: Msat | null;
  readonly raw: readonly string[];
}

/** A job request in either dialect, as read. */
export interface JobRequest {
  readonly event: NostrEvent;
  readonly dialect: Dialect;
  readonly id: string;
  readonly customerPubkey: string;
  /** Which job, 5000–5999: the event's own kind, or what the job type of the first draft stands for. */
  readonly kind: number;
  /** The customer's own name for the job: the `d` tag of the first draft. */
  readonly identifier: string | null;
  readonly inputs: readonly JobInput[];
  /** Parameter name → its values (NIP-90 `param` may carry several). */
  readonly params: ReadonlyMap<string, readonly string[]>;
  /** MIME types of the `output` tag. */
  readonly outputs: readonly string[];
  /** The most that the customer pays. */
  readonly bid: WrittenAmount | null;
  /** Where the customer wants the answers. Normalised, invalid ones dropped. */
  readonly relays: readonly string[];
  /** Providers addressed by `p` tags; empty means anybody. */
  readonly targets: readonly string[];
  /** Modes of our `exchange` tag, in the customer's order; empty when absent. */
  readonly exchanges: readonly ExchangeMode[];
  /** Mints whose ecash the customer has or can get, best first: our `mint` tags; empty when it does not say. */
  readonly mints: readonly string[];
  /** NIP-40, unix seconds. */
  readonly expiresAt: number | null;
  readonly createdAt: number;
  /** Carries an `encrypted` tag: inputs and params are in the ciphertext. */
  readonly encrypted: boolean;
  /** The scheme it was decrypted from, in which answers go back; `null` when in clear or not decrypted. */
  readonly scheme: EncryptionScheme | null;
  /** Human text in `content` (also large inputs in the wild). */
  readonly content: string;
  /** Our `chain` tag: request id → the result id that the customer builds on. */
  readonly chain: ReadonlyMap<string, string>;
  /** Where refunds should go: the lightning address of our `refund` tag. */
  readonly refundLud16: string | null;
  /** Our `rescue` tag: others than `targets` may step in should these fail. */
  readonly welcomesRescue: boolean;
  /** Our `continues` tag: which step of an earlier job this is; `null` for a job of its own. */
  readonly followUp: FollowUp | null;
  /** `imeta` tags: which bytes are meant by a `url` input, and, in an encrypted request, what opens them. */
  readonly files: readonly FileReference[];
}

/** The five statuses of NIP-90; what else is seen in the wild is mapped onto them or `other`. */
export type FeedbackStatus = 'payment-required' | 'processing' | 'error' | 'success' | 'partial' | 'other';

/** Something other than money that a provider asks for before it works. */
export interface Condition {
  /** What kind of thing, in kebab-case: `pow`, `trust`, `subscription`, `retry-after`. */
  readonly code: string;
  /** How much of it, or where to get it; empty when there is nothing to add. */
  readonly detail: string;
}

/** Job feedback (NIP-90 kind 7000, or the first draft's 68002 without a result), as read. */
export interface JobFeedback {
  readonly event: NostrEvent;
  readonly id: string;
  readonly providerPubkey: string;
  readonly requestId: string;
  readonly customerPubkey: string | null;
  readonly status: FeedbackStatus;
  /** The status as sent. */
  readonly rawStatus: string | null;
  /** Extra human words of the status tag. */
  readonly info: string | null;
  readonly amount: WrittenAmount | null;
  readonly bolt11: string | null;
  readonly exchange: ExchangeMode | null;
  /** Our `mint` and `htlc` tags: how ecash is taken. */
  readonly ecash: EcashTerms;
  readonly usualSeconds: number | null;
  readonly worstSeconds: number | null;
  readonly validUntil: number | null;
  /** Our `error` tag: code and detail. */
  readonly error: { readonly code: string; readonly detail: string } | null;
  /** Our `condition` tags: what is asked besides money, such as `pow`. */
  readonly conditions: readonly Condition[];
  /** Our `rescue` tag: its author steps in for somebody else; `null` for ordinary feedback. */
  readonly rescue: Rescue | null;
  /** Our `milestone` and `revisions` tags: what may follow the job; `null` when nothing is promised. */
  readonly plan: JobPlan | null;
  /** A partial result or a note. */
  readonly content: string;
  readonly encrypted: boolean;
  readonly createdAt: number;
}

/** A job result (NIP-90 kinds 6000–6999, or the first draft's 68002), as read. */
export interface JobResult {
  readonly event: NostrEvent;
  readonly id: string;
  readonly providerPubkey: string;
  /** The event's own kind. */
  readonly kind: number;
  readonly requestId: string;
  readonly customerPubkey: string | null;
  readonly amount: WrittenAmount | null;
  readonly bolt11: string | null;
  /** Our `reveal` tag: the content is locked to the preimage of this payment hash (hex). */
  readonly reveal: { readonly paymentHash: string; readonly version: string } | null;
  readonly content: string;
  /** The MIME type of a text result, where its provider says it (the `m` tag of NIP-94). Untrusted. */
  readonly mediaType: string | null;
  readonly encrypted: boolean;
  readonly createdAt: number;
}
