import type { SupportedExchange } from '../../src/customer/index.ts';

/** What is sold here for nothing, and for money. */
export const KINDS = { free: 5950, paid: 5951 } as const;

export const PRICE_SATS = 7;

/** What is prepaid at once: little, so that it is used up again and again. */
export const TOP_UP_SATS = 15;

/** What a job says first, and its handler does. */
export const CONDUCTS = ['works', 'dawdles', 'stumbles', 'fails', 'hangs'] as const;

/** How the handler of a job behaves: at once, after a while, at a later try, never, without an end. */
export type Conduct = (typeof CONDUCTS)[number];

/** How jobs are paid where one machine keeps the books, and where several share them, which is without ecash. */
export const MODES = {
  alone: ['free', 'postpay', 'sample', 'prepay', 'zap', 'hold', 'reveal', 'balance', 'ecash-htlc', 'nutzap'],
  shared: ['free', 'postpay', 'sample', 'prepay', 'zap', 'hold', 'reveal', 'balance'],
} as const satisfies Readonly<Record<string, readonly SupportedExchange[]>>;

/** Everything that has to be waited for is short, so that each wait is met by trouble many times. */
export const LIMITS = {
  leaseSeconds: 3,
  sweepSeconds: 1,
  attempts: 50,
  offerSeconds: 15,
  refundClaimSeconds: 15,
  openSales: 100_000,
  requestsPerMinute: 1_000_000,
  strangersPerMinute: 1_000_000,
  refusalsPerMinute: 1_000_000,
  offersPerStranger: 100_000,
  offersPerPayer: 100_000,
};

/** A job that hangs is given up after so long. */
export const WORST_SECONDS = 8;

/** A job as it is told to the customer's process. */
export interface ToldJob {
  readonly key: string;
  readonly text: string;
  readonly mode: SupportedExchange;
  readonly deadlineSeconds: number;
}

/** What customers and providers are asked when nothing fails any more. */
export interface Report {
  readonly t: 'report';
  /** Requests of which it is asked what became of their money; providers answer that. */
  readonly requestIds: readonly string[];
}

/** What a customer or a provider answers. */
export interface Reported {
  /** What may still come to something by itself, in words. */
  readonly open: readonly string[];
  /** A customer's locked ecash, which comes back when its lock ends, unless the job is still delivered. */
  readonly locked: readonly string[];
  /** What a customer that cannot claim has paid for nothing: the provider keeps it for whoever comes for it. */
  readonly forsaken: readonly string[];
  /** What became of the money of sales that were asked about, by request. */
  readonly money: Readonly<Record<string, string>>;
}
