import type { Prepaid } from '../../ledger/index.ts';
import type {
  InvoiceCheckCode,
  PaymentFailureCode,
  SpendingRefusal,
  WalletFailureCode,
} from '../../money/index.ts';
import type { Msat, Outcome } from '../../protocol/index.ts';

/** Money that was prepaid with a provider; invoice and preimage stay in the books as evidence. */
export interface MadeTopUp {
  readonly providerPubkey: string;
  readonly amountMsat: Msat;
  readonly feePaidMsat: Msat;
  readonly paymentHash: string;
  readonly preimage: string;
  /** The balance as its provider says it is now; `null` when it has not said so within some seconds. */
  readonly saidMsat: Msat | null;
}

/** Money that came back from a balance, or is to come. */
export interface AskedWithdrawal {
  readonly providerPubkey: string;
  readonly amountMsat: Msat;
  readonly paymentHash: string;
  /** `asked`: the own wallet does not have it yet; it may still come until the invoice runs out. */
  readonly state: 'asked' | 'received';
}

/**
 * Why nothing was prepaid, or not surely. `provider-silent`: no invoice came. `refused-by-provider`: `data.reason` has its
 * code. `top-up-open`: an earlier one has an unknown end; `top-up-finished`: an earlier one was finished just now, and
 * nothing else was done. Otherwise the invoice, the caps or the wallet are against it.
 */
export type TopUpFailureCode =
  | 'provider-silent'
  | 'refused-by-provider'
  | 'top-up-open'
  | 'top-up-finished'
  | InvoiceCheckCode
  | SpendingRefusal
  | PaymentFailureCode
  | WalletFailureCode;

/**
 * Why nothing is withdrawn. `nothing-left`: by our books there is not so much. `withdrawal-open`: an earlier one is not
 * finished. `refused-by-provider`: `data.reason` has its code; the top-ups in the books are the evidence of what it had.
 */
export type WithdrawFailureCode =
  'nothing-left' | 'withdrawal-open' | 'refused-by-provider' | WalletFailureCode;

/** What a customer has prepaid with providers, whom it trusts with all of it. */
export interface Balances {
  /** By our own books, which count what we paid and agreed to, whatever a provider says. */
  list(): Promise<readonly Prepaid[]>;
  /** Prepays: asks the provider for an invoice over exactly that, and pays it within the caps. Never made by itself. */
  topUp(wanted: {
    readonly providerPubkey: string;
    readonly amountMsat: Msat;
    readonly signal?: AbortSignal;
  }): Promise<Outcome<MadeTopUp, TopUpFailureCode>>;
  /** Asks for some of it back, or for all that is left but for what routing may cost. */
  withdraw(wanted: {
    readonly providerPubkey: string;
    readonly amountMsat: Msat | null;
    readonly signal?: AbortSignal;
  }): Promise<Outcome<AskedWithdrawal, WithdrawFailureCode>>;
}
