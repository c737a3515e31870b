import type { LightningNetwork, Msat, Outcome } from '../protocol/index.ts';

/** What a wallet can do; decides which exchange modes a provider may offer. */
export interface WalletCapabilities {
  readonly network: LightningNetwork;
  /** Worth nothing outside this machine: say so wherever amounts are shown. */
  readonly playMoney: boolean;
  /** Hold invoices: made from a hash alone, settled or cancelled later. */
  readonly hold: boolean;
  /** Invoices whose preimage the caller chooses. */
  readonly choosePreimage: boolean;
  readonly descriptionHash: boolean;
  /** Pushes `WalletNotification`s; without it, poll `lookup`. */
  readonly notifications: boolean;
}

/** Why a wallet call failed. Only `wallet-timeout` and `wallet-unreachable` leave the outcome unknown: look it up, never retry blindly. */
export type WalletFailureCode =
  | 'wallet-timeout'
  | 'wallet-unreachable'
  | 'wallet-not-found'
  | 'insufficient-balance'
  | 'payment-failed'
  | 'quota-exceeded'
  | 'rate-limited'
  | 'wallet-unauthorized'
  | 'not-implemented'
  | 'wrong-network'
  | 'invalid-invoice'
  | 'wallet-internal';

/** A wallet's answer, or the coded reason why there is none. */
export type WalletOutcome<Value> = Outcome<Value, WalletFailureCode>;

/** What the wallet knows of one payment, in either direction. */
export interface PaymentRecord {
  readonly direction: 'incoming' | 'outgoing';
  /** `accepted`: a hold invoice was paid and awaits settle or cancel. `pending`: unpaid (incoming) or in flight (outgoing). */
  readonly state: 'pending' | 'accepted' | 'settled' | 'canceled' | 'expired' | 'failed';
  readonly paymentHash: string;
  readonly bolt11: string | null;
  readonly amountMsat: Msat;
  readonly feePaidMsat: Msat;
  /** 64 hex characters once known to the wallet. */
  readonly preimage: string | null;
  readonly createdAt: number;
  readonly settledAt: number | null;
  /** Block height by which a held payment must be settled, when the wallet says so. */
  readonly settleDeadlineHeight: number | null;
  /**
   * The wallet only shows invoices to whoever pays them, and knows this much: the payee, who has to be paid first, acts on
   * it. There is no preimage.
   */
  readonly byPayeesWord?: true;
}

/** A wallet's push: `received` and `sent` are final, `held` means a hold invoice was accepted. */
export interface WalletNotification {
  readonly type: 'received' | 'sent' | 'held';
  readonly payment: PaymentRecord;
}

/** Every wallet call takes a signal; a driver also bounds each wait by its own timeout. */
export interface WalletCall {
  readonly signal?: AbortSignal;
}

/**
 * A Lightning wallet behind any driver (NWC first). Amounts are millisatoshis, hashes and preimages
 * 64 hex characters, times unix seconds. Calls never throw for expected failures.
 */
export interface Wallet {
  capabilities(call?: WalletCall): Promise<WalletOutcome<WalletCapabilities>>;
  balance(call?: WalletCall): Promise<WalletOutcome<{ readonly spendableMsat: Msat }>>;
  makeInvoice(
    invoice: {
      readonly amountMsat: Msat;
      readonly description?: string;
      readonly descriptionHash?: string;
      readonly expirySeconds: number;
    },
    call?: WalletCall,
  ): Promise<WalletOutcome<PaymentRecord>>;
  /** Makes an invoice for a hash whose preimage only the caller knows; paying it locks the money until settle or cancel. */
  makeHoldInvoice(
    invoice: {
      readonly amountMsat: Msat;
      readonly paymentHash: string;
      readonly description: string;
      readonly expirySeconds: number;
    },
    call?: WalletCall,
  ): Promise<WalletOutcome<PaymentRecord>>;
  /** Takes the held money by showing its preimage. Settling again what is settled succeeds. */
  settleHold(hold: { readonly preimage: string }, call?: WalletCall): Promise<WalletOutcome<void>>;
  /** Gives held money back, or makes an unpaid invoice unpayable. Cancelling again succeeds. */
  cancelHold(hold: { readonly paymentHash: string }, call?: WalletCall): Promise<WalletOutcome<void>>;
  /**
   * Pays an invoice; idempotent by payment hash. `wallet-timeout` means the payment may still succeed
   * (a held payment normally outlives the call): follow it with `lookup`.
   */
  pay(
    payment: { readonly bolt11: string; readonly feeLimitMsat: Msat },
    call?: WalletCall,
  ): Promise<WalletOutcome<{ readonly preimage: string; readonly feePaidMsat: Msat }>>;
  /** What became of one payment; `null` when the wallet has never seen the hash. */
  lookup(
    payment: { readonly paymentHash: string },
    call?: WalletCall,
  ): Promise<WalletOutcome<PaymentRecord | null>>;
  /** Payments of a span of time, newest first. */
  list(
    query: {
      readonly from?: number;
      readonly until?: number;
      readonly direction?: 'incoming' | 'outgoing';
      readonly limit?: number;
    },
    call?: WalletCall,
  ): Promise<WalletOutcome<PaymentRecord[]>>;
  /** Hears of payments until the signal aborts. Late, repeated or missing notices are normal: `lookup` decides. */
  subscribe(listener: (notification: WalletNotification) => void, signal: AbortSignal): void;
  close(): Promise<void>;
}
