import type { Msat, Outcome } from '../protocol/index.ts';
import type { OutgoingEvent } from './outbox.ts';

/** Whose prepaid money: that of one customer with one provider. */
export interface BalanceAccount {
  readonly providerPubkey: string;
  readonly customerPubkey: string;
}

/** An invoice by which a customer prepays. `lapsed`: it ran out unpaid; one that is paid all the same is credited. */
export interface TopUp extends BalanceAccount {
  /** The customer's name for it: asking again by the same is the same top-up. */
  readonly topUpId: string;
  readonly amountMsat: Msat;
  readonly bolt11: string;
  readonly paymentHash: string;
  /** Of the invoice, unix seconds. */
  readonly expiresAt: number;
  readonly state: 'open' | 'credited' | 'lapsed';
  /** What came, as our own wallet shows it; `null` until it is credited. */
  readonly creditedMsat: Msat | null;
  readonly createdAt: number;
  readonly updatedAt: number;
}

/** A top-up to be booked. */
export type NewTopUp = Omit<TopUp, 'state' | 'creditedMsat' | 'createdAt' | 'updatedAt'>;

/** An invoice of a customer that is paid from its balance. `returned`: it was surely not paid, and the money is back. */
export interface BalanceWithdrawal extends BalanceAccount {
  /** The customer's name for it. */
  readonly withdrawalId: string;
  readonly amountMsat: Msat;
  /** The most that routing may cost, which the customer bears; what is not needed of it goes back to the balance. */
  readonly feeLimitMsat: Msat;
  readonly feePaidMsat: Msat | null;
  readonly bolt11: string;
  readonly paymentHash: string;
  readonly state: 'paying' | 'paid' | 'returned';
  readonly createdAt: number;
  readonly updatedAt: number;
}

/** A withdrawal to be booked. */
export type NewBalanceWithdrawal = Omit<
  BalanceWithdrawal,
  'state' | 'feePaidMsat' | 'createdAt' | 'updatedAt'
>;

/** The events that tell of a change are signed for the balance that was seen; with another nothing is changed. */
export interface BalanceTold {
  readonly seenMsat: Msat;
  readonly publish: readonly OutgoingEvent[];
}

/** How a withdrawal ended. */
export type WithdrawalEnd =
  { readonly state: 'paid'; readonly feePaidMsat: Msat } | { readonly state: 'returned' };

/** What of the money that was set aside for it a withdrawal cost, by how it ended; its fee limit is the most. */
export function withdrawalCostMsat(
  { amountMsat, feeLimitMsat }: Pick<BalanceWithdrawal, 'amountMsat' | 'feeLimitMsat'>,
  end: WithdrawalEnd,
): bigint {
  if (end.state === 'returned') return 0n;
  return amountMsat + (end.feePaidMsat < feeLimitMsat ? end.feePaidMsat : feeLimitMsat);
}

/**
 * What customers have prepaid with a provider. A balance grows by top-ups that the own wallet has, shrinks by the sales
 * that are paid from it (see `SalesLedger.change`: drawn and given back in the transaction of the move) and by
 * withdrawals, and is never negative. Every method is one durable transaction.
 */
export interface BalancesLedger {
  of(account: BalanceAccount): Promise<Msat>;
  /**
   * Books the invoice of a top-up, and the message that carries it, once: the same customer and id again is the first one. `balance-too-large`: with it
   * and those that are open the balance could pass the limit. `too-many-top-ups`: that many wait to be paid.
   */
  openTopUp(
    topUp: NewTopUp & { readonly publish: readonly OutgoingEvent[] },
    limits: { readonly maxBalanceMsat: Msat; readonly maxOpen: number },
  ): Promise<
    Outcome<
      { readonly topUp: TopUp; readonly created: boolean },
      'balance-too-large' | 'too-many-top-ups' | 'hash-reused'
    >
  >;
  topUp(paymentHash: string): Promise<TopUp | null>;
  /** The top-up that a customer named so. */
  topUpById(account: BalanceAccount, topUpId: string): Promise<TopUp | null>;
  /** Gives an unpaid invoice up. */
  lapseTopUp(paymentHash: string): Promise<void>;
  /** Credits what the own wallet shows as received, once; the value is the new balance. `ended`: it was credited before. */
  creditTopUp(
    paymentHash: string,
    credit: BalanceTold & { readonly amountMsat: Msat },
  ): Promise<Outcome<Msat, 'stale' | 'ended'>>;
  /**
   * Takes amount and fee limit out of the balance, before any wallet is called. The same customer and id again is the
   * first one. `withdrawal-open`: one at a time.
   */
  beginWithdrawal(
    withdrawal: NewBalanceWithdrawal,
  ): Promise<
    Outcome<
      { readonly withdrawal: BalanceWithdrawal; readonly created: boolean },
      'balance-too-low' | 'withdrawal-open' | 'hash-reused'
    >
  >;
  withdrawal(paymentHash: string): Promise<BalanceWithdrawal | null>;
  /** Books how a withdrawal ended, once; what it did not cost is back in the balance, which is the value. */
  endWithdrawal(
    paymentHash: string,
    end: WithdrawalEnd & BalanceTold,
  ): Promise<Outcome<Msat, 'stale' | 'ended'>>;
  /** Top-ups that wait for their payment, oldest first. */
  listOpenTopUps(providerPubkey: string): Promise<TopUp[]>;
  /** Withdrawals that are being paid, oldest first. */
  listOpenWithdrawals(providerPubkey: string): Promise<BalanceWithdrawal[]>;
  /** Every top-up that was paid, oldest first, in pages after a payment hash. */
  listCredited(page: {
    readonly providerPubkey: string;
    readonly limit: number;
    readonly after?: Pick<TopUp, 'createdAt' | 'paymentHash'>;
  }): Promise<TopUp[]>;
  /** What all customers together have in their balances, in jobs that are not delivered, and in withdrawals that are being paid. */
  owedMsat(providerPubkey: string): Promise<Msat>;
}
