import type { ExchangeMode, Failure, Msat, NostrEvent, Outcome } from '../protocol/index.ts';
import type { OutgoingEvent } from './outbox.ts';
import type { MoneyState, WorkState } from './states.ts';

/** What a provider asked for one job, and the secret that settles it. */
export interface SaleQuote {
  readonly amountMsat: Msat;
  readonly validUntil: number;
  readonly usualSeconds: number;
  readonly worstSeconds: number;
  /** SHA-256 of the preimage; `null` when the job is free. */
  readonly paymentHash: string | null;
  /** Only the provider knows it until settlement. Never logged, never published by the provider. */
  readonly preimage: string | null;
  /** `null` until the wallet has made the invoice. */
  readonly bolt11: string | null;
  /** The offer says that the payment stays here where the customer cancels work that has begun. */
  readonly isKeptOnceBegun?: boolean;
}

/** Money that reached us for a sale, as our own wallet or a completed ecash swap shows it. */
export interface SaleReceipt {
  /** Tells payments apart, whatever carried them: the payment hash, or the id of the nutzap. */
  readonly paymentHash: string;
  readonly via: 'invoice' | 'zap' | 'nutzap' | 'ecash';
  readonly amountMsat: Msat;
  /** Unix seconds. */
  readonly receivedAt: number;
}

/** Where the money of a failed sale goes back to, and what that took. */
export interface SaleRefund {
  readonly via: 'lud16' | 'claim' | 'ecash';
  readonly amountMsat: Msat;
  /** The invoice that is paid; `null` for ecash. */
  readonly bolt11: string | null;
  readonly paymentHash: string | null;
  /** Routing fees, once known. */
  readonly feePaidMsat: Msat | null;
}

/** What a provider gives back of its price, and when it decided to, unix seconds. */
export interface SaleGoodwill {
  readonly amountMsat: Msat;
  readonly givenAt: number;
}

/** What the books know of a customer, for deciding how far it is trusted. */
export interface CustomerRecord {
  /** Sales that were delivered and paid, and their sum. */
  readonly paidSales: number;
  readonly paidMsat: Msat;
  /** When the first of them was asked for, unix seconds; `null` when there is none. */
  readonly firstPaidAt: number | null;
  /** Sales that were worked on and then not paid, and what they would have brought. */
  readonly unpaidSales: number;
  readonly unpaidMsat: Msat;
  /** Unpaid work that is under way or delivered and not overdue yet. */
  readonly openUnpaidMsat: Msat;
}

/** The selling side of one job: keyed by (provider key, request event id), so a repeat opens nothing new. */
export interface Sale {
  readonly providerPubkey: string;
  readonly requestId: string;
  readonly customerPubkey: string;
  /** Which of the provider's services does it. */
  readonly serviceId: string;
  readonly request: NostrEvent;
  readonly work: WorkState;
  readonly money: MoneyState;
  readonly exchange: ExchangeMode;
  readonly quote: SaleQuote | null;
  /** How the money goes back, from the first attempt on. */
  readonly refund: SaleRefund | null;
  /** What of the price of delivered work the provider gives back although it is earned. */
  readonly goodwill: SaleGoodwill | null;
  /** When the held money was first seen, unix seconds. */
  readonly lockedAt: number | null;
  /** The locked ecash that was handed over for it, booked by the move that locks. */
  readonly token: string | null;
  /** The signed result event, saved before it is published. */
  readonly result: NostrEvent | null;
  readonly failure: Failure | null;
  /** After this the work is given up and held money goes back, unix seconds. */
  readonly deadlineAt: number | null;
  readonly lease: { readonly owner: string; readonly fence: number; readonly expiresAt: number } | null;
  readonly attempts: number;
  readonly openedAt: number;
  readonly updatedAt: number;
  /** Grows with every change: a writer that saw an older one is refused. */
  readonly version: number;
}

/** What one move of a sale changes, in one transaction with the events that tell of it. */
export interface SaleChange {
  readonly work?: WorkState;
  readonly money?: MoneyState;
  readonly exchange?: ExchangeMode;
  readonly quote?: SaleQuote;
  readonly lockedAt?: number;
  readonly token?: string;
  readonly result?: NostrEvent;
  /** `null` when what failed is tried again. */
  readonly failure?: Failure | null;
  readonly deadlineAt?: number;
  /** How often the work counts as tried. */
  readonly attempts?: 0;
  readonly refund?: SaleRefund;
  readonly goodwill?: SaleGoodwill;
  /** Money that came with this move; a receipt that is booked already is not booked again. */
  readonly receipts?: readonly SaleReceipt[];
  /** Already signed events to publish once this is committed. */
  readonly publish?: readonly OutgoingEvent[];
}

/**
 * `stale`: somebody else moved it first, read it again. `illegal-move`: the state tables forbid it. `lease-lost`: another
 * worker has it. `balance-too-low`: its customer has not prepaid enough, `data.shortfallMsat` says what is missing.
 */
export type SaleFailureCode = 'stale' | 'illegal-move' | 'lease-lost' | 'balance-too-low';

/** How many open sales of a service stand in a pair of states, and since when the oldest of them is open. */
export interface OpenSales {
  readonly serviceId: string;
  readonly work: WorkState;
  readonly money: MoneyState;
  readonly count: number;
  /** Unix seconds. */
  readonly oldestAt: number;
}

/** Sales with money of their customers, in one state of it. */
export interface OwingSales {
  readonly money: MoneyState;
  readonly count: number;
  /** What of it belongs to the customers. */
  readonly amountMsat: Msat;
}

/** A page of what a provider sold. */
export interface SalesPage {
  readonly providerPubkey: string;
  readonly limit: number;
  /** The last sale of the page before. */
  readonly after?: Pick<Sale, 'openedAt' | 'requestId'>;
}

/** The books of everything a provider sells. Every method is one durable transaction. */
export interface SalesLedger {
  /**
   * Books a request once: a second call with the same key and request returns the first sale. Where the answer
   * is known already, a new sale makes that move in the same transaction; one that the tables forbid throws.
   */
  open(sale: {
    readonly providerPubkey: string;
    readonly serviceId: string;
    readonly request: NostrEvent;
    readonly answer?: SaleChange;
  }): Promise<{ readonly sale: Sale; readonly created: boolean }>;
  get(providerPubkey: string, requestId: string): Promise<Sale | null>;
  /** Finds the sale by the hash of its invoice, of the refund that it pays, or of a payment that it was given. */
  byPaymentHash(paymentHash: string): Promise<Sale | null>;
  /** What reached us for a sale, oldest first. */
  receipts(sale: Pick<Sale, 'providerPubkey' | 'requestId'>): Promise<SaleReceipt[]>;
  /** What this provider's books know of a customer. */
  recordOf(providerPubkey: string, customerPubkey: string): Promise<CustomerRecord>;
  /**
   * Sales of the same customer whose request says that it continues this one (a `continues` tag), oldest first, at most
   * `limit`. What the tag says besides is left to the caller.
   */
  followUps(
    first: Pick<Sale, 'providerPubkey' | 'customerPubkey' | 'requestId'>,
    limit: number,
  ): Promise<Sale[]>;
  /** Whether anything that this key asked for was ever booked. */
  isCustomer(providerPubkey: string, pubkey: string): Promise<boolean>;
  /**
   * Moves a sale from the version the caller saw; naming the state it is in changes fields only. `working`
   * is entered by `claimWork` alone. A sale by `balance` draws its price in the transaction that locks, and gives it
   * back in the one that releases. Fails with a `SaleFailureCode`.
   */
  change(seen: Sale, change: SaleChange): Promise<Outcome<Sale, SaleFailureCode>>;
  /**
   * Takes one `accepted` sale that is paid or needs no payment before its work (or a `working` one whose lease ran out) of these services for
   * `owner`, oldest first, at most `limit`; each comes back `working` with a new fence.
   */
  claimWork(claim: {
    readonly providerPubkey: string;
    readonly serviceIds: readonly string[];
    readonly owner: string;
    readonly leaseSeconds: number;
    readonly limit: number;
  }): Promise<Sale[]>;
  /** Extends a lease that is still ours; `lease-lost` otherwise. */
  renewLease(seen: Sale, leaseSeconds: number): Promise<Outcome<Sale, 'lease-lost'>>;
  /**
   * Gives claimed work back before its lease runs out, as a worker does that is being stopped: anybody may claim
   * it at once, and the attempt does not count. Nothing happens when the lease is no longer that of `seen`.
   */
  returnWork(seen: Sale): Promise<void>;
  /** Sales in which something may still happen, oldest first, in pages after `(openedAt, requestId)`. */
  listOpen(page: SalesPage): Promise<Sale[]>;
  /** The open sales of a provider, counted. */
  countOpen(providerPubkey: string): Promise<OpenSales[]>;
  /** What a provider owes its customers: paid and not delivered, or to be given back. */
  sumOwing(providerPubkey: string): Promise<OwingSales[]>;
  /** Sales of a provider whose request's id begins so, at most `limit`. */
  startingWith(providerPubkey: string, idPrefix: string, limit: number): Promise<Sale[]>;
  /** The latest sales for people to look at, newest first; those of one provider, or of all who share the books. */
  listRecent(page: { readonly providerPubkey?: string; readonly limit: number }): Promise<Sale[]>;
  /** Every sale, oldest first, in pages after `(openedAt, requestId)`. */
  list(page: SalesPage): Promise<Sale[]>;
  /** Sales with money of their customers: paid and not delivered, or to be given back; in the same pages. */
  listOwing(page: SalesPage): Promise<Sale[]>;
}
