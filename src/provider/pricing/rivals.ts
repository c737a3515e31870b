import { parseJobFeedback, type JobFeedback, type NostrEvent } from '../../protocol/index.ts';
import type { RivalOffer } from './pricing.ts';

/** Requests whose offers are remembered; the one heard of first is forgotten first. */
const MAX_REQUESTS = 2000;
/** Offers remembered for one request: the cheapest. */
const MAX_OFFERS = 8;

interface HeardOffer extends RivalOffer {
  readonly createdAt: number;
  readonly validUntil: number | null;
}

/**
 * What other providers publicly ask for the requests that are heard, bounded in every way. Of each the latest offer
 * counts, and none that it has taken back, that has run out, or that names no clear price.
 */
export class RivalBook {
  readonly #ownPubkeys: ReadonlySet<string>;
  readonly #offers = new Map<string, Map<string, HeardOffer>>();
  /** How often we asked less because of them. */
  readonly #requotes = new Map<string, number>();

  /** Offers of these keys are our own, and no reason to ask less. */
  constructor(ownPubkeys: readonly string[]) {
    this.#ownPubkeys = new Set(ownPubkeys);
  }

  /** Takes in a verified event; the request that it makes an offer for, when that is worth a look. */
  hear(event: NostrEvent): string | null {
    if (this.#ownPubkeys.has(event.pubkey)) return null;
    const read = parseJobFeedback(event);
    if (!read.ok || read.value.encrypted || read.value.customerPubkey === event.pubkey) return null;
    const { requestId, status } = read.value;
    if (status === 'error') {
      this.#offers.get(requestId)?.delete(event.pubkey);
      return null;
    }
    const offer = status === 'payment-required' ? offerOf(read.value) : null;
    return offer !== null && this.#keep(requestId, offer) ? requestId : null;
  }

  /** What stands for a request now (unix seconds), cheapest first; without the offers of its own customer. */
  offersFor(request: { readonly id: string; readonly customerPubkey: string }, now: number): RivalOffer[] {
    const offers = [...(this.#offers.get(request.id)?.values() ?? [])];
    return offers
      .filter(({ validUntil }) => validUntil === null || validUntil > now)
      .filter(({ providerPubkey }) => providerPubkey !== request.customerPubkey)
      .toSorted(byAmount);
  }

  requotesFor(requestId: string): number {
    return this.#requotes.get(requestId) ?? 0;
  }

  noteRequote(requestId: string): void {
    this.#requotes.set(requestId, this.requotesFor(requestId) + 1);
    forgetFirst(this.#requotes);
  }

  #keep(requestId: string, offer: HeardOffer): boolean {
    const offers = this.#offers.get(requestId) ?? new Map<string, HeardOffer>();
    this.#offers.set(requestId, offers);
    forgetFirst(this.#offers);
    const known = offers.get(offer.providerPubkey);
    if (known !== undefined && known.createdAt > offer.createdAt) return false;
    offers.set(offer.providerPubkey, offer);
    if (offers.size <= MAX_OFFERS) return true;
    const dearest = [...offers.values()].toSorted(byAmount).at(-1);
    if (dearest !== undefined) offers.delete(dearest.providerPubkey);
    return dearest?.providerPubkey !== offer.providerPubkey;
  }
}

function offerOf(feedback: JobFeedback): HeardOffer | null {
  const amountMsat = feedback.amount?.msat ?? null;
  if (amountMsat === null || amountMsat === 0n) return null;
  const { providerPubkey, createdAt, validUntil } = feedback;
  return { providerPubkey, amountMsat, createdAt, validUntil };
}

function byAmount(one: RivalOffer, other: RivalOffer): number {
  if (one.amountMsat !== other.amountMsat) return one.amountMsat < other.amountMsat ? -1 : 1;
  return one.providerPubkey < other.providerPubkey ? -1 : 1;
}

function forgetFirst(remembered: Map<string, unknown>): void {
  const [first] = remembered.keys();
  if (remembered.size > MAX_REQUESTS && first !== undefined) remembered.delete(first);
}
