import type { ExchangeMode, Failure, Msat, NostrEvent, Outcome } from '../protocol/index.ts';
import type { OutgoingEvent } from './outbox.ts';
import type { PaymentState, PurchaseState } from './states.ts';

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
  readonly failure?: Failure;
  readonly publish?: readonly OutgoingEvent[];
  /** Moves the outgoing payment of the chosen offer with it. */
  readonly payment?: PaymentState;
}

/** The most that may leave the wallet; all are checked in the transaction that reserves. */
export interface SpendingCaps {
  /** Amount plus fee limit of one job. */
  readonly perJobMsat: Msat;
  /** Amount plus fees of any 24 hours, reserved or spent. */
  readonly perDayMsat?: Msat;
}

/** An outgoing payment as the books see it. */
export interface OutgoingPayment {
  readonly paymentHash: string;
  readonly requestId: string;
  readonly payeePubkey: string;
  readonly bolt11: string;
  readonly amountMsat: Msat;
  readonly feeLimitMsat: Msat;
  readonly feePaidMsat: Msat | null;
  readonly preimage: string | null;
  readonly state: PaymentState;
  readonly createdAt: number;
  readonly updatedAt: number;
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
  /** Sum of reserved, in-flight and settled amounts plus fees since that time. */
  spentSince(customerPubkey: string, since: number): Promise<Msat>;
  /** Purchases in which something may still happen, oldest first. */
  listOpen(customerPubkey: string): Promise<Purchase[]>;
  listRecent(page: { readonly limit: number }): Promise<Purchase[]>;
}
