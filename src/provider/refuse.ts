import type { Sale, WorkState } from '../ledger/index.ts';
import { buildFeedback, type Condition, type Failure, type JobRequest } from '../protocol/index.ts';
import { answer, move, type ProviderContext, type SaleMover } from './context.ts';

/**
 * Tells the customer, in the same transaction as the move, that the job will not be done and why. What was paid
 * for it already goes back, unless the customer broke off work that had begun and the offer said that it is kept then.
 */
export async function endWithError(
  context: SaleMover,
  sale: Sale,
  request: JobRequest,
  end: {
    readonly work: 'refused' | 'failed' | 'expired' | 'cancelled';
    readonly failure: Failure;
    readonly conditions?: readonly Condition[];
  },
): Promise<Sale | null> {
  const money = await moneyAtEnd(context, sale, end.work);
  return move(context, sale, {
    work: end.work,
    ...(money === null ? {} : { money }),
    failure: end.failure,
    publish: [await errorFeedback(context, request, end.failure, end.conditions)],
  });
}

/** What goes back with the move that ends the job; `null` where nothing does, or a lock is given up after it. */
async function moneyAtEnd(
  context: Pick<SaleMover, 'ledger'>,
  sale: Sale,
  work: WorkState,
): Promise<'refund-due' | 'released' | null> {
  const keeps = work === 'cancelled' && sale.work === 'working' && sale.quote?.isKeptOnceBegun === true;
  if (sale.money === 'settled') return keeps ? null : 'refund-due';
  if (sale.exchange !== 'balance' || sale.money !== 'locked') return null;
  const isZappedToo = (await context.ledger.sales.receipts(sale)).length > 0;
  return isZappedToo ? 'refund-due' : 'released';
}

/** What a customer is told of a job that was stopped by hand. */
export const STOPPED_BY_PROVIDER: Failure = {
  code: 'stopped-by-provider',
  message: 'The provider stopped the job; what was paid goes back.',
};

async function errorFeedback(
  context: SaleMover,
  request: JobRequest,
  reason: Failure,
  conditions: readonly Condition[] = [],
) {
  const createdAt = context.now();
  const feedback = buildFeedback({
    request,
    status: 'error',
    info: reason.message,
    error: { code: reason.code, detail: reason.message },
    conditions,
    createdAt,
  });
  return answer(context, request, feedback, createdAt + ERROR_WORTH_SECONDS);
}

/** After an hour nobody waits for an error any more. */
const ERROR_WORTH_SECONDS = 3600;

/**
 * Answers a request that admission refused without booking it: best effort, so that a flood of refused
 * requests costs no disk. Resolves when the answer is signed; a silent relay holds nobody up.
 */
export async function answerRefusal(
  context: ProviderContext,
  request: JobRequest,
  reason: Failure,
  conditions: readonly Condition[] = [],
): Promise<void> {
  const { event } = await errorFeedback(context, request, reason, conditions);
  void context.relays.publish(event, context.relayUrls, { signal: context.signal }).catch(() => undefined);
}
