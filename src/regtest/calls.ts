import type { PaymentRecord, WalletNotification, WalletOutcome } from '../money/index.ts';
import type { Msat } from '../protocol/index.ts';
import type { Direction } from './payment-records.ts';

/** What an invoice is to say. With a payment hash it is a hold invoice. */
export interface InvoiceWish {
  readonly role: string;
  readonly amountMsat: Msat;
  readonly description?: string;
  readonly descriptionHash?: string;
  readonly expirySeconds: number;
  readonly paymentHash?: string;
}

/** What the bank's thread reports about itself. */
export interface BankStats {
  readonly height: number;
  readonly roles: readonly string[];
  /** Channel ends that exist, and those that can carry payments now; equal in a healthy bank. */
  readonly channels: { readonly open: number; readonly usable: number };
  /** Payments that ended since the thread started. */
  readonly paymentsSinceStart: number;
  /** Memory of the whole process, in bytes: LDK's memory counts here and never shrinks before the thread ends. */
  readonly residentBytes: number;
}

/** The calls between a bank and its thread. */
export interface BankCalls {
  makeInvoice(wish: InvoiceWish): WalletOutcome<PaymentRecord>;
  settleHold(hold: { readonly role: string; readonly preimage: string }): WalletOutcome<void>;
  cancelHold(hold: { readonly role: string; readonly paymentHash: string }): WalletOutcome<void>;
  pay(payment: {
    readonly role: string;
    readonly bolt11: string;
    readonly feeLimitMsat: Msat;
  }): WalletOutcome<{ readonly preimage: string; readonly feePaidMsat: Msat }>;
  lookup(payment: { readonly role: string; readonly paymentHash: string }): WalletOutcome<PaymentRecord | null>;
  list(query: {
    readonly role: string;
    readonly from: number;
    readonly until: number;
    readonly direction: Direction | null;
    readonly limit: number;
  }): WalletOutcome<PaymentRecord[]>;
  balance(of: { readonly role: string }): WalletOutcome<{ readonly spendableMsat: Msat }>;
  mine(chain: { readonly blocks: number }): void;
  addRole(add: { readonly role: string }): void;
  stats(none: Record<never, never>): BankStats;
}

/** The name of a call. */
export type CallName = keyof BankCalls;
/** What a call takes. */
export type CallParams<Name extends CallName> = Parameters<BankCalls[Name]>[0];
/** What a call answers. */
export type CallResult<Name extends CallName> = ReturnType<BankCalls[Name]>;

/** How the bank's thread is to start. */
export interface BankSettings {
  readonly file: string;
  readonly roles: readonly string[];
  readonly channelSats: number;
  /** `null`: blocks come only when asked for. */
  readonly blockEveryMs: number | null;
  readonly recycleAfterPayments: number;
  readonly checkpointModule: string | null;
}

/** A call on its way to the thread. */
export interface CallMessage<Name extends CallName = CallName> {
  readonly type: 'call';
  readonly id: number;
  readonly name: Name;
  readonly params: CallParams<Name>;
  /** The caller's unix time in seconds: the thread has no clock of its own. */
  readonly now: number;
}

/** What the thread is told. `open` comes once, after it said `loaded`. */
export type ToThread =
  | { readonly type: 'open'; readonly settings: BankSettings; readonly now: number }
  | CallMessage
  | { readonly type: 'close' };

/** What the thread says. `broken` and `closed` are its last words; `worn` asks to be replaced. */
export type FromThread =
  | { readonly type: 'loaded' | 'ready' | 'worn' | 'closed' }
  | { readonly type: 'answer'; readonly id: number; readonly result: unknown }
  | { readonly type: 'notice'; readonly role: string; readonly notification: WalletNotification }
  | { readonly type: 'broken'; readonly reason: string };
