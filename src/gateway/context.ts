import type { Customer, SupportedExchange } from '../customer/index.ts';
import type { Checkpoint, SpendingLedger } from '../ledger/index.ts';
import type { LightningNetwork, Wallet } from '../money/index.ts';
import type { Failure, Msat, Outcome } from '../protocol/index.ts';
import type { GatewayJobs } from './job.ts';
import type { JobFeeds } from './job-feed.ts';
import type { Purchases } from './purchases.ts';
import type { Margin } from './pricing.ts';

/** Asks a lightning address for an invoice; expected failures are values. */
export type AddressResolver = (wanted: {
  readonly lud16: string;
  readonly amountMsat: Msat;
  readonly comment: string;
  readonly signal: AbortSignal;
}) => Promise<Outcome<{ readonly bolt11: string }>>;

/** What a gateway is made of. Everything belongs to the caller, who closes it after the gateway. */
export interface GatewayOptions {
  /** Buys on the market. Its key should buy for the gateway alone: open requests that no quote was made of are withdrawn at the start. */
  readonly customer: Customer;
  /** The books that the customer spends by; refunds are booked there too. */
  readonly spending: SpendingLedger;
  /** Takes the clients' payments and pays refunds. */
  readonly wallet: Wallet;
  readonly jobs: GatewayJobs;
  /** Job kinds that are sold. */
  readonly kinds: readonly number[];
  readonly margin: Margin;
  /** The most that a client may be asked for one job. */
  readonly maxPriceMsat: Msat;
  /**
   * Modes that the customer can pay; those that take no more than a wallet unless told. Where the provider has the money
   * first, only those of `trusted` are taken.
   */
  readonly exchanges?: readonly SupportedExchange[];
  /** Public keys of providers that are trusted to deliver what was paid before; none unless told. */
  readonly trusted?: readonly string[];
  /**
   * The most that may be lost in any 24 hours by refunds of what providers took without delivering; what is under way
   * counts too. 1000 sat unless told.
   */
  readonly maxLossMsat?: Msat;
  /** Sends refunds to lightning addresses; without it they need an invoice. */
  readonly resolveAddress?: AddressResolver;
  /** Where the gateway is reached from outside; the address of each request unless told. */
  readonly publicUrl?: string;
  /** Origins whose pages may call it, `*` for any; none unless told. */
  readonly corsOrigins?: readonly string[];
  readonly limits?: Partial<GatewayLimits>;
  /** How often all unfinished jobs are looked at, besides when something happens; 5 s unless told. */
  readonly lookEveryMs?: number;
  /** Unix seconds. */
  readonly now: () => number;
  /** For the crash harness. */
  readonly checkpoint?: Checkpoint;
  /** Told of trouble that no client caused, without what they ordered. */
  readonly onTrouble?: (trouble: Failure) => void;
}

/** Bounds on what strangers may use. */
export interface GatewayLimits {
  /** Prices that one client address may ask for in a minute. */
  readonly quotesPerMinute: number;
  /** All other requests of one client address in a minute. */
  readonly requestsPerMinute: number;
  /** Unpaid quotes at a time, of all clients together; each is an open request on the market. */
  readonly openQuotes: number;
  /** Requests under way at a time, of all clients together and of one client address. */
  readonly requestsAtOnce: number;
  readonly requestsAtOncePerClient: number;
  /** How long a body may take to arrive, in seconds. */
  readonly bodySeconds: number;
  /** Event streams at a time, of all clients together and of one client address. */
  readonly streams: number;
  readonly streamsPerClient: number;
  /** How long one event stream lasts at most, in seconds; its client comes back for the rest. */
  readonly streamSeconds: number;
  /** How long offers are awaited for a quote, in seconds. */
  readonly offerSeconds: number;
  /** How long a quote can be paid, in seconds. */
  readonly quoteSeconds: number;
}

/** What holds unless told. */
export const DEFAULT_LIMITS: GatewayLimits = {
  quotesPerMinute: 20,
  requestsPerMinute: 600,
  openQuotes: 200,
  requestsAtOnce: 500,
  requestsAtOncePerClient: 50,
  bodySeconds: 10,
  streams: 500,
  streamsPerClient: 20,
  streamSeconds: 900,
  offerSeconds: 10,
  quoteSeconds: 120,
};

/** What every stage of a job works with. */
export interface GatewayContext extends GatewayOptions {
  readonly limits: GatewayLimits;
  readonly checkpoint: Checkpoint;
  readonly onTrouble: (trouble: Failure) => void;
  readonly exchanges: readonly SupportedExchange[];
  readonly trusted: readonly string[];
  readonly maxLossMsat: Msat;
  /** Of the wallet. */
  readonly network: LightningNetwork;
  /** The wallet can lock a client's money. */
  readonly canHold: boolean;
  /** Signs the tokens. */
  readonly tokenKey: Uint8Array;
  readonly purchases: Purchases;
  readonly feeds: JobFeeds;
  /** Aborts when the gateway closes. */
  readonly signal: AbortSignal;
}
