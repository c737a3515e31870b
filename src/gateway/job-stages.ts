import type { Receipt } from '../customer/index.ts';
import type { Purchase } from '../ledger/index.ts';
import { failure, ZERO_MSAT, type Failure } from '../protocol/index.ts';
import { chooseOffer } from './choose-offer.ts';
import { isPaid, releaseHeld, takeHeld } from './client-payment.ts';
import type { GatewayContext } from './context.ts';
import { isDecided, type GatewayJob, type GatewayJobChange, type GatewayState } from './job.ts';
import { moveJob } from './move-job.ts';
import { payRefund } from './pay-refund.ts';
import type { FollowedPurchase, MarketWish } from './purchases.ts';
import { marketWish } from './quote-job.ts';
import { isAcceptable, isUndecided, KEPT_BY_PROVIDER, LOSSES, spentOn, takeRisk } from './risk.ts';

/** The job as a stage left it; `null` when nothing more can be done now. */
type Next = Promise<GatewayJob | null>;

/** So often the market is asked anew when an offer cannot be taken after the client paid; locked money does not wait. */
const MAX_ATTEMPTS = { prepaid: 2, none: 2, hold: 0 } as const;
/** So many offers of one request are tried. */
const MAX_OFFERS_TRIED = 4;

/**
 * The life of a job: what to do in each state. Every trigger (a token, the wallet, a timer, a restart) runs the stage
 * of the state that the books have; a stage commits before it acts, and may run again after a crash.
 */
const STAGES: Readonly<Record<GatewayState, (context: GatewayContext, job: GatewayJob) => Next>> = {
  quoted: awaitPayment,
  lapsed: awaitPayment,
  paid: takeOffer,
  working: awaitResult,
  settling: settle,
  releasing: release,
  refunding: payRefund,
  'refund-due': nothing,
  done: nothing,
  released: nothing,
  refunded: nothing,
  failed: nothing,
  lost: nothing,
  parked: nothing,
};

/** Brings a job as far as it goes now. */
export async function advanceJob(context: GatewayContext, id: string): Promise<void> {
  let job = await context.jobs.get(id);
  while (job !== null && !context.signal.aborted) {
    if (isDecided(job.state) || job.state === 'lapsed') context.purchases.forget(id);
    job = await STAGES[job.state](context, job);
  }
}

async function nothing(): Next {
  return null;
}

/** States `quoted` and `lapsed`: the own wallet alone says that the client paid. The request of a lapsed quote is withdrawn. */
async function awaitPayment(context: GatewayContext, job: GatewayJob): Next {
  const paid = await isPaid(context, job);
  if (paid === true) {
    context.checkpoint('gateway:payment-seen');
    const moved = await moveJob(context, job, { state: 'paid' });
    context.checkpoint('gateway:after-paid');
    return moved;
  }
  if (paid === null) return null; // it may be paid: nothing lapses while the wallet cannot say
  if (job.state === 'lapsed' || context.now() <= job.quote.validUntil) return null;
  if (job.payment === 'hold') await releaseHeld(context, job); // nobody can pay it any more
  const lapsed = await moveJob(context, job, { state: 'lapsed' });
  await context.customer.cancel(job.quote.requestId, 'the quote was not paid');
  return lapsed?.state === 'lapsed' ? null : lapsed;
}

/**
 * State `paid`: approves the offer that the price was made of. Where it stands no more, another within the budget is
 * taken; the market is asked anew where there is none. Only a request that ended without a payment gets a successor.
 */
async function takeOffer(context: GatewayContext, seen: GatewayJob): Next {
  const job = await takeRisk(context, seen);
  if (job === null) return context.jobs.get(seen.id);
  if (job === 'too-much') {
    await context.customer.cancel(seen.quote.requestId, 'too much is at risk');
    return giveUp(context, seen, LOSSES.failure);
  }
  const opened = await context.purchases.open(currentWish(context, job));
  if (!opened.ok) return isPassing(opened.failure) ? null : giveUp(context, job, opened.failure);
  const { requestId } = opened.value.handle;
  await approveStanding(context, job, opened.value);
  if (context.signal.aborted) return null;
  const booked = await context.customer.get(requestId);
  if (booked !== null && booked.offer !== null && booked.state !== 'requested')
    return moveJob(context, job, { state: 'working' });
  await context.customer.cancel(requestId, 'none of its offers can be taken');
  if (job.attempt < MAX_ATTEMPTS[job.payment])
    return moveJob(context, job, { state: 'paid', attempt: job.attempt + 1 });
  const message = 'The offer could not be taken any more, and nobody made another for the price.';
  return giveUp(context, job, failure('no-offer', message).failure);
}

/** Approves the best offer that can still be taken, if there is one. Approving one again after a crash changes nothing. */
async function approveStanding(
  context: GatewayContext,
  { quote, attempt }: GatewayJob,
  purchase: FollowedPurchase,
): Promise<void> {
  const except = new Set<string>();
  while (except.size < MAX_OFFERS_TRIED) {
    const offer = await chooseOffer(purchase, {
      budgetMsat: quote.budgetMsat,
      ...(attempt === 0 && !except.has(quote.offerId) ? { preferredId: quote.offerId } : {}),
      except,
      accepts: (one) => isAcceptable(context, one),
      waitMs: context.limits.offerSeconds * 1_000,
      signal: context.signal,
    });
    if (offer === null) return;
    context.checkpoint('gateway:before-approve');
    const approved = await context.customer.approve(purchase.handle.requestId, {
      offerId: offer.id,
      maxAmountMsat: quote.budgetMsat,
    });
    context.checkpoint('gateway:after-approve');
    if (approved.ok || approved.failure.code === 'not-waiting') return;
    except.add(offer.id);
  }
}

/** Too many purchases are open, or the customer closes: looked at again later. */
function isPassing({ code }: Failure): boolean {
  return code === 'too-many-open' || code === 'closed';
}

/** What the market is asked for a job now: first for what the client would pay at most, later for what was paid. */
export function currentWish(context: Pick<GatewayContext, 'limits'>, job: GatewayJob): MarketWish {
  const { attempt, quote } = job;
  const first = marketWish(context, { ...job, ...quote });
  return attempt === 0 ? first : { ...first, attempt, maxAmountMsat: quote.budgetMsat };
}

/** State `working`: the purchase ends, or waits for approval anew because its offer came to nothing before it was paid. */
async function awaitResult(context: GatewayContext, job: GatewayJob): Next {
  const opened = await context.purchases.open(currentWish(context, job));
  if (!opened.ok) {
    if (!isPassing(opened.failure)) context.onTrouble(opened.failure);
    return null; // an offer was taken: what became of its money is found out before anything is given up
  }
  const { handle, outcome } = opened.value;
  if (outcome !== null) return endWork(context, job, { ...opened.value, outcome });
  return handle.comparison().state === 'requested' ? moveJob(context, job, { state: 'paid' }) : null;
}

async function endWork(
  context: GatewayContext,
  job: GatewayJob,
  { handle, outcome, isOver }: FollowedPurchase & { outcome: NonNullable<FollowedPurchase['outcome']> },
): Next {
  if (!outcome.ok) {
    if (outcome.failure.code === 'closed') return null;
    const purchase = await context.customer.get(handle.requestId);
    if (purchase === null) throw new Error('A purchase that was followed is gone from the ledger.');
    return endInVain(context, job, { purchase, isOver, why: outcome.failure });
  }
  context.checkpoint('gateway:before-result');
  const result = resultOf(outcome.value);
  const kept = await moveJob(context, job, { state: job.payment === 'hold' ? 'settling' : 'done', result });
  context.checkpoint('gateway:after-result');
  return kept;
}

/**
 * The purchase was reported as failed. Nothing is given back while the money for it is locked or on its way: it might be
 * taken afterwards, and the result might still come.
 */
async function endInVain(
  context: GatewayContext,
  job: GatewayJob,
  { purchase, isOver, why }: { readonly purchase: Purchase; readonly isOver: boolean; readonly why: Failure },
): Next {
  if (isUndecided(purchase, context.now())) return null;
  if (purchase.state === 'received' || purchase.state === 'reviewed') {
    if (!isOver) return null;
    context.purchases.forget(job.id); // followed anew, it hands over what came late
    return context.jobs.get(job.id);
  }
  const lostMsat = spentOn(purchase);
  if (lostMsat === ZERO_MSAT) return giveUp(context, job, why);
  if (job.quote.refundTerms === 'full') return giveUp(context, job, why, { lostMsat });
  const state = job.payment === 'hold' ? 'settling' : 'lost';
  return moveJob(context, job, { state, failure: KEPT_BY_PROVIDER });
}

function resultOf({ content, providerPubkey, requestId, resultEvent }: Receipt) {
  return { content, providerPubkey, requestId, resultId: resultEvent.id };
}

/** Nothing came of the job: what the client paid is owed, or given back at once where it is only locked. */
function giveUp(
  context: GatewayContext,
  job: GatewayJob,
  why: Failure,
  loss: Pick<GatewayJobChange, 'lostMsat'> = {},
): Next {
  const state = ({ prepaid: 'refund-due', hold: 'releasing', none: 'failed' } as const)[job.payment];
  return moveJob(context, job, { state, failure: why, ...loss });
}

/**
 * State `settling`: the result is in the books, and is shown when the money for it is ours; or the client's own provider
 * has taken its price, and the client bears it.
 */
async function settle(context: GatewayContext, job: GatewayJob): Next {
  const taken = await takeHeld(context, job);
  if (taken === null) return null;
  context.checkpoint('gateway:after-take');
  if (taken === 'taken') return moveJob(context, job, { state: job.result === null ? 'lost' : 'done' });
  const { failure: why } = failure(
    'hold-ended',
    'The locked money went back to the payer before the job was decided.',
  );
  const purchase = await context.customer.get(job.quote.requestId);
  const lostMsat = purchase === null ? ZERO_MSAT : spentOn(purchase);
  return moveJob(context, job, { state: 'released', failure: why, lostMsat });
}

/** State `releasing`: the locked money goes back to the client. */
async function release(context: GatewayContext, job: GatewayJob): Next {
  context.checkpoint('gateway:before-release');
  if (!(await releaseHeld(context, job))) return null;
  context.checkpoint('gateway:after-release');
  return moveJob(context, job, { state: 'released' });
}
