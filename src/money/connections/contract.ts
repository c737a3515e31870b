import type { Msat, Outcome } from '../../protocol/index.ts';
import type { NwcMethod } from '../nwc-protocol.ts';
import type { PaymentRecord } from '../wallet.ts';

/** When a budget starts anew, in the words of `get_budget`; days, weeks (from Monday) and months are UTC's. */
export type BudgetRenewal = 'daily' | 'weekly' | 'monthly' | 'never';

/** What a connection may spend, routing fees included, in each period; with `never`, in all. */
export interface NwcBudget {
  readonly amountMsat: Msat;
  readonly renewal: BudgetRenewal;
}

/** A wallet connection (NIP-47) that was handed out: its keys, and what its client may do. */
export interface NwcGrant {
  /** How its owner calls it; no two in force have the same. */
  readonly name: string;
  /** The client's key, 64 hex characters, as `createNwcConnection` made it. */
  readonly clientPubkey: string;
  /** The wallet key of this connection alone, 32 bytes. */
  readonly serviceSecretKey: Uint8Array;
  /**
   * `whole-wallet` is for the wallet's owner. With `own-payments` the client sees, settles and cancels only
   * what it made itself, and has a budget.
   */
  readonly scope: 'whole-wallet' | 'own-payments';
  /** What the client may ask besides about the connection itself; everything the wallet can do unless told. */
  readonly methods?: readonly NwcMethod[];
  /** Only of `own-payments`; without it the wallet's balance is the limit. */
  readonly budget?: NwcBudget;
  /** Requests beyond it are refused; as many as come unless told. */
  readonly requestsPerMinute?: number;
  /** When it ends by itself, unix seconds; never unless told. */
  readonly expiresAt?: number;
  /** Unix seconds. */
  readonly createdAt: number;
  /** When its owner ended it, unix seconds. */
  readonly revokedAt?: number;
}

/** A payment that a connection made or an invoice that it asked for. Outgoing `pending` is money reserved. */
export interface ConnectionPayment {
  readonly clientPubkey: string;
  readonly record: PaymentRecord;
  /** Reserved beside the amount of an outgoing payment until its fee is known. */
  readonly feeLimitMsat: Msat;
}

/** Why a payment was not reserved. */
export type ReservationFailure = 'quota-exceeded' | 'wallet-unauthorized' | 'payment-failed';

/** What the connections of one wallet have paid and asked for. Every resolved promise is as durable as the driver. */
export interface ConnectionPayments {
  /**
   * Reserves amount and fee limit for a payment before the wallet hears of it, weighing connection and budget in
   * the same step. Reserving again what is reserved changes nothing. Fails with `wallet-unauthorized` (revoked or
   * expired), `quota-exceeded`, or `payment-failed` (the hash was paid before, or by another connection).
   */
  reserve(
    payment: {
      readonly clientPubkey: string;
      readonly bolt11: string;
      readonly paymentHash: string;
      readonly amountMsat: Msat;
      readonly feeLimitMsat: Msat;
    },
    now: number,
  ): Promise<Outcome<void, ReservationFailure>>;
  /** Notes an invoice as the connection's own; `false` when its hash is another's. */
  addInvoice(clientPubkey: string, record: PaymentRecord): Promise<boolean>;
  /** Notes what the wallet says of a known payment: `settled` is final, `failed` gives a reservation back. */
  update(record: PaymentRecord): Promise<void>;
  find(direction: PaymentRecord['direction'], paymentHash: string): Promise<ConnectionPayment | null>;
  /** A connection's own, newest first; `from` and `until` are unix seconds of creation, both included. */
  list(query: {
    readonly clientPubkey: string;
    readonly from?: number;
    readonly until?: number;
    readonly direction?: PaymentRecord['direction'];
    readonly limit: number;
  }): Promise<ConnectionPayment[]>;
  /** Outgoing payments of all connections that are not decided, oldest first. */
  open(limit: number): Promise<ConnectionPayment[]>;
  /** Settled since then with its fee, and everything reserved, however old. */
  spentSince(clientPubkey: string, since: number): Promise<Msat>;
}

/** Most connections kept, those that ended included; past that the oldest that ended are forgotten. */
export const MAX_CONNECTIONS = 200;

/** The connections of one wallet and their books: a port, so that they can live in memory or in a database. */
export interface NwcConnections {
  /** Fails with `name-taken`, or with `too-many-connections` when 200 are in use. */
  add(grant: NwcGrant): Promise<Outcome<void, 'name-taken' | 'too-many-connections'>>;
  /** Ends the connection of that name; no request of it is carried out afterwards. */
  revoke(name: string, now: number): Promise<Outcome<NwcGrant, 'unknown-connection'>>;
  /** The connection of a client, also one that has ended. */
  get(clientPubkey: string): Promise<NwcGrant | null>;
  /** All, oldest first, those that ended included. */
  list(): Promise<NwcGrant[]>;
  /** Tells when connections came or ended, in whatever process, until the signal aborts. */
  watch(onChange: () => void, signal: AbortSignal): void;
  /** Whether this request event is new; it is remembered for ten minutes. */
  isNewRequest(requestId: string, now: number): Promise<boolean>;
  readonly payments: ConnectionPayments;
}
