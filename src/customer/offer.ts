import {
  MAX_MSAT,
  ZERO_MSAT,
  type Condition,
  type EcashTerms,
  type ExchangeMode,
  type JobFeedback,
  type JobPlan,
  type JobResult,
  type Msat,
  type NostrEvent,
  type Rescue,
} from '../protocol/index.ts';

/** What one provider offers for one request: a quote, a promise, work begun for free, or a result. */
export interface Offer {
  /** The id of the event that makes the offer. */
  readonly id: string;
  /** As it was published; of a delivered offer that includes the content, which a policy may read before it chooses. */
  readonly event: NostrEvent;
  readonly providerPubkey: string;
  /** A quote that names no mode asks for payment before work, as plain NIP-90 does; a result with a price, after. */
  readonly exchange: ExchangeMode;
  /** `null` when the provider named none or an ambiguous one; `event` shows what it wrote. */
  readonly amountMsat: Msat | null;
  readonly bolt11: string | null;
  /** How ecash is to be paid, where it is. */
  readonly ecash: EcashTerms;
  /** Work is begun unpaid, and the invoice comes later: with the result, or with a sample of it. */
  readonly isPromise: boolean;
  /** What the provider first promised to ask for; `null` when it promised nothing. */
  readonly promisedMsat: Msat | null;
  /** The part of the work that a `sample` offer shows. Untrusted text. */
  readonly sample: string | null;
  /** What the provider says with it, for people to read, at most 2,000 characters. Untrusted text. */
  readonly words: string | null;
  /** What the delivered content is locked to; `null` when it is readable as it is. */
  readonly reveal: JobResult['reveal'];
  readonly usualSeconds: number | null;
  readonly worstSeconds: number | null;
  /** Unix seconds. */
  readonly validUntil: number | null;
  /** What it asks besides money; nothing that this engine can give. */
  readonly conditions: readonly Condition[];
  /** For whom it steps in, and why, as its provider says; `null` for an ordinary offer. */
  readonly rescue: Rescue | null;
  /** What may follow the job: milestones at agreed prices, revisions for nothing; `null` when nothing is promised. */
  readonly plan: JobPlan | null;
  /** The result is here already. */
  readonly delivered: boolean;
  /** The provider has said since that it will not do the job. */
  readonly withdrawn: boolean;
  /** Unix seconds, as the provider says. */
  readonly createdAt: number;
}

/** What a provider has said besides the event that makes its offer. */
export interface OfferSurroundings {
  readonly promisedMsat: Msat | null;
  readonly withdrawn: boolean;
}

const MOST_WORDS = 2_000;

/** Results are not paid in ecash. */
const NO_ECASH: EcashTerms = { mints: [], htlc: null };

/** Modes in which a provider works before it names its invoice. */
const PROMISING_MODES: ReadonlySet<ExchangeMode | null> = new Set(['postpay', 'sample', 'reveal']);

/** Reads feedback as the offer it makes: a quote or a promise in its mode, else free work. */
export function offerOfFeedback(feedback: JobFeedback, surroundings: OfferSurroundings): Offer {
  const { status, amount, exchange, content } = feedback;
  const isQuote = status === 'payment-required';
  const isPromise = isPricedPromise(feedback);
  const asked = feedback.bolt11 === null ? 'zap' : 'prepay'; // NIP-90 pays by invoice or zaps the event
  const paid = isQuote ? (exchange ?? asked) : isPromise && exchange !== null ? exchange : 'free';
  return {
    ...surroundings,
    id: feedback.id,
    event: feedback.event,
    providerPubkey: feedback.providerPubkey,
    exchange: paid,
    amountMsat: isQuote || isPromise ? (amount?.msat ?? null) : ZERO_MSAT,
    bolt11: feedback.bolt11,
    ecash: feedback.ecash,
    isPromise,
    sample: paid === 'sample' && isQuote && content !== '' ? content : null,
    words: feedback.info?.slice(0, MOST_WORDS) ?? null,
    reveal: null,
    usualSeconds: feedback.usualSeconds,
    worstSeconds: feedback.worstSeconds,
    validUntil: feedback.validUntil,
    conditions: feedback.conditions,
    rescue: feedback.rescue,
    plan: feedback.plan,
    delivered: false,
    createdAt: feedback.createdAt,
  };
}

/** Reads a result as an offer: a gift when it asks for nothing, else to be paid for, locked or not. */
export function offerOfResult(result: JobResult, surroundings: OfferSurroundings): Offer {
  const isFree = isGift(result);
  return {
    promisedMsat: surroundings.promisedMsat,
    id: result.id,
    event: result.event,
    providerPubkey: result.providerPubkey,
    exchange: isFree ? 'free' : modeOfPriced(result),
    amountMsat: isFree ? ZERO_MSAT : (result.amount?.msat ?? null),
    bolt11: result.bolt11,
    ecash: NO_ECASH,
    isPromise: false,
    sample: null,
    words: null,
    reveal: result.reveal,
    usualSeconds: null,
    worstSeconds: null,
    validUntil: null,
    conditions: [],
    rescue: null,
    plan: null,
    delivered: true,
    withdrawn: !isFree && surroundings.withdrawn, // what was given stays given
    createdAt: result.createdAt,
  };
}

/** A price without an invoice is to be zapped, as the first draft has it. */
function modeOfPriced({ reveal, bolt11 }: JobResult): ExchangeMode {
  if (reveal !== null) return 'reveal';
  return bolt11 === null ? 'zap' : 'postpay';
}

/** Says that work is begun for a price, and that the invoice will follow. */
export function isPricedPromise({ status, exchange, amount, bolt11 }: JobFeedback): boolean {
  const isAtWork = status === 'processing' || status === 'success';
  return isAtWork && bolt11 === null && (amount?.msat ?? 0n) > 0n && PROMISING_MODES.has(exchange);
}

/** Asks for no money. */
export function isUnpriced({ amount, bolt11 }: Pick<JobFeedback, 'amount' | 'bolt11'>): boolean {
  return bolt11 === null && (amount === null || amount.msat === ZERO_MSAT);
}

/** A result that asks for nothing and can be read as it is. */
export function isGift(result: JobResult): boolean {
  return result.reveal === null && isUnpriced(result);
}

/** What an answer asks for, to compare; an unknown price ranks above every price that can exist. */
export function priceOf(answer: Pick<JobFeedback, 'amount' | 'bolt11'>): bigint {
  return isUnpriced(answer) ? ZERO_MSAT : (answer.amount?.msat ?? MAX_MSAT + 1n);
}
