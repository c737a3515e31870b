import type { Purchase, PurchaseState } from '../ledger/index.ts';
import type { JobPicture, Msat, Outcome } from '../protocol/index.ts';
import type { Balances } from './balance/contract.ts';
import type { LeftOffer } from './buying-policy.ts';
import type { OfferComparison } from './comparison.ts';
import type {
  ApproveFailureCode,
  CancelFailureCode,
  PurchaseFailureCode,
  WishFailureCode,
} from './errors.ts';
import type { ContinueFailureCode, JobSteps, StepWish } from './follow-up/contract.ts';
import type { Offer } from './offer.ts';
import type { ProviderError } from './offer-book.ts';
import type { OrderHandle, OrderWish } from './orders/order.ts';
import type { OrderFailureCode } from './orders/order-errors.ts';
import type { Aftercare } from './reviews/contract.ts';
import type { ResultVerdict } from './verify-result/verdict.ts';
import type { Receipt, Wish } from './wish.ts';

/** Something that happened to a purchase, for a live timeline. `at` is our clock, unix seconds. */
export type PurchaseUpdate = { readonly at: number } & (
  | { readonly type: 'state'; readonly state: PurchaseState; readonly purchase: Purchase }
  /** A relay has taken the request. */
  | { readonly type: 'sent'; readonly relays: readonly string[] }
  | { readonly type: 'offer'; readonly offer: Offer }
  /** The offers that were worth waiting for are here, and `approve` is what happens next. Told again after a setback. */
  | { readonly type: 'awaiting-approval'; readonly comparison: OfferComparison }
  /** The policy takes none of the offers that are here; others are awaited as long as somebody may make one. */
  | { readonly type: 'offers-left'; readonly left: readonly LeftOffer[] }
  | { readonly type: 'provider-error'; readonly error: ProviderError }
  | { readonly type: 'progress'; readonly providerPubkey: string; readonly note: string }
  /** Partial results and samples: of any provider before one is chosen, of the chosen one after. Cut at 64 KiB. */
  | { readonly type: 'partial'; readonly providerPubkey: string; readonly content: string }
  /** A result is here; whether it is taken shows in the state. */
  | { readonly type: 'result'; readonly providerPubkey: string }
  /** The result was checked against the request. One that is `wrong` can be disputed and reviewed. */
  | { readonly type: 'verdict'; readonly verdict: ResultVerdict }
);

/** A purchase that is being followed. */
export interface PurchaseHandle {
  readonly requestId: string;
  /** What happened so far (the last 256 updates), then what happens, until nothing more can. */
  events(): AsyncIterable<PurchaseUpdate>;
  /**
   * Resolves when the content is here and its payment is settled (or stayed unsettled for ten seconds), or when
   * the purchase ended otherwise. Never rejects; every call gives the same outcome.
   */
  result(): Promise<Outcome<Receipt, PurchaseFailureCode>>;
  /** The offers side by side, as they stand now. */
  comparison(): OfferComparison;
}

/** Which offer is approved, and up to which amount. */
export interface OfferApproval {
  readonly offerId: string;
  /** The most that it may cost, without fees; guards against approving another price than the one that was seen. */
  readonly maxAmountMsat: Msat;
  /** Names the purchase for good, like that of a wish: a repeat with the same key can never take another offer. */
  readonly idempotencyKey?: string;
}

/** Buys for one key: every purchase survives a crash at any point and is never paid twice. */
export interface Customer extends Aftercare {
  readonly pubkey: string;
  /** Books and publishes a request, then follows it by itself. Resolves once the request is durable. */
  buy(wish: Wish): Promise<Outcome<PurchaseHandle, WishFailureCode>>;
  /**
   * Goes on with all open purchases and orders of this key from the ledger; call it once at start. They are decided by
   * the customer's own policy until `buy` or `order` names one again by its key, with the policy of that wish.
   */
  resume(): Promise<readonly PurchaseHandle[]>;
  /** Goes on with one open purchase of this key, and leaves the others alone. `null` when it has no such one. */
  follow(requestId: string): Promise<PurchaseHandle | null>;
  get(requestId: string): Promise<Purchase | null>;
  /** The purchase that an idempotency key of this customer names, by its wish or by its approval. */
  byIdempotencyKey(key: string): Promise<Purchase | null>;
  /** This key's among the latest purchases in the ledger, newest first. */
  list(page: { readonly limit: number }): Promise<readonly Purchase[]>;
  /**
   * The offers for a purchase side by side: live when it is followed here, else as the relays and the ledger show them
   * now. Reading moves nothing. `null` when this key has no such purchase.
   */
  comparison(requestId: string): Promise<OfferComparison | null>;
  /**
   * Takes an offer of a purchase that waits for approval. Durable before anything is paid, and bound to that very
   * quote: what its provider says later does not change it. Approving the same offer again changes nothing; when the
   * offer comes to nothing before it is paid, the purchase waits for approval anew.
   */
  approve(requestId: string, approval: OfferApproval): Promise<Outcome<Purchase, ApproveFailureCode>>;
  /**
   * What was agreed with a job besides itself, and how far that is, by the request of any of its steps. `null` when this
   * key has no such purchase, no offer was taken for it yet, or the one that was promises nothing more. Rejects while
   * the signer does not open what was sealed.
   */
  steps(requestId: string): Promise<JobSteps | null>;
  /**
   * Goes on with a job by what its offer promised: a request of its own to the same provider, at exactly the agreed price
   * and with no approval of its own. The same step again, now or after a restart, is the same purchase, unless the one
   * before came to nothing.
   */
  continueJob(requestId: string, step: StepWish): Promise<Outcome<PurchaseHandle, ContinueFailureCode>>;
  /** Withdraws the request (kind 5). Before paying this ends the purchase; later it fails with `too-late`. */
  cancel(requestId: string, reason?: string): Promise<Outcome<Purchase, CancelFailureCode>>;
  /**
   * Buys one wish by as many purchases as it takes, under one cap: see `OrderWish`. Resolves once it is durable. The
   * same order with the same idempotency key is the same order, now or after a restart.
   */
  order(order: OrderWish): Promise<Outcome<OrderHandle, OrderFailureCode | WishFailureCode>>;
  /** Goes on with all open orders of this key; `resume` does so too. */
  resumeOrders(): Promise<readonly OrderHandle[]>;
  /** What is prepaid with providers, for jobs that are bought by `balance`. */
  readonly balances: Balances;
  /** Everything that the relays and the ledger show of a job, anybody's, folded. */
  trace(requestId: string): Promise<JobPicture>;
  /** Stops following, finishes the step under way and leaves nothing behind. The ledger, wallet and pool stay open. */
  close(): Promise<void>;
}
