import type { Purchase, PurchaseState } from '../ledger/index.ts';
import { failure, parseJobRequest, type Failure } from '../protocol/index.ts';
import type { BuyingPolicy } from './buying-policy.ts';
import { collectOffers } from './collect.ts';
import { compareOffers } from './compare.ts';
import type { PurchaseHandle } from './contract.ts';
import { awaitSettlement, closeBooks, payInvoice, reconcile } from './follow-payment.ts';
import { listen } from './listen.ts';
import { OfferBook } from './offer-book.ts';
import { approveOffer, reserveBudget } from './pay.ts';
import { byRail } from './rails.ts';
import { awaitLateResult, awaitResult, outcomeNow, takeResult } from './receive.ts';
import { besideRefund } from './refund.ts';
import { tell, type CustomerContext, type Run } from './run.ts';
import { Stepper, type Next } from './stepper.ts';
import { UpdateFeed } from './updates.ts';

/**
 * The life of a purchase: what to do in each state. Every trigger (an event, the wallet, a timer, a restart)
 * runs the stage of the state that the ledger has; a stage commits before it acts.
 */
const STAGES: Readonly<Record<PurchaseState, (context: CustomerContext, run: Run) => Promise<Next> | Next>> =
  {
    requested: collectOffers,
    offered: approveOffer,
    approved: reserveBudget,
    paying: byRail(payInvoice),
    locked: byRail(awaitSettlement),
    paid: besideRefund(awaitResult),
    received: byRail(closeBooks),
    undelivered: besideRefund(awaitLateResult),
    unreconciled: byRail(reconcile),
    reviewed: () => 'done',
    'no-offer': () => 'done',
    expired: () => 'done',
    cancelled: () => 'done',
    'over-budget': () => 'done',
    refunded: () => 'done',
  };

/** The purchases that a customer follows, by their request ids. */
export interface Following {
  readonly runs: ReadonlyMap<string, Run>;
  /** Follows a purchase until nothing more can happen to it; the same run for as long as it is followed. */
  readonly follow: (purchase: Purchase, policy: BuyingPolicy) => Run;
  /** The run of a purchase for reading: one that is not followed hears nothing and moves nothing. */
  readonly reader: (purchase: Purchase) => Run;
  /** Ends the steps under way; what was not finished goes on in another life. */
  close(): Promise<void>;
}

/** Follows purchases; `onStep` is called after each step of one, with what it found. */
export function followPurchases(
  context: CustomerContext,
  defaultPolicy: BuyingPolicy,
  onStep: (run: Run) => void,
): Following {
  const runs = new Map<string, Run>();
  return {
    runs,
    reader: (purchase) =>
      runs.get(purchase.requestId) ??
      createRun(context, purchase, defaultPolicy, () => Promise.resolve('done')),
    follow(purchase, policy) {
      const known = runs.get(purchase.requestId);
      if (known) return known;
      const run: Run = createRun(context, purchase, policy, async () => {
        const next = await step(context, run);
        if (next === 'done') runs.delete(purchase.requestId);
        onStep(run);
        return next;
      });
      runs.set(purchase.requestId, run);
      listen(context, run);
      run.stepper.poke();
      return run;
    },
    async close() {
      await Promise.all([...runs.values()].map(closeRun));
    },
  };
}

/** What an application gets to see of a run. */
export function handleOf(context: CustomerContext, run: Run): PurchaseHandle {
  return {
    requestId: run.purchase.requestId,
    events: () => run.updates.read(),
    result: () => run.outcome.promise,
    comparison: () => compareOffers(context, run),
  };
}

/** What was thrown, in the words of a failure. */
export function describeFault(error: unknown): Failure {
  return {
    code: 'fault',
    message: error instanceof Error ? error.message : 'Something unexpected was thrown.',
  };
}

function createRun(
  context: CustomerContext,
  purchase: Purchase,
  policy: BuyingPolicy,
  nextStep: () => Promise<Next>,
): Run {
  const request = parseJobRequest(purchase.request);
  if (!request.ok) throw new Error(`The booked request ${purchase.requestId} cannot be read.`);
  const run: Run = {
    request: request.value,
    policy,
    book: new OfferBook(request.value),
    updates: new UpdateFeed(),
    stepper: new Stepper(nextStep, (fault) => context.onTrouble(describeFault(fault), run.purchase)),
    outcome: Promise.withResolvers(),
    ended: new AbortController(),
    caughtUp: Promise.resolve(),
    tried: new Set(purchase.offer === null ? [] : [purchase.offer.event.id]),
    checks: new Map(),
    purchase,
    asked: false,
    toldLeft: 0,
    approvedHash: null,
    payment: null,
    ecash: null,
    firstOfferAtMs: null,
    nothingLeftAtMs: null,
    chosenAtMs: performance.now(),
    receivedAtMs: null,
    verdict: null,
    file: null,
    refund: null,
  };
  if (purchase.offer !== null) run.book.keepFor(purchase.offer.providerPubkey);
  tell(context, run, { type: 'state', state: purchase.state, purchase });
  return run;
}

/** One step: takes a result if there is one, else does what the state asks for; then tells who waits for the end. */
async function step(context: CustomerContext, run: Run): Promise<Next> {
  if (await takeResult(context, run)) return 'again';
  const next = await STAGES[run.purchase.state](context, run);
  const told = next === 'again' ? null : await outcomeNow(context, run);
  if (told !== null && 'outcome' in told) run.outcome.resolve(told.outcome);
  if (next === 'done') {
    run.ended.abort();
    run.updates.close();
  }
  if (told === null || 'outcome' in told || typeof next === 'string') return next;
  return { wakeInMs: Math.min(next.wakeInMs, told.inMs) };
}

async function closeRun(run: Run): Promise<void> {
  run.ended.abort();
  await run.stepper.stop();
  run.updates.close();
  run.outcome.resolve(failure('closed', 'The customer was closed; resume goes on with the purchase.'));
}
