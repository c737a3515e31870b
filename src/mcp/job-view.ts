import { z } from 'zod';
import type { OutgoingPayment, Purchase, PurchaseState } from '../ledger/index.ts';
import { toSats } from './agent-budget.ts';

/** How a job stands, in the words of the tools. */
export const JOB_STATUSES = ['collecting', 'quoted', 'working', 'done', 'failed'] as const;
type JobStatus = (typeof JOB_STATUSES)[number];

/** What became of the money of a job. */
const MONEY_STATES = ['none', 'pending', 'locked', 'paid', 'returned', 'unknown'] as const;

/** A job as tools show it. */
export const JobView = z.object({
  job_id: z.string(),
  kind: z.number().int(),
  status: z
    .enum(JOB_STATUSES)
    .describe(
      'collecting: offers are awaited. quoted: offers are here, buy one. working: an offer was taken. done: the result is here. failed: see failure.',
    ),
  provider: z.string().nullable().describe('Public key of the provider whose offer was taken.'),
  exchange: z.string().nullable().describe('How it is paid.'),
  sats: z.number().nullable().describe('The price of the offer that was taken, without routing fees.'),
  fee_sats: z.number().nullable().describe('Routing fees, once they are known.'),
  money: z
    .enum(MONEY_STATES)
    .describe(
      'none: nothing was paid. pending: a payment is on its way. locked: paid, and taken only for the result. paid. returned: it came back. unknown: the wallet cannot say yet.',
    ),
  possibly_spent: z
    .boolean()
    .describe('Money may be gone without a result: never buy the same again under another key.'),
  deadline_at: z.number().int().describe('Until when the result is awaited, unix seconds.'),
  failure: z.object({ code: z.string(), message: z.string() }).nullable(),
  next: z.string().describe('What to do now.'),
});
/** A job as tools show it. */
export type JobView = z.infer<typeof JobView>;

const STATUS: Readonly<Record<PurchaseState, JobStatus>> = {
  requested: 'collecting',
  offered: 'working',
  approved: 'working',
  paying: 'working',
  locked: 'working',
  paid: 'working',
  received: 'done',
  reviewed: 'done',
  'no-offer': 'failed',
  expired: 'failed',
  cancelled: 'failed',
  'over-budget': 'failed',
  undelivered: 'failed',
  refunded: 'failed',
  unreconciled: 'failed',
};

/** Shows a purchase and its payments. `quotes` counts what could be bought now. */
export function viewJob(purchase: Purchase, payments: readonly OutgoingPayment[], quotes: number): JobView {
  const { requestId, request, state, offer, deadlineAt, failure } = purchase;
  const status = state === 'requested' && quotes > 0 ? 'quoted' : STATUS[state];
  const standing = payments.filter((payment) => payment.state !== 'failed');
  const money = moneyOf(state, standing, payments.length);
  const paid = standing.find((payment) => payment.state === 'settled');
  const isOver = status === 'done' || state === 'refunded';
  const possiblySpent = !isOver && (standing.length > 0 || state === 'unreconciled');
  return {
    job_id: requestId,
    kind: request.kind,
    status,
    provider: state === 'requested' ? null : (offer?.providerPubkey ?? null),
    exchange: state === 'requested' ? null : (offer?.exchange ?? null),
    sats: state === 'requested' || offer === null ? null : toSats(offer.amountMsat),
    fee_sats: paid?.feePaidMsat === null || paid === undefined ? null : toSats(paid.feePaidMsat),
    money,
    possibly_spent: possiblySpent,
    deadline_at: deadlineAt,
    failure: failure === null ? null : { code: failure.code.replaceAll('-', '_'), message: failure.message },
    next: nextStep(status, possiblySpent),
  };
}

function moneyOf(
  state: PurchaseState,
  standing: readonly OutgoingPayment[],
  tried: number,
): JobView['money'] {
  if (state === 'unreconciled') return 'unknown';
  if (state === 'refunded') return 'returned';
  if (standing.length === 0) return tried > 0 && STATUS[state] !== 'working' ? 'returned' : 'none';
  if (standing.some((payment) => payment.state === 'settled')) return 'paid';
  return state === 'locked' || STATUS[state] === 'done' ? 'locked' : 'pending';
}

function nextStep(status: JobStatus, possiblySpent: boolean): string {
  switch (status) {
    case 'collecting':
      return 'Call job_status with wait_seconds to see offers; if none come, ask again with a higher max_sats or for another kind.';
    case 'quoted':
      return 'Choose a quote and call buy with its quote_id, max_sats and a fresh idempotency_key.';
    case 'working':
      return 'Call job_status with wait_seconds until it is done. Do not buy again.';
    case 'done':
      return 'Read it with get_result; rate the job with rate.';
    case 'failed':
      return possiblySpent
        ? 'Money may be spent. Do not buy the same again by yourself: tell the person, and look again with job_status, for a late result or refund is still taken.'
        : 'Nothing is lost. To try again, call get_quote, and buy with a new idempotency_key.';
  }
}
