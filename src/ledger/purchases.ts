import type { ExchangeMode, Failure, Msat, NostrEvent, Outcome } from '../protocol/index.ts';
import type { OutgoingEvent } from './outbox.ts';
import type { OutgoingPayment, SpendingCaps } from './spending.ts';
import type { PurchaseState, PaymentState } from './states.ts';

/** The offer a customer chose, bound to the exact quote that it may pay. */
export interface ChosenOffer {
  /** The signed feedback that carries the quote. */
  readonly event: NostrEvent;
  readonly providerPubkey: string;
  readonly exchange: ExchangeMode;
  readonly amountMsat: Msat;
  readonly bolt11: string | null;
  readonly paymentHash: string | null;
  readonly feeLimitMsat: Msat;
}

/** The buying side of one wish. */
export interface Purchase {
  /** The id of its request event. */
  readonly requestId: string;
  readonly customerPubkey: string;
  readonly request: NostrEvent;
  /** Relays the request was sent to, where answers are awaited. */
  readonly relays: readonly string[];
  readonly state: PurchaseState;
  readonly maxAmountMsat: Msat;
  /** Until when offers and a result are worth waiting for, unix seconds. */
  readonly deadlineAt: number;
  readonly offer: ChosenOffer | null;
  readonly result: NostrEvent | null;
  /** The proof of payment, once the wallet has shown it. */
  readonly preimage: string | null;
  readonly feePaidMsat: Msat | null;
  /** The one invoice by which the money may come back, once it was asked for. */
  readonly refund: { readonly bolt11: string; readonly paymentHash: string } | null;
  readonly failure: Failure | null;
  readonly openedAt: number;
  readonly updatedAt: number;
  readonly version: number;
}

/** What one move of a purchase changes, in one transaction. */
export interface PurchaseChange {
  readonly state?: PurchaseState;
  readonly offer?: ChosenOffer;
  readonly result?: NostrEvent;
  readonly preimage?: string;
  readonly feePaidMsat?: Msat;
  readonly refund?: NonNullable<Purchase['refund']>;
  readonly failure?: Failure;
  readonly publish?: readonly OutgoingEvent[];
  /** Moves the outgoing payment of the chosen offer with it. */
  readonly payment?: PaymentState;
}

/** `over-budget`: a cap would be passed. `hash-reused`: an invoice with that hash was reserved before. */
export type ReserveFailureCode = 'stale' | 'illegal-move' | 'over-budget' | 'hash-reused';

/** The books of everything a customer buys. Every method is one durable transaction. */
export interface PurchasesLedger {
  /** Books the purchase and its request event together; a repeat returns the first. */
  open(purchase: {
    readonly request: NostrEvent;
    readonly relays: readonly string[];
    readonly maxAmountMsat: Msat;
    readonly deadlineAt: number;
    readonly publish: readonly OutgoingEvent[];
  }): Promise<{ readonly purchase: Purchase; readonly created: boolean }>;
  get(requestId: string): Promise<Purchase | null>;
  /** Moves a purchase from the version the caller saw. `paying` is entered by `reserve` alone. */
  change(seen: Purchase, change: PurchaseChange): Promise<Outcome<Purchase, 'stale' | 'illegal-move'>>;
  /** `approved → paying`: reserves amount plus fee limit within the caps, before the wallet is called. */
  reserve(seen: Purchase, caps: SpendingCaps): Promise<Outcome<Purchase, ReserveFailureCode>>;
  payment(paymentHash: string): Promise<OutgoingPayment | null>;
  /** Everything that was reserved for a purchase, oldest first; at most one of them has not failed. */
  payments(requestId: string): Promise<OutgoingPayment[]>;
  /** Finds the purchase whose money comes back by that payment. */
  byRefund(paymentHash: string): Promise<Purchase | null>;
  /** Purchases in which something may still happen, oldest first. */
  listOpen(customerPubkey: string): Promise<Purchase[]>;
  listRecent(page: { readonly limit: number }): Promise<Purchase[]>;
  /** Every purchase, oldest first, in pages after `(openedAt, requestId)`. */
  list(page: {
    readonly customerPubkey: string;
    readonly limit: number;
    readonly after?: Pick<Purchase, 'openedAt' | 'requestId'>;
  }): Promise<Purchase[]>;
}
