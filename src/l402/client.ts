import type { GuardedFetch } from '../http/index.ts';
import type { SpendingLimits, Wallet } from '../money/index.ts';
import type { LightningNetwork, Msat } from '../protocol/index.ts';
import type { CredentialStore } from './credential-store.ts';
import type { Turns } from './turns.ts';

/** What a client that pays needs. */
export interface L402FetchOptions {
  readonly fetch: GuardedFetch;
  readonly wallet: Wallet;
  /** The wallet's network: invoices of others are refused. */
  readonly network: LightningNetwork;
  /** Asked before anything is paid; keeps all caps but the next one. */
  readonly spend: SpendingLimits;
  /** The most that one answer may cost, without fees. */
  readonly maxAmountMsat: Msat;
  /** In memory unless told; a durable one saves what was paid from a crash. */
  readonly credentials?: CredentialStore;
  /**
   * Names what a credential opens at its server; method and path unless told. Servers that sell access to all
   * they have get by with one: `() => 'all'`.
   */
  readonly scopeOf?: (request: { readonly method: string; readonly url: URL }) => string;
  /** How long the wallet may take for a payment; 60 s unless told. Later calls take it up. */
  readonly payTimeoutMs?: number;
  /** Unix seconds. */
  readonly now: () => number;
}

/** A payment that this client made for access. */
export interface L402Payment {
  readonly paymentHash: string;
  readonly amountMsat: Msat;
  readonly feePaidMsat: Msat;
}

/** What the stages of one client share. */
export interface L402Client extends L402FetchOptions {
  readonly credentials: CredentialStore;
  readonly scopeOf: NonNullable<L402FetchOptions['scopeOf']>;
  /** One at a time looks for or buys a credential of a scope. */
  readonly turns: Turns;
}
