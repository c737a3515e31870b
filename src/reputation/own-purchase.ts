import { addMsat, isRecord, ZERO_MSAT, type Msat } from '../protocol/index.ts';
import { ACCEPTABLE_RATING } from './job-evidence.ts';

/**
 * How a purchase ended for whoever made it. `delivered`: for nothing. `paid-and-delivered`: as it should.
 * `paid-and-undelivered`: the money is gone and nothing came, or nothing that was good enough for who bought it.
 * `refunded`: nothing came, and the money came back. `failed`: unpaid, the provider gave up work that it had begun,
 * asked for something else than it had promised, or delivered what was not good enough.
 */
export type OwnOutcome = 'delivered' | 'paid-and-delivered' | 'paid-and-undelivered' | 'refunded' | 'failed';

/** What one finished purchase of one's own says about its provider; the own books are its source. */
export interface OwnPurchase {
  readonly requestId: string;
  readonly providerPubkey: string;
  /** The kind of the request event. */
  readonly kind: number;
  readonly outcome: OwnOutcome;
  /** What stayed paid, without fees; zero when nothing was asked or the money came back. */
  readonly paidMsat: Msat;
  /** To the result, from the payment, or from the request where the result came first; `null` without a result. */
  readonly seconds: number | null;
  /** When it ended, unix seconds by the own clock. */
  readonly at: number;
  /** When it was complained about in private, where it was delivered nevertheless; unix seconds. */
  readonly disputedAt?: number;
}

/** The parts of a purchase in the ledger that tell of its provider; a ledger's `Purchase` is one. */
export interface BookedPurchase {
  readonly requestId: string;
  readonly request: { readonly kind: number };
  readonly state: string;
  readonly offer: { readonly providerPubkey: string } | null;
  readonly result: { readonly pubkey: string; readonly created_at: number } | null;
  readonly failure: { readonly data?: Readonly<Record<string, unknown>> } | null;
  /** Unix seconds. */
  readonly openedAt: number;
  readonly updatedAt: number;
}

/** A payment for a purchase in the ledger; a ledger's `OutgoingPayment` is one. */
export interface BookedPayment {
  readonly state: string;
  readonly amountMsat: Msat;
  /** When it was reserved, unix seconds. */
  readonly createdAt: number;
}

/**
 * Reads a purchase in the books, with its payments, as what it says about its provider; `null` while it is open,
 * where it ended through no provider's doing (nobody answered, withdrawn, over budget, a payment that found no way),
 * and where a person must find out first. What the customer complained about in private is no delivery.
 */
export function ownPurchaseOf(
  purchase: BookedPurchase,
  payments: readonly BookedPayment[],
): OwnPurchase | null {
  const { requestId, request, offer, result, openedAt, updatedAt: at } = purchase;
  const providerPubkey = result?.pubkey ?? offer?.providerPubkey;
  const settled = payments.filter(({ state }) => state === 'settled');
  const sentMsat = addMsat(...settled.map(({ amountMsat }) => amountMsat));
  const disputedAt = disputedAtOf(purchase);
  const outcome = outcomeOf(purchase, sentMsat);
  if (providerPubkey === undefined || outcome === null) return null;
  const stayedPaid = outcome === 'paid-and-delivered' || outcome === 'paid-and-undelivered';
  return {
    requestId,
    providerPubkey,
    kind: request.kind,
    outcome,
    paidMsat: stayedPaid ? sentMsat : ZERO_MSAT,
    seconds: result === null ? null : secondsTo(result.created_at, { openedAt, at, settled }),
    at,
    ...(result === null || disputedAt === null ? {} : { disputedAt }),
  };
}

/**
 * The same purchase where who made it rated it (0 to 1), at that time in unix seconds: what was not good enough is no
 * delivery, and praise that came after a complaint takes it back.
 */
export function judgedPurchase(
  purchase: OwnPurchase,
  verdict: { readonly rating: number; readonly at: number } | null,
): OwnPurchase {
  if (verdict === null) return purchase;
  const { outcome, disputedAt } = purchase;
  if (verdict.rating < ACCEPTABLE_RATING) return { ...purchase, outcome: worthless(outcome) };
  const isTakenBack = disputedAt !== undefined && verdict.at > disputedAt;
  return isTakenBack ? { ...purchase, outcome: worthy(outcome) } : purchase;
}

function worthy(outcome: OwnOutcome): OwnOutcome {
  if (outcome === 'paid-and-undelivered') return 'paid-and-delivered';
  return outcome === 'failed' ? 'delivered' : outcome;
}

function worthless(outcome: OwnOutcome): OwnOutcome {
  if (outcome === 'paid-and-delivered') return 'paid-and-undelivered';
  return outcome === 'delivered' ? 'failed' : outcome;
}

function outcomeOf({ state, failure }: BookedPurchase, sentMsat: Msat): OwnOutcome | null {
  switch (state) {
    case 'received':
    case 'reviewed': {
      const outcome = sentMsat > 0n ? 'paid-and-delivered' : 'delivered';
      return disputedAtOf({ failure }) === null ? outcome : worthless(outcome);
    }
    case 'undelivered':
      return 'paid-and-undelivered';
    case 'refunded':
      return 'refunded';
    case 'expired':
      return PROVIDERS_FAULT.has(failure?.data?.['reason']) ? 'failed' : null;
    default:
      return null;
  }
}

/** When it was complained about; a complaint of which that is not known is a recent one. */
function disputedAtOf({ failure }: Pick<BookedPurchase, 'failure'>): number | null {
  const complaint = failure?.data?.['complaint'];
  if (!isRecord(complaint)) return null;
  const { disputedAt } = complaint;
  return typeof disputedAt === 'number' ? disputedAt : Number.MAX_SAFE_INTEGER;
}

/** Reasons of a customer for leaving an offer that was taken, for which its provider is to blame. */
const PROVIDERS_FAULT: ReadonlySet<unknown> = new Set(['withdrawn', 'silent', 'promise-broken']);

/** Providers date their results; by the own clock it came between the request and the last entry in the books. */
function secondsTo(
  resultDate: number,
  books: { readonly openedAt: number; readonly at: number; readonly settled: readonly BookedPayment[] },
): number {
  const cameAt = Math.min(Math.max(resultDate, books.openedAt), books.at);
  const paidAt = books.settled.findLast(({ createdAt }) => createdAt <= cameAt)?.createdAt ?? books.openedAt;
  return cameAt - paidAt;
}
