import type { Msat, Outcome } from '../protocol/index.ts';
import type { OutgoingEvent } from './outbox.ts';

/** What payments are for that have to do with balances, as their `purpose` says it. */
export const BALANCE_PURPOSES = {
  /** A customer prepays. */
  topUp: 'balance top-up',
  /** A customer has a job paid from what it prepaid: no money leaves its wallet. */
  draw: 'balance draw',
  /** A provider pays a customer what that has left. */
  withdrawal: 'balance withdrawal',
} as const;

/** What a customer prepaid with one provider, by its own books: the provider has the money, and its own view of it. */
export interface Prepaid {
  readonly providerPubkey: string;
  /** Top-ups that were paid, without fees; each payment has its invoice and preimage, which is the evidence. */
  readonly toppedUpMsat: Msat;
  /** Jobs that were paid from it and not given back. */
  readonly drawnMsat: Msat;
  /** What was asked back and came, or may still come, with the most that its routing may have cost. */
  readonly withdrawnMsat: Msat;
  /** What must be left at least. */
  readonly leftMsat: Msat;
}

/** An own invoice that a provider is to pay from the balance. */
export interface PrepaidWithdrawal {
  readonly withdrawalId: string;
  readonly customerPubkey: string;
  readonly providerPubkey: string;
  readonly amountMsat: Msat;
  readonly feeLimitMsat: Msat;
  readonly bolt11: string;
  readonly paymentHash: string;
  /** `given-up`: its invoice ran out unpaid. */
  readonly state: 'asked' | 'received' | 'given-up';
  readonly createdAt: number;
  readonly updatedAt: number;
}

/** What a customer has prepaid with providers. Every method is one durable transaction. */
export interface PrepaidLedger {
  /** By provider, those with nothing left as well. */
  holdings(customerPubkey: string): Promise<Prepaid[]>;
  /** Books an own invoice together with the message that asks for it. `withdrawal-open`: one at a time with a provider. */
  askWithdrawal(
    withdrawal: Omit<PrepaidWithdrawal, 'state' | 'createdAt' | 'updatedAt'> & {
      readonly publish: readonly OutgoingEvent[];
    },
  ): Promise<Outcome<PrepaidWithdrawal, 'withdrawal-open'>>;
  /** Books that the own wallet has it, or that it can not be paid any more; only what is `asked` ends. */
  endWithdrawal(paymentHash: string, state: 'received' | 'given-up'): Promise<void>;
  withdrawal(paymentHash: string): Promise<PrepaidWithdrawal | null>;
  /** Every withdrawal, oldest first. */
  listWithdrawals(customerPubkey: string): Promise<PrepaidWithdrawal[]>;
}
