import type { ExchangeMode, Failure, Msat, NostrEvent, Outcome } from '../protocol/index.ts';
import type { Order } from './order.ts';
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
  /** Why it was taken, for people; left out where nobody said it. */
  readonly why?: readonly string[];
}

/** Who takes the offer of a purchase: the customer's policy by itself, or somebody who approves it. */
export type ApprovalMode = 'automatic' | 'ask';

/** The approval of one offer. */
export interface Approval {
  /** The event that makes the offer. */
  readonly offerId: string;
  /** The most that may be paid for it, without fees. */
  readonly maxAmountMsat: Msat;
  readonly approvedAt: number;
}

/** A name that a customer gives to a purchase or an order, for good. */
export interface IdempotencyKey {
  readonly key: string;
  /** Of what it names: the same key with another fingerprint is a mistake of the caller. */
  readonly fingerprint: string;
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
  readonly approval: ApprovalMode;
  /** `null` where nothing is approved, or nothing that still holds. */
  readonly approved: Approval | null;
  /** The order that it belongs to. */
  readonly orderId: string | null;
  /** The program that made it, where it said so. */
  readonly madeBy?: string;
  readonly offer: ChosenOffer | null;
  readonly result: NostrEvent | null;
  /** The proof of payment, once the wallet has shown it. */
  readonly preimage: string | null;
  readonly feePaidMsat: Msat | null;
  /** The one invoice by which the money may come back, once it was asked for. */
  readonly refund: { readonly bolt11: string; readonly paymentHash: string } | null;
  /** Why it ended or, while it waits for another approval, why the offer that was approved could not be paid. */
  readonly failure: Failure | null;
  readonly openedAt: number;
  readonly updatedAt: number;
  readonly version: number;
}

/** A purchase to be booked. */
export interface NewPurchase {
  readonly request: NostrEvent;
  readonly relays: readonly string[];
  readonly maxAmountMsat: Msat;
  readonly deadlineAt: number;
  /** `automatic` unless told. */
  readonly approval?: ApprovalMode;
  readonly madeBy?: string;
  readonly publish: readonly OutgoingEvent[];
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
  /** The calls of wallets by which that was judged: `stale` when there were more since. */
  readonly paymentCalls?: number;
}

/** The payment of a job, and how often a wallet was asked to make it, by whatever process. */
export interface JobPayment extends OutgoingPayment {
  readonly calls: number;
}

/**
 * `over-budget`: a cap would be passed. `hash-reused`: an invoice with that hash was reserved before, and did not
 * fail for the same purchase. `order-ended`: the order that it belongs to pays nothing more.
 */
export type ReserveFailureCode = 'stale' | 'illegal-move' | 'over-budget' | 'hash-reused' | 'order-ended';

/** The books of everything a customer buys. Every method is one durable transaction. */
export interface PurchasesLedger {
  /** Books the purchase and its request event together; a repeat returns the first. */
  open(purchase: NewPurchase): Promise<{ readonly purchase: Purchase; readonly created: boolean }>;
  /**
   * Books the purchase that a key names, or returns the one that it named before; then nothing of this one is booked.
   * `key-used`: the key names an order, or a purchase with another fingerprint (`data.requestId`, `data.orderId`).
   */
  openByKey(
    purchase: NewPurchase,
    key: IdempotencyKey,
  ): Promise<Outcome<{ readonly purchase: Purchase; readonly created: boolean }, 'key-used'>>;
  get(requestId: string): Promise<Purchase | null>;
  /** The purchase that a key of that customer names. */
  byKey(customerPubkey: string, key: string): Promise<Purchase | null>;
  /**
   * Moves a purchase from the version the caller saw. `paying` is entered by `reserve` alone; one that goes back to
   * `requested` loses its offer and its approval.
   */
  change(seen: Purchase, change: PurchaseChange): Promise<Outcome<Purchase, 'stale' | 'illegal-move'>>;
  /**
   * `requested → offered` by somebody's approval, bound to that very offer. Of an order it moves the order as well, so
   * that of two programs that both follow it one approves. `key-used`: the key names something else (`data`).
   */
  approve(
    seen: Purchase,
    approval: {
      readonly offer: ChosenOffer;
      readonly maxAmountMsat: Msat;
      readonly key?: string;
      readonly order?: Order;
    },
  ): Promise<Outcome<Purchase, 'stale' | 'illegal-move' | 'key-used'>>;
  /** Gives a purchase one more name, as the repeat of an approval does. `key-used` as for `approve`. */
  nameApproval(
    purchase: Pick<Purchase, 'customerPubkey' | 'requestId'>,
    approval: { readonly key: string; readonly offerId: string },
  ): Promise<Outcome<void, 'key-used'>>;
  /**
   * `approved → paying`: reserves amount plus fee limit within the caps, that of its approval and that of its order
   * among them, before the wallet is called.
   */
  reserve(seen: Purchase, caps: SpendingCaps): Promise<Outcome<Purchase, ReserveFailureCode>>;
  /**
   * Counts one more call of a wallet for a reserved payment, before it is made; resolves with the new count. `stale`:
   * somebody else has called, or the payment has moved, since the caller read it.
   */
  beginCall(seen: Pick<JobPayment, 'paymentHash' | 'calls'>): Promise<Outcome<number, 'stale'>>;
  /**
   * Keeps the proof of a payment that the books have as failed. It stays failed, and a person must find out what was
   * paid twice. `false` when it has not failed, or its proof was kept before.
   */
  keepProof(proof: {
    readonly paymentHash: string;
    readonly preimage: string;
    readonly feePaidMsat: Msat;
  }): Promise<boolean>;
  payment(paymentHash: string): Promise<JobPayment | null>;
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
