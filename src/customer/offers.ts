import {
  JOB_FEEDBACK_KIND,
  MAX_MSAT,
  parseJobFeedback,
  parseJobResult,
  ZERO_MSAT,
  type Condition,
  type ExchangeMode,
  type JobFeedback,
  type JobRequest,
  type JobResult,
  type Msat,
  type NostrEvent,
} from '../protocol/index.ts';

/** What one provider offers for one request: a quote, work begun for free, or a free result. */
export interface Offer {
  /** The id of the event that makes the offer. */
  readonly id: string;
  readonly event: NostrEvent;
  readonly providerPubkey: string;
  /** A quote that names no mode asks for payment before work, as plain NIP-90 does. */
  readonly exchange: ExchangeMode;
  /** `null` when the provider named none or an ambiguous one; `event` shows what it wrote. */
  readonly amountMsat: Msat | null;
  readonly bolt11: string | null;
  readonly usualSeconds: number | null;
  readonly worstSeconds: number | null;
  /** Unix seconds. */
  readonly validUntil: number | null;
  /** What it asks besides money; nothing that this engine can give. */
  readonly conditions: readonly Condition[];
  /** The result is here already. */
  readonly delivered: boolean;
  /** The provider has said since that it will not do the job. */
  readonly withdrawn: boolean;
  /** Unix seconds, as the provider says. */
  readonly createdAt: number;
}

/** A provider's error: why it does not, or could not, do the job. */
export interface ProviderError {
  readonly providerPubkey: string;
  readonly code: string;
  readonly detail: string;
  /** Unix seconds, as the provider says. */
  readonly createdAt: number;
}

/** What an event turned out to say about the job. */
export type Answer =
  | { readonly type: 'offer'; readonly offer: Offer }
  | { readonly type: 'error'; readonly error: ProviderError }
  | { readonly type: 'progress'; readonly feedback: JobFeedback }
  | { readonly type: 'partial'; readonly feedback: JobFeedback }
  | { readonly type: 'result'; readonly result: JobResult };

/** Providers whose answers are kept for one purchase; a flood beyond it is dropped. */
const MAX_PROVIDERS = 200;
/** Results kept from providers that were not chosen; the chosen provider's is always kept. */
const MAX_STRAY_RESULTS = 20;
const MAX_ERROR_TEXT = 500;

/**
 * Everything providers have said about one request, kept up to date event by event and bounded against floods.
 * The order and repetition of events do not matter, as in `foldJob`, with which it agrees: the latest quote of a provider counts, a quote outranks free work, an error takes back what is not
 * newer than itself. Answers of the customer's own key, of providers not addressed, to other requests, of the
 * wrong kind or in ciphertext that nobody decrypted are ignored.
 */
export class OfferBook {
  readonly #request: JobRequest;
  readonly #quotes = new Map<string, JobFeedback>();
  readonly #freeWork = new Map<string, JobFeedback>();
  readonly #errors = new Map<string, ProviderError>();
  readonly #results = new Map<string, JobResult>();
  /** Whose answers are kept even when the book is full. */
  #chosen: string | null = null;

  constructor(request: JobRequest) {
    this.#request = request;
  }

  /** Makes room for this provider's answers whatever others send. */
  keepFor(providerPubkey: string): void {
    this.#chosen = providerPubkey;
  }

  /**
   * Takes in a verified event, an encrypted one with its decrypted content; `null` when it is nobody's answer to
   * this request or says nothing new.
   */
  hear(event: NostrEvent, decrypted?: string): Answer | null {
    if (event.pubkey === this.#request.customerPubkey) return null;
    const { targets } = this.#request;
    if (targets.length > 0 && !targets.includes(event.pubkey)) return null;
    return event.kind === JOB_FEEDBACK_KIND
      ? this.#hearFeedback(event, decrypted)
      : this.#hearResult(event, decrypted);
  }

  /** Every provider's standing offer. Unordered; none is checked yet. */
  offers(): Offer[] {
    const free = new Map<string, Offer>();
    for (const [provider, feedback] of this.#freeWork)
      if (!this.#quotes.has(provider)) free.set(provider, this.#freeOffer(feedback, false));
    for (const [provider, result] of this.#results)
      if (isUnpriced(result)) free.set(provider, this.#freeOffer(result, true));
    const quoted = [...this.#quotes.values()].filter(({ providerPubkey }) => !free.has(providerPubkey));
    return [...free.values(), ...quoted.map((quote) => this.#quotedOffer(quote))];
  }

  /** The first result heard from this provider. */
  resultOf(providerPubkey: string): JobResult | null {
    return this.#results.get(providerPubkey) ?? null;
  }

  errorOf(providerPubkey: string): ProviderError | null {
    return this.#errors.get(providerPubkey) ?? null;
  }

  errors(): ProviderError[] {
    return [...this.#errors.values()];
  }

  /** Whether every provider that was addressed has offered, refused or delivered; never when anybody may answer. */
  allTargetsAnswered(): boolean {
    const { targets } = this.#request;
    const books = [this.#quotes, this.#freeWork, this.#errors, this.#results];
    return targets.length > 0 && targets.every((target) => books.some((book) => book.has(target)));
  }

  #hearFeedback(event: NostrEvent, decrypted: string | undefined): Answer | null {
    const read = parseJobFeedback(event, decrypted);
    if (!read.ok || read.value.requestId !== this.#request.id) return null;
    if (read.value.encrypted && decrypted === undefined) return null;
    const feedback = read.value;
    switch (feedback.status) {
      case 'payment-required':
        return this.#hearQuote(feedback);
      case 'error':
        return this.#hearError(feedback);
      case 'partial':
        return { type: 'partial', feedback };
      case 'processing':
      case 'success':
        return this.#hearProgress(feedback);
      default:
        return null;
    }
  }

  #hearQuote(quote: JobFeedback): Answer | null {
    if (quote.bolt11 === null && (quote.amount?.msat ?? null) === null) return null; // asks for nothing payable
    const known = this.#quotes.get(quote.providerPubkey);
    if (known && !isNewer(quote, known)) return null;
    if (!this.#hasRoom(this.#quotes, quote.providerPubkey, MAX_PROVIDERS) && !this.#dropDearerThan(quote))
      return null;
    this.#quotes.set(quote.providerPubkey, quote);
    return { type: 'offer', offer: this.#quotedOffer(quote) };
  }

  #hearError({ providerPubkey, error, rawStatus, info, createdAt }: JobFeedback): Answer | null {
    const known = this.#errors.get(providerPubkey);
    if (known && known.createdAt >= createdAt) return null;
    if (!this.#hasRoom(this.#errors, providerPubkey, MAX_PROVIDERS)) return null;
    const code = (error?.code ?? rawStatus ?? 'error').slice(0, MAX_ERROR_TEXT);
    const detail = (error?.detail ?? info ?? '').slice(0, MAX_ERROR_TEXT);
    const told = { providerPubkey, code, detail, createdAt };
    this.#errors.set(providerPubkey, told);
    return { type: 'error', error: told };
  }

  /** Unpaid work that asks for nothing is an offer to do it for free. */
  #hearProgress(feedback: JobFeedback): Answer {
    const { providerPubkey } = feedback;
    const progress: Answer = { type: 'progress', feedback };
    if ((feedback.exchange ?? 'free') !== 'free' || !isUnpriced(feedback)) return progress;
    const known = this.#freeWork.get(providerPubkey);
    if (known && !isNewer(known, feedback)) return progress; // the offer is the first sign of work
    if (!this.#hasRoom(this.#freeWork, providerPubkey, MAX_PROVIDERS)) return progress;
    this.#freeWork.set(providerPubkey, feedback);
    if (known || this.#quotes.has(providerPubkey)) return progress;
    return { type: 'offer', offer: this.#freeOffer(feedback, false) };
  }

  #hearResult(event: NostrEvent, decrypted: string | undefined): Answer | null {
    if (event.kind !== this.#request.kind + 1000) return null;
    const read = parseJobResult(event, decrypted);
    if (!read.ok || read.value.requestId !== this.#request.id) return null;
    if (read.value.encrypted && decrypted === undefined) return null;
    const result = read.value;
    if (this.#results.has(result.providerPubkey)) return null;
    if (!this.#hasRoom(this.#results, result.providerPubkey, MAX_STRAY_RESULTS)) return null;
    this.#results.set(result.providerPubkey, result);
    return { type: 'result', result };
  }

  /** A full book gives up its dearest quote for a cheaper one, so that a flood of junk cannot keep offers out. */
  #dropDearerThan(quote: JobFeedback): boolean {
    const dearest = [...this.#quotes.values()]
      .filter(({ providerPubkey }) => providerPubkey !== this.#chosen)
      .reduce((worst, other) => (priceOf(other) > priceOf(worst) ? other : worst), quote);
    return dearest !== quote && this.#quotes.delete(dearest.providerPubkey);
  }

  #hasRoom(book: ReadonlyMap<string, unknown>, providerPubkey: string, limit: number): boolean {
    return book.has(providerPubkey) || providerPubkey === this.#chosen || book.size < limit;
  }

  #quotedOffer(quote: JobFeedback): Offer {
    const error = this.#errors.get(quote.providerPubkey);
    return {
      id: quote.id,
      event: quote.event,
      providerPubkey: quote.providerPubkey,
      exchange: quote.exchange ?? 'prepay',
      amountMsat: quote.amount?.msat ?? null,
      bolt11: quote.bolt11,
      usualSeconds: quote.usualSeconds,
      worstSeconds: quote.worstSeconds,
      validUntil: quote.validUntil,
      conditions: quote.conditions,
      delivered: false,
      withdrawn: error !== undefined && error.createdAt >= quote.createdAt,
      createdAt: quote.createdAt,
    };
  }

  #freeOffer(sign: JobFeedback | JobResult, delivered: boolean): Offer {
    const times = 'usualSeconds' in sign ? sign : { usualSeconds: null, worstSeconds: null };
    return {
      id: sign.id,
      event: sign.event,
      providerPubkey: sign.providerPubkey,
      exchange: 'free',
      amountMsat: ZERO_MSAT,
      bolt11: null,
      usualSeconds: times.usualSeconds,
      worstSeconds: times.worstSeconds,
      validUntil: null,
      conditions: 'conditions' in sign ? sign.conditions : [],
      delivered,
      withdrawn: !delivered && this.#errors.has(sign.providerPubkey),
      createdAt: sign.createdAt,
    };
  }
}

/** The offer that this event makes by itself, whatever else its author has said; `null` when it makes none. */
export function readOffer(request: JobRequest, event: NostrEvent, decrypted?: string): Offer | null {
  const book = new OfferBook(request);
  book.hear(event, decrypted);
  return book.offers()[0] ?? null;
}

/** Asks for no money. */
export function isUnpriced({ amount, bolt11 }: Pick<JobFeedback, 'amount' | 'bolt11'>): boolean {
  return bolt11 === null && (amount === null || amount.msat === ZERO_MSAT);
}

/** An unknown price ranks above every price that can exist. */
function priceOf({ amount }: JobFeedback): bigint {
  return amount?.msat ?? MAX_MSAT + 1n;
}

/** Later by the author's clock; in the same second the larger id, as the job fold of `protocol` has it. */
function isNewer(left: JobFeedback, right: JobFeedback): boolean {
  if (left.createdAt !== right.createdAt) return left.createdAt > right.createdAt;
  return left.id > right.id;
}
