import type { ComparedOffer, SupportedExchange } from '../customer/index.ts';
import type { Purchase, PurchaseState } from '../ledger/index.ts';
import { feeLimitOf } from '../money/index.ts';
import {
  addMsat,
  EXCHANGE_RISKS,
  failure,
  ZERO_MSAT,
  type ExchangeMode,
  type Failure,
  type Msat,
} from '../protocol/index.ts';
import type { GatewayContext } from './context.ts';
import type { GatewayJob, Quote, RefundTerms } from './job.ts';
import type { JobOrder } from './job-order.ts';

/** Losses count for so long. */
const LOSS_SECONDS = 86_400;

/** What a gateway needs to know of its risks. */
type Trust = Pick<GatewayContext, 'exchanges' | 'trusted'>;

/**
 * The modes that are asked for: those in which a provider gets nothing before its work is there or the money is locked,
 * and where the order can reach a trusted provider all that the customer can pay.
 */
export function exchangesFor(
  { exchanges, trusted }: Trust,
  { provider }: Pick<JobOrder, 'provider'>,
): readonly SupportedExchange[] {
  const reachesTrusted = provider === null ? trusted.length > 0 : trusted.includes(provider);
  return reachesTrusted ? exchanges : exchanges.filter(isGuarded);
}

/** Whether an offer may be taken: who gets the money first must be trusted. */
export function isAcceptable(
  { trusted }: Pick<Trust, 'trusted'>,
  { exchange, providerPubkey }: Pick<ComparedOffer, 'exchange' | 'providerPubkey'>,
): boolean {
  return isGuarded(exchange) || trusted.includes(providerPubkey);
}

function isGuarded(exchange: ExchangeMode): boolean {
  return EXCHANGE_RISKS[exchange].exposure === 'guarded';
}

/** Who names a provider that is not trusted here bears what that provider does: it might be the client itself. */
export function refundTermsFor(
  { trusted }: Pick<Trust, 'trusted'>,
  { provider }: Pick<JobOrder, 'provider'>,
): RefundTerms {
  return provider === null || trusted.includes(provider) ? 'full' : 'returned';
}

/** The most that the gateway loses when a provider takes the money of such a job and delivers nothing. */
export function riskOf({ refundTerms, budgetMsat }: Pick<Quote, 'refundTerms' | 'budgetMsat'>): Msat {
  const isSafe = refundTerms === 'returned' || budgetMsat === ZERO_MSAT;
  return isSafe ? ZERO_MSAT : addMsat(budgetMsat, feeLimitOf(budgetMsat));
}

/** The earliest time of losses that count still, unix seconds. */
export function lossesSince({ now }: Pick<GatewayContext, 'now'>): number {
  return now() - LOSS_SECONDS;
}

/** Whether a job with that risk fits the bound on losses now. */
export async function fitsLosses(context: GatewayContext, riskMsat: Msat): Promise<boolean> {
  const atRiskMsat = await context.jobs.atRiskMsat(lossesSince(context));
  return riskMsat === ZERO_MSAT || atRiskMsat + riskMsat <= context.maxLossMsat;
}

/** Books what a paid job may lose before an offer is taken for it; `null` when another process moved it first. */
export async function takeRisk(
  context: GatewayContext,
  job: GatewayJob,
): Promise<GatewayJob | 'too-much' | null> {
  const riskMsat = riskOf(job.quote);
  if (riskMsat === job.riskMsat) return job;
  const { maxLossMsat: maxMsat, now } = context;
  const bound = { riskMsat, maxMsat, lostSince: lossesSince(context), at: now() };
  return context.jobs.takeRisk(job, bound);
}

/** Why nothing is sold before the losses are older. */
export const LOSSES = failure(
  'losses',
  'Too much is at risk here today: try again later or for less, or name the `provider` that you trust.',
);

/** Why the client of a provider that it named itself gets nothing back. */
export const KEPT_BY_PROVIDER: Failure = failure(
  'provider-kept-money',
  'The provider that you named was paid and delivered nothing. Only what comes back from it is refunded, and nothing did.',
).failure;

/** States in which the money may still come back, or a result may come. */
const UNDECIDED: ReadonlySet<PurchaseState> = new Set(['paying', 'locked', 'paid', 'unreconciled']);
const PAID: ReadonlySet<PurchaseState> = new Set([...UNDECIDED, 'undelivered', 'received', 'reviewed']);
/** A Lightning payment is locked for two weeks at most (2016 blocks), ecash for less. */
const LOCK_SECONDS = 14 * 86_400;

/** Whether it is still open what becomes of the money of a purchase. */
export function isUndecided({ state, deadlineAt }: Purchase, now: number): boolean {
  return UNDECIDED.has(state) && now <= deadlineAt + LOCK_SECONDS;
}

/** What left the wallet for a purchase and did not come back. */
export function spentOn({ state, offer, feePaidMsat }: Purchase): Msat {
  if (offer === null || offer.amountMsat === ZERO_MSAT || !PAID.has(state)) return ZERO_MSAT;
  return addMsat(offer.amountMsat, feePaidMsat ?? ZERO_MSAT);
}
