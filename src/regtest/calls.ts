import type { PaymentRecord, WalletNotification, WalletOutcome } from '../money/index.ts';
import type { Msat } from '../protocol/index.ts';
import type { PaymentQuery } from './payment-records.ts';

/** The node in the middle that every role has a channel with. It has no wallet of its own. */
export const HUB = 'hub';

/** What an invoice is to say. With a payment hash it is a hold invoice. */
export interface InvoiceWish {
  readonly role: string;
  readonly amountMsat: Msat;
  /** The text itself, or the SHA-256 (hex) of a text kept elsewhere. */
  readonly description: { readonly text: string } | { readonly sha256: string };
  readonly expirySeconds: number;
  readonly paymentHash: string | null;
}

/** What the bank's thread reports about itself. */
export interface ThreadStats {
  readonly height: number;
  readonly roles: readonly string[];
  /** Channel ends that exist, and those that can carry payments now; equal in a healthy bank. */
  readonly channels: { readonly open: number; readonly usable: number };
  /** Payments that ended since the thread started. */
  readonly paymentsSinceStart: number;
  /** Memory of the whole process, in bytes: LDK's memory counts here and never shrinks before the thread ends. */
  readonly residentBytes: number;
}

/** The calls between a bank and its thread: what each takes and what it answers when all is well. */
export interface BankCalls {
  makeInvoice: { params: InvoiceWish; value: PaymentRecord };
  settleHold: { params: { readonly role: string; readonly preimage: string }; value: void };
  cancelHold: { params: { readonly role: string; readonly paymentHash: string }; value: void };
  pay: {
    params: { readonly role: string; readonly bolt11: string; readonly feeLimitMsat: Msat };
    value: { readonly preimage: string; readonly feePaidMsat: Msat };
  };
  lookup: {
    params: { readonly role: string; readonly paymentHash: string };
    value: PaymentRecord | null;
  };
  list: { params: PaymentQuery; value: PaymentRecord[] };
  balance: { params: { readonly role: string }; value: { readonly spendableMsat: Msat } };
  mine: { params: { readonly blocks: number }; value: void };
  addRole: { params: { readonly role: string }; value: void };
  stats: { params: null; value: ThreadStats };
}

/** The name of a call. */
export type CallName = keyof BankCalls;
/** What a call takes. */
export type CallParams<Name extends CallName> = BankCalls[Name]['params'];
/** What a call answers: its value, or why not. */
export type CallOutcome<Name extends CallName> = WalletOutcome<BankCalls[Name]['value']>;

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
  | { readonly type: 'answer'; readonly id: number; readonly outcome: WalletOutcome<unknown> }
  | { readonly type: 'notice'; readonly role: string; readonly notification: WalletNotification }
  | { readonly type: 'broken'; readonly reason: string };
