import type { SupportedExchange } from '../customer/index.ts';
import type { ExchangeMode, Failure, Msat } from '../protocol/index.ts';
import type { JobOrder } from './job-order.ts';

/**
 * Where a job of the gateway may go from each state; the database has the same table.
 *
 * - `quoted`: a price was named, and the client's payment is awaited.
 * - `lapsed`: not paid in time. A payment that was sent at the last moment still counts.
 * - `paid`: the client's money is ours, or locked for us; a provider's offer is to be taken.
 * - `working`: an offer was taken, and its result is awaited.
 * - `settling`: the result is here, and the locked money is being taken for it.
 * - `releasing`: nothing came of it, and the locked money is given back.
 * - `refund-due`: nothing came of it, and the client's money is owed.
 * - `refunding`: it is being sent to the invoice that the client gave.
 * - `lost`: the provider that the client named took the money and delivered nothing, so nothing is owed.
 * - `parked`: the books were restored from a backup, which does not know what became of the job since. A person finds
 *   out what is owed; nothing is bought or paid back by itself.
 */
export const GATEWAY_MOVES = {
  quoted: ['paid', 'lapsed', 'parked'],
  lapsed: ['paid', 'lapsed', 'parked'],
  paid: ['paid', 'working', 'refund-due', 'releasing', 'failed', 'parked'],
  working: ['paid', 'done', 'settling', 'refund-due', 'releasing', 'failed', 'lost', 'parked'],
  settling: ['done', 'released', 'lost'],
  releasing: ['released'],
  'refund-due': ['refunding', 'parked'],
  refunding: ['refunded', 'refund-due', 'parked'],
  done: [],
  released: [],
  refunded: [],
  failed: [],
  lost: [],
  parked: [],
} as const satisfies Readonly<Record<string, readonly string[]>>;

/** What has become of a job; `failed` is the end of one that cost nothing. See `GATEWAY_MOVES`. */
export type GatewayState = keyof typeof GATEWAY_MOVES;

/** States in which the gateway still has something to do, without being asked. */
export const UNFINISHED = [
  'quoted',
  'paid',
  'working',
  'settling',
  'releasing',
  'refunding',
] as const satisfies readonly GatewayState[];

/** Whether everybody who waits for the job can be told how it ended. */
export function isDecided(state: GatewayState): boolean {
  return state === 'refund-due' || GATEWAY_MOVES[state].length === 0;
}

/**
 * How the client pays: `prepaid` with a refund where nothing comes of it, `hold` with money that is locked until the
 * result is here, or not at all.
 */
export type ClientPayment = 'prepaid' | 'hold' | 'none';

/**
 * What the client gets back where a provider took the money and delivered nothing: `full`, or `returned`, which is what
 * came back from the provider, because the client named it.
 */
export type RefundTerms = 'full' | 'returned';

/** What the client was told that the job costs and takes. */
export interface Quote {
  /** The request on the market, and the offer that the price was made of. */
  readonly requestId: string;
  readonly offerId: string;
  /** How the provider sells. */
  readonly exchange: ExchangeMode;
  /** The modes that were asked for; `null` for all that there are. */
  readonly exchanges: readonly SupportedExchange[] | null;
  readonly refundTerms: RefundTerms;
  readonly usualSeconds: number | null;
  readonly worstSeconds: number | null;
  readonly priceMsat: Msat;
  /** The most that offers were asked to cost, and the most that one may cost to be sold for the price. */
  readonly askedMsat: Msat;
  readonly budgetMsat: Msat;
  /** The client's invoice; `null` where nothing is asked. */
  readonly invoice: { readonly bolt11: string; readonly paymentHash: string } | null;
  /** Until when it can be paid, unix seconds. */
  readonly validUntil: number;
}

/** What a job brought. */
export interface JobResult {
  /** Untrusted text. */
  readonly content: string;
  readonly providerPubkey: string;
  readonly requestId: string;
  /** The id of the signed event that brought it. */
  readonly resultId: string;
}

/** A job that a client ordered over HTTP. */
export interface GatewayJob {
  /** Names the job and is the right to see it: 256 random bits in base64url. */
  readonly id: string;
  readonly order: JobOrder;
  readonly payment: ClientPayment;
  readonly quote: Quote;
  /** Opens the client's hold invoice; `null` where there is none. */
  readonly holdPreimage: string | null;
  readonly state: GatewayState;
  /** How often the market was asked anew, because the offer could not be taken any more. */
  readonly attempt: number;
  /** What may be lost by it, and after a loss what was; counts against the bound on losses. */
  readonly riskMsat: Msat;
  readonly result: JobResult | null;
  readonly failure: Failure | null;
  /** The one invoice to which the money goes back. */
  readonly refund: { readonly bolt11: string; readonly paymentHash: string } | null;
  /** Unix seconds. */
  readonly openedAt: number;
  readonly updatedAt: number;
  readonly version: number;
}

/** A job as it is booked first. */
export type NewGatewayJob = Pick<
  GatewayJob,
  'id' | 'order' | 'payment' | 'quote' | 'holdPreimage' | 'openedAt'
>;

/** What one move of a job changes, in one transaction; `at` is our clock, unix seconds. */
export interface GatewayJobChange {
  readonly state: GatewayState;
  readonly at: number;
  readonly attempt?: number;
  readonly result?: JobResult;
  readonly failure?: Failure;
  readonly refund?: GatewayJob['refund'];
  /** What a provider took and delivered nothing for. */
  readonly lostMsat?: Msat;
}

/** What a client paid for a job, which stays in the books when the job is forgotten. */
export interface GatewayReceipt {
  /** Grows with every receipt. */
  readonly seq: bigint;
  readonly paymentHash: string;
  readonly payment: Exclude<ClientPayment, 'none'>;
  readonly amountMsat: Msat;
  /** What became of the job, or how far it is. */
  readonly state: GatewayState;
  /** Of the payment by which the money went back, or is going back. */
  readonly refundPaymentHash: string | null;
  /** Unix seconds. */
  readonly updatedAt: number;
}

/** The books of the gateway. Every method is one durable transaction. */
export interface GatewayJobs {
  /** 32 secret bytes that sign the tokens of this gateway, made with the books. */
  readonly rootKey: Uint8Array;
  /** Books a new job: `quoted`, or `paid` at once where nothing is asked. */
  add(job: NewGatewayJob): Promise<GatewayJob>;
  get(id: string): Promise<GatewayJob | null>;
  /** The job that is paid by that invoice. */
  byPaymentHash(paymentHash: string): Promise<GatewayJob | null>;
  /** Moves a job from the version the caller saw; `null` when another process moved it first. */
  change(seen: GatewayJob, change: GatewayJobChange): Promise<GatewayJob | null>;
  /**
   * Parks every job that may have gone on since a backup was made, and says how many: the gateway that was backed up may
   * have bought it, or paid it back. What is only to be taken or released goes on, for that is done once. `at` is unix
   * seconds.
   */
  park(at: number): Promise<number>;
  /** Ids of the jobs with something to do, and of those that lapsed since (unix seconds), oldest first. */
  listUnfinished(lapsedSince: number): Promise<string[]>;
  countQuoted(): Promise<number>;
  /** What was lost since (unix seconds), and what the jobs under way may lose. */
  atRiskMsat(lostSince: number): Promise<Msat>;
  /**
   * Books what a paid job may lose, unless more than the bound would then be at risk (`too-much`). `null` when another
   * process moved the job first.
   */
  takeRisk(
    seen: GatewayJob,
    risk: {
      readonly riskMsat: Msat;
      readonly maxMsat: Msat;
      readonly lostSince: number;
      readonly at: number;
    },
  ): Promise<GatewayJob | 'too-much' | null>;
  /** Ids of quotes that lapsed before (unix seconds), oldest first. */
  listLapsed(before: number, limit: number): Promise<string[]>;
  /** Puts off when it is asked next whether a lapsed quote was paid; `at` is unix seconds. */
  postponeLapsed(id: string, at: number): Promise<void>;
  /** Forgets a quote that was never paid, if it is still lapsed. */
  forgetLapsed(id: string): Promise<void>;
  /** Forgets jobs that ended before (unix seconds). What is owed is never forgotten, and no receipt is. */
  forgetEnded(before: number): Promise<void>;
  /** The receipt of a client's payment, also when its job is forgotten. */
  receipt(paymentHash: string): Promise<GatewayReceipt | null>;
  /** Receipts with a higher `seq` than that, oldest first. */
  listReceipts(page: { readonly limit: number; readonly after: bigint }): Promise<GatewayReceipt[]>;
}
