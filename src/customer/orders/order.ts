import type { PurchaseState } from '../../ledger/index.ts';
import type { Msat, Outcome } from '../../protocol/index.ts';
import type { Receipt, Wish } from '../wish.ts';
import type { OrderFailureCode } from './order-errors.ts';

/**
 * How results are found to be the same: byte by byte, as JSON whatever its layout and order of names (texts that are
 * no JSON byte by byte), as words whatever the white space between them, or by the caller's own judgement.
 */
export type ResultComparison = 'exact' | 'json' | 'words' | ((one: string, other: string) => boolean);

/**
 * One wish that may take several purchases, each from another provider. It is durable and goes on after a crash;
 * whatever happens, its purchases together never cost more than `maxTotalMsat`, which the ledger enforces in the
 * transaction that reserves each payment.
 */
export interface OrderWish {
  /**
   * What each purchase asks for. `encrypted` may name several `targets` here: each gets a request of its own. The order
   * approves offers by itself, so `approval` and `idempotencyKey` are not for it; `policy` and `signal` hold until the
   * process ends.
   */
  readonly wish: Omit<Wish, 'approval' | 'idempotencyKey'>;
  /** The most that all purchases together may cost, fees included. */
  readonly maxTotalMsat: Msat;
  /** Names the order for good, as that of a wish does; 1 to 200 characters. */
  readonly idempotencyKey?: string;
  /** How long purchases are begun; the wish's deadline for each try that `rescues` allows unless told. */
  readonly deadlineSeconds?: number;
  /** Asks `ask` providers, pays for what each delivers, and ends when `agree` of the results are the same. */
  readonly redundancy?: {
    readonly ask: number;
    readonly agree: number;
    /** `exact` unless told. An own judgement is lost in a restart: place the same order with the same key again. */
    readonly compare?: ResultComparison;
  };
  /**
   * Buys once more, from another provider, when a job that was bought takes longer than its offer said, usually or at
   * worst, or than a number of seconds; the first result wins. An offer that named no time is given 30 seconds.
   */
  readonly hedge?: { readonly after: 'usual' | 'worst' | number };
  /** So many other providers are tried, one after the other, where a purchase comes to nothing; 2 unless told, at most 10. */
  readonly rescues?: number;
}

/** One purchase of an order, and what became of it. */
export interface OrderedPurchase {
  readonly requestId: string;
  /** `null` while no offer was taken. */
  readonly providerPubkey: string | null;
  readonly state: PurchaseState;
  /** What it cost with its fees, or may still cost while its payment is on its way; less what came back. */
  readonly spentMsat: Msat;
}

/** What an order brought, and what it cost. */
export interface OrderReceipt {
  readonly orderId: string;
  /** The content that won. Untrusted text. */
  readonly content: string;
  /** The purchase whose result it is. */
  readonly won: Receipt;
  /** Why this content, for people. */
  readonly why: readonly string[];
  /** Every purchase of the order, oldest first. What was still on its way may come back later. */
  readonly purchases: readonly OrderedPurchase[];
  /** The sum of what the purchases cost. */
  readonly spentMsat: Msat;
}

/** An order that is being followed. */
export interface OrderHandle {
  readonly orderId: string;
  /** Its purchases as they stand now, oldest first. */
  purchases(): Promise<readonly OrderedPurchase[]>;
  /** Resolves when the order is decided. Never rejects; every call gives the same outcome. */
  result(): Promise<Outcome<OrderReceipt, OrderFailureCode>>;
}
