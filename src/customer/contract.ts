import type { Purchase, PurchaseState } from '../ledger/index.ts';
import type { Dialect, ExchangeMode, JobPicture, Msat, NostrEvent, Outcome } from '../protocol/index.ts';
import type { BuyingPolicy } from './buying-policy.ts';
import type { OfferComparison } from './comparison.ts';
import type {
  ApproveFailureCode,
  CancelFailureCode,
  PurchaseFailureCode,
  WishFailureCode,
} from './errors.ts';
import type { Offer } from './offer.ts';
import type { ProviderError } from './offer-book.ts';
import type { OrderHandle, OrderWish } from './orders/order.ts';
import type { OrderFailureCode } from './orders/order-errors.ts';
import type { Aftercare } from './reviews/contract.ts';
import type { ResultVerdict } from './verify-result/verdict.ts';

/**
 * The exchange modes that this engine can finish by itself, in the order in which it asks for them: first those
 * in which a lock protects both sides, then those in which the provider trusts the customer, last those in which
 * the customer pays for what it has not seen (see `EXCHANGE_RISKS`).
 */
export const SUPPORTED_EXCHANGES = [
  'hold',
  'reveal',
  'ecash-htlc',
  'free',
  'postpay',
  'sample',
  'prepay',
  'zap',
  'nutzap',
] as const satisfies readonly ExchangeMode[];

/** An exchange mode that this engine can finish. */
export type SupportedExchange = (typeof SUPPORTED_EXCHANGES)[number];

/** One input of a wish; a plain string is text. */
export type WishInput =
  | string
  | {
      readonly data: string;
      /** The type of the `i` tag: `text`, `url`, `event` or `job`. */
      readonly type: string;
      readonly relay?: string;
      readonly marker?: string;
    };

/** What somebody wants to have done, and what it may cost. */
export interface Wish {
  /** The job kind, 5000–5999. */
  readonly kind: number;
  readonly inputs: readonly WishInput[];
  readonly params?: Readonly<Record<string, string | readonly string[]>>;
  /** MIME types that would be liked, best first. */
  readonly outputs?: readonly string[];
  /** The most that an offer may ask. The fee limit comes on top and counts against the caps. */
  readonly maxAmountMsat: Msat;
  /** How long offers and the result are worth waiting for; 120 unless told. */
  readonly deadlineSeconds?: number;
  /** Public keys of the providers to address; anybody may answer when left out. */
  readonly targets?: readonly string[];
  /**
   * Shows inputs, parameters and answers to nobody but the one provider in `targets` (NIP-90, NIP-44). Several
   * providers need several requests, which is the caller's to do.
   */
  readonly encrypted?: true;
  /** In which dialect the request is written; NIP-90 unless told. The first draft knows a few kinds only. */
  readonly dialect?: Dialect;
  /** Modes to accept, best first; all that are supported when left out. */
  readonly exchanges?: readonly SupportedExchange[];
  /** Another provider is to build on the result, so it must not come locked: `reveal` is left out of the modes. */
  readonly forChaining?: true;
  /** Request id of a `job` input → the result id to build on. */
  readonly chain?: ReadonlyMap<string, string>;
  /** Words for people beside the request. */
  readonly content?: string;
  /**
   * Who takes an offer: the policy by itself (unless told), or whoever calls `approve`. With `ask` offers are collected
   * until the deadline, and nothing is taken before that call, not even what is free; restarts keep to it.
   */
  readonly approval?: 'automatic' | 'ask';
  /**
   * Names this purchase for good among those of the key, 1 to 200 characters: the same wish with the same key, now or
   * after a restart, is the same purchase.
   */
  readonly idempotencyKey?: string;
  /** Overrides the customer's policy for this wish, until the process ends. */
  readonly policy?: Partial<BuyingPolicy>;
  /** Withdraws the wish when it aborts; what is already being paid is followed to its end. */
  readonly signal?: AbortSignal;
}

/** What a purchase brought, and what it cost. */
export interface Receipt {
  readonly requestId: string;
  /** The result's content, decrypted and opened. Untrusted text. */
  readonly content: string;
  readonly providerPubkey: string;
  /** How it was bought; `free` when nothing was paid for it. */
  readonly exchange: ExchangeMode;
  /** What was paid, or is still locked, without fees; zero when nothing was asked or the money came back. */
  readonly amountMsat: Msat;
  readonly feePaidMsat: Msat;
  /** Proof of the payment; `null` for what was given for nothing, and while the payment is not settled. */
  readonly preimage: string | null;
  /**
   * `none`: nothing was paid. `settled`: paid. `pending`: the provider delivered and has not taken the locked money yet.
   * `returned`: delivered, and the money came back.
   */
  readonly settlement: 'none' | 'settled' | 'pending' | 'returned';
  readonly resultEvent: NostrEvent;
  /** What checking it against the request found; advice, as the content is handed over in any case. */
  readonly verdict: ResultVerdict;
}

/** Something that happened to a purchase, for a live timeline. `at` is our clock, unix seconds. */
export type PurchaseUpdate = { readonly at: number } & (
  | { readonly type: 'state'; readonly state: PurchaseState; readonly purchase: Purchase }
  /** A relay has taken the request. */
  | { readonly type: 'sent'; readonly relays: readonly string[] }
  | { readonly type: 'offer'; readonly offer: Offer }
  /** The offers that were worth waiting for are here, and `approve` is what happens next. Told again after a setback. */
  | { readonly type: 'awaiting-approval'; readonly comparison: OfferComparison }
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
  /** Goes on with all open purchases of this key from the ledger; call it once at start. */
  resume(): Promise<readonly PurchaseHandle[]>;
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
  /** Withdraws the request (kind 5). Before paying this ends the purchase; later it fails with `too-late`. */
  cancel(requestId: string, reason?: string): Promise<Outcome<Purchase, CancelFailureCode>>;
  /**
   * Buys one wish by as many purchases as it takes, under one cap: see `OrderWish`. Resolves once it is durable. The
   * same order with the same idempotency key is the same order, now or after a restart.
   */
  order(order: OrderWish): Promise<Outcome<OrderHandle, OrderFailureCode | WishFailureCode>>;
  /** Goes on with all open orders of this key; `resume` does so too. */
  resumeOrders(): Promise<readonly OrderHandle[]>;
  /** Everything that the relays and the ledger show of a job, anybody's, folded. */
  trace(requestId: string): Promise<JobPicture>;
  /** Stops following, finishes the step under way and leaves nothing behind. The ledger, wallet and pool stay open. */
  close(): Promise<void>;
}
