import {
  jobRole,
  parseJobFeedback,
  parseJobResult,
  resultKindOf,
  type Condition,
  type JobFeedback,
  type JobRequest,
  type JobResult,
  type NostrEvent,
} from '../protocol/index.ts';
import {
  isPricedPromise,
  isGift,
  isUnpriced,
  offerOfFeedback,
  offerOfResult,
  priceOf,
  type Offer,
  type OfferSurroundings,
} from './offer.ts';

/** A provider's error: why it does not, or could not, do the job. */
export interface ProviderError {
  readonly providerPubkey: string;
  readonly code: string;
  readonly detail: string;
  /** What it would take besides money, at most eight. */
  readonly conditions: readonly Condition[];
  /** Unix seconds, as the provider says. */
  readonly createdAt: number;
}

/** What an event turned out to say about the job. */
export type Answer =
  | { readonly type: 'offer'; readonly offer: Offer }
  | { readonly type: 'error'; readonly error: ProviderError }
  | { readonly type: 'progress'; readonly feedback: JobFeedback }
  | { readonly type: 'partial'; readonly feedback: JobFeedback }
  /** `offer` is what a result that is not paid for yet asks for it. */
  | { readonly type: 'result'; readonly result: JobResult; readonly offer: Offer | null };

/** Providers whose answers are kept for one purchase; a flood beyond it is dropped. */
const MAX_PROVIDERS = 200;
/** Results kept from providers that were not chosen; the chosen provider's is always kept. */
const MAX_STRAY_RESULTS = 20;
const MAX_ERROR_TEXT = 500;
const MAX_CONDITIONS = 8;

/**
 * Everything providers have said about one request, kept up to date event by event and bounded against floods.
 * The order and repetition of events do not matter, as in `foldJob`, with which it agrees: the latest quote of a
 * provider counts, a quote outranks free work, an error takes back what is not newer than itself. Of promises and
 * signs of free work the first counts, because progress repeats them; of results the first that is heard.
 * Answers of the customer's own key, to other requests, of the wrong kind or in ciphertext that nobody decrypted are
 * ignored, and so are those of providers not addressed, unless they begin with an offer to step in (a rescue).
 */
export class OfferBook {
  readonly #request: JobRequest;
  readonly #quotes = new Map<string, JobFeedback>();
  readonly #promises = new Map<string, JobFeedback>();
  readonly #freeWork = new Map<string, JobFeedback>();
  readonly #errors = new Map<string, ProviderError>();
  readonly #results = new Map<string, JobResult>();
  /** Providers that were not addressed and offer to step in. */
  readonly #rescuers = new Set<string>();
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
    if (!isAddressed(this.#request, event.pubkey) && !this.#stepsIn(event)) return null;
    return jobRole(event) === 'feedback'
      ? this.#hearFeedback(event, decrypted)
      : this.#hearResult(event, decrypted);
  }

  /** Every provider's standing offer. Unordered; none is checked yet. */
  offers(): Offer[] {
    const books = [this.#results, this.#quotes, this.#promises, this.#freeWork];
    const providers = new Set(books.flatMap((book) => [...book.keys()]));
    return [...providers].flatMap((provider) => this.offerOf(provider) ?? []);
  }

  /** What this provider offers now: its result, else the later of quote and promise, else its free work. */
  offerOf(providerPubkey: string): Offer | null {
    const result = this.#results.get(providerPubkey);
    if (result !== undefined) return offerOfResult(result, this.#around(result));
    const [quote, promise] = [this.#quotes.get(providerPubkey), this.#promises.get(providerPubkey)];
    const isRequoted = quote !== undefined && promise !== undefined && quote.createdAt >= promise.createdAt;
    const said = isRequoted ? quote : (promise ?? quote ?? this.#freeWork.get(providerPubkey));
    return said === undefined ? null : offerOfFeedback(said, this.#around(said));
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

  /** Whether every provider that was addressed has offered, refused or delivered; never when others may answer too. */
  allTargetsAnswered(): boolean {
    const { targets, welcomesRescue } = this.#request;
    return !welcomesRescue && this.haveAnswered(targets);
  }

  /** Whether each of these providers has offered, refused or delivered; never when nobody is named. */
  haveAnswered(providerPubkeys: readonly string[]): boolean {
    const books = [this.#quotes, this.#promises, this.#freeWork, this.#errors, this.#results];
    return (
      providerPubkeys.length > 0 &&
      providerPubkeys.every((provider) => books.some((book) => book.has(provider)))
    );
  }

  /** Whether this is, or follows, an offer to step in. Nobody can for what only its provider can read. */
  #stepsIn(event: NostrEvent): boolean {
    if (this.#rescuers.has(event.pubkey)) return true;
    if (this.#request.encrypted || this.#rescuers.size >= MAX_PROVIDERS) return false;
    const read = parseJobFeedback(event);
    const isRescue = read.ok && read.value.status === 'payment-required' && read.value.rescue !== null;
    if (isRescue && read.value.requestId === this.#request.id) this.#rescuers.add(event.pubkey);
    return this.#rescuers.has(event.pubkey);
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
    if (!this.#keep(this.#quotes, quote, MAX_PROVIDERS)) return null;
    return { type: 'offer', offer: offerOfFeedback(quote, this.#around(quote)) };
  }

  #hearError(said: JobFeedback): Answer | null {
    const { providerPubkey, error, rawStatus, info, createdAt } = said;
    const known = this.#errors.get(providerPubkey);
    if (known && known.createdAt >= createdAt) return null;
    if (!known && providerPubkey !== this.#chosen && this.#errors.size >= MAX_PROVIDERS) return null;
    const code = (error?.code ?? rawStatus ?? 'error').slice(0, MAX_ERROR_TEXT);
    const detail = (error?.detail ?? info ?? '').slice(0, MAX_ERROR_TEXT);
    const conditions = said.conditions.slice(0, MAX_CONDITIONS).map(cutCondition);
    const told = { providerPubkey, code, detail, conditions, createdAt };
    this.#errors.set(providerPubkey, told);
    return { type: 'error', error: told };
  }

  /** Work begun for a price that comes later, or for nothing, is an offer; in other modes it is progress. */
  #hearProgress(feedback: JobFeedback): Answer {
    const progress: Answer = { type: 'progress', feedback };
    const isFree = (feedback.exchange ?? 'free') === 'free' && isUnpriced(feedback);
    const book = isPricedPromise(feedback) ? this.#promises : isFree ? this.#freeWork : null;
    const known = book?.get(feedback.providerPubkey);
    if (book === null || (known && !isNewer(known, feedback))) return progress;
    if (!this.#keep(book, feedback, MAX_PROVIDERS) || known) return progress;
    const offer = this.offerOf(feedback.providerPubkey);
    return offer?.id === feedback.id ? { type: 'offer', offer } : progress;
  }

  #hearResult(event: NostrEvent, decrypted: string | undefined): Answer | null {
    if (event.kind !== resultKindOf(this.#request.event.kind)) return null;
    const read = parseJobResult(event, decrypted);
    if (!read.ok || read.value.requestId !== this.#request.id) return null;
    if (read.value.encrypted && decrypted === undefined) return null;
    const result = read.value;
    if (this.#results.has(result.providerPubkey)) return null;
    if (!this.#keep(this.#results, result, MAX_STRAY_RESULTS)) return null;
    return { type: 'result', result, offer: isGift(result) ? null : this.offerOf(result.providerPubkey) };
  }

  /** A full book gives up its dearest entry for a cheaper one, so that a flood of junk cannot keep offers out. */
  #keep<Said extends JobFeedback | JobResult>(book: Map<string, Said>, said: Said, limit: number): boolean {
    const { providerPubkey } = said;
    if (!book.has(providerPubkey) && providerPubkey !== this.#chosen && book.size >= limit) {
      const dearest = [...book.values()]
        .filter((other) => other.providerPubkey !== this.#chosen)
        .reduce((worst, other) => (priceOf(other) > priceOf(worst) ? other : worst), said);
      if (dearest === said) return false;
      book.delete(dearest.providerPubkey);
    }
    book.set(providerPubkey, said);
    return true;
  }

  #around(said: JobFeedback | JobResult): OfferSurroundings {
    const error = this.#errors.get(said.providerPubkey);
    return {
      promisedMsat: this.#promises.get(said.providerPubkey)?.amount?.msat ?? null,
      withdrawn: error !== undefined && error.createdAt >= said.createdAt,
    };
  }
}

/** Whether a request asks this provider by name, or asks nobody in particular. */
export function isAddressed({ targets }: Pick<JobRequest, 'targets'>, providerPubkey: string): boolean {
  return targets.length === 0 || targets.includes(providerPubkey);
}

/** The offer that this event makes by itself, whatever else its author has said; `null` when it makes none. */
export function readOffer(request: JobRequest, event: NostrEvent, decrypted?: string): Offer | null {
  const book = new OfferBook(request);
  book.hear(event, decrypted);
  return book.offerOf(event.pubkey);
}

function cutCondition({ code, detail }: Condition): Condition {
  return { code: code.slice(0, MAX_ERROR_TEXT), detail: detail.slice(0, MAX_ERROR_TEXT) };
}

/** Later by the author's clock; in the same second the larger id, as the job fold of `protocol` has it. */
function isNewer(left: JobFeedback, right: JobFeedback): boolean {
  if (left.createdAt !== right.createdAt) return left.createdAt > right.createdAt;
  return left.id > right.id;
}
