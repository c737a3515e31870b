import type { Sale, SaleChange } from '../ledger/index.ts';
import { failure, success, type Outcome } from '../protocol/index.ts';
import { move, type ProviderContext } from './context.ts';
import { finishedWork } from './finished-work.ts';
import { JobFailure } from './handler.ts';
import { earlierProduct, makeProduct, type Product, type WorkedJob } from './output/product.ts';
import { HOLD_LOST, isStillHeld } from './payment/hold.ts';
import { endWithError } from './refuse.ts';
import { runHandler } from './run-handler.ts';

/**
 * Stage 5: runs the handler of a claimed sale and saves the signed result together with its place in the
 * outbox. Work may run again after a crash; only the worker that holds the lease can save a result. Books
 * that cannot be written fail no job: this throws, and the sale is worked on again when the lease has run out.
 */
export async function work(
  context: ProviderContext,
  claimed: Sale,
  job: WorkedJob,
  cancelled: AbortSignal,
): Promise<Sale | null> {
  const { request } = job;
  if (claimed.attempts > context.limits.attempts)
    return endWithError(context, claimed, request, {
      work: 'failed',
      failure: { code: 'too-many-attempts', message: 'The work was interrupted too often.' },
    });
  const lease = keepLease(context, claimed);
  const deadline = deadlineSignal(context, claimed);
  const signal = AbortSignal.any([context.signal, cancelled, lease.lost, deadline.signal]);
  try {
    const done = await finishWork(context, claimed, job, signal);
    if (done.ok) {
      context.checkpoint('provider:before-ready-commit');
      return await save(context, await lease.stop(), done.value);
    }
    if (context.signal.aborted || lease.lost.aborted || cancelled.aborted) return null; // not ours to end
    const reason =
      deadline.signal.aborted && done.failure.code !== 'file-not-stored'
        ? {
            code: 'handler-timeout',
            message: `The work took longer than ${claimed.quote?.worstSeconds ?? job.service.worstSeconds} s.`,
          }
        : done.failure;
    return await endWithError(context, await lease.stop(), request, { work: 'failed', failure: reason });
  } finally {
    deadline.stop();
    await lease.stop();
  }
}

/** Money that comes while the work goes on changes the sale and not its lease: the result is saved on top of that. */
async function save(context: ProviderContext, seen: Sale, result: SaleChange): Promise<Sale | null> {
  const saved = await move(context, seen, result);
  if (saved !== null) return saved;
  const renewed = await context.ledger.sales.renewLease(seen, context.limits.leaseSeconds);
  return renewed.ok ? move(context, renewed.value, result) : null;
}

/** The signed result and what goes with it, or why there is none that may be delivered. */
async function finishWork(
  context: ProviderContext,
  claimed: Sale,
  job: WorkedJob,
  signal: AbortSignal,
): Promise<Outcome<SaleChange>> {
  try {
    const product = await productOfWork(context, claimed, job, signal);
    signal.throwIfAborted();
    if (!(await isStillHeld(context, claimed, signal))) return { ok: false, failure: HOLD_LOST };
    const finished = await finishedWork(context, claimed, { ...job, product }, signal);
    return finished === null
      ? failure('wallet-unreachable', 'The wallet made no invoice for the finished work.')
      : success(finished);
  } catch (error) {
    if (error instanceof JobFailure) {
      if (error.forOperator !== null)
        context.onTrouble({ code: error.code, message: `${error.message} ${error.forOperator}` }, claimed);
      return failure(error.code, error.message);
    }
    return failure('handler-failed', 'The service failed at this job.'); // its words may hold secrets
  }
}

/** So often a person may make anew what turned out to be too large. */
const TRIES_BY_HAND = 20;

/** What the handler made, stored. A person that made more than any server takes is told so, and asked once more. */
async function productOfWork(
  context: ProviderContext,
  claimed: Sale,
  job: WorkedJob,
  signal: AbortSignal,
): Promise<Product> {
  const tries = job.service.quotedByHand === true ? TRIES_BY_HAND : 1;
  for (let tried = 1; ; tried++) {
    try {
      const earlier = tried === 1 ? await earlierProduct(context, claimed, job, signal) : null;
      if (earlier !== null) return earlier;
      const output = await runHandler(context, claimed, job, signal);
      return await makeProduct(context, claimed, job, output, signal);
    } catch (error) {
      const isTooLarge = error instanceof JobFailure && error.code === 'result-too-large';
      if (!isTooLarge || tried >= tries) throw error;
      context.onTrouble({ code: error.code, message: error.message }, claimed);
    }
  }
}

interface KeptLease {
  /** Aborts when another worker took the job over. */
  readonly lost: AbortSignal;
  /** Stops renewing and returns the sale as last renewed. */
  stop(): Promise<Sale>;
}

/** Renews the lease at a third of its length until stopped; one renewal that fails is no loss yet. */
function keepLease(context: ProviderContext, claimed: Sale): KeptLease {
  const lost = new AbortController();
  let sale = claimed;
  let renewing: Promise<void> = Promise.resolve();
  const renew = async () => {
    const renewed = await context.ledger.sales.renewLease(sale, context.limits.leaseSeconds);
    if (renewed.ok) sale = renewed.value;
    else lost.abort(new Error(renewed.failure.code));
  };
  const timer = setInterval(
    () => {
      renewing = renewing.then(renew).catch((error: unknown) => {
        if (context.now() >= (sale.lease?.expiresAt ?? 0)) lost.abort(error);
      });
    },
    (context.limits.leaseSeconds * 1000) / 3,
  );
  return {
    lost: lost.signal,
    stop: async () => {
      clearInterval(timer);
      await renewing;
      return sale;
    },
  };
}

function deadlineSignal(context: ProviderContext, sale: Sale): { signal: AbortSignal; stop: () => void } {
  const controller = new AbortController();
  const leftMs = ((sale.deadlineAt ?? context.now() + 60) - context.now()) * 1000;
  const timer = setTimeout(
    () => controller.abort(new Error('deadline')),
    Math.min(Math.max(leftMs, 0), MAX_TIMER_MS),
  );
  return { signal: controller.signal, stop: () => clearTimeout(timer) };
}

/** setTimeout wraps beyond 2^31-1 ms. */
const MAX_TIMER_MS = 2_147_483_647;
