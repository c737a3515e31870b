import type { Sale } from '../ledger/index.ts';
import { parseJobRequest, type JobRequest } from '../protocol/index.ts';
import type { AdmissionDesk } from './admission-desk.ts';
import { waitForPerson } from './by-hand/wait-for-person.ts';
import { move, type ProviderContext } from './context.ts';
import { checkDelivery } from './deliver.ts';
import type { Service } from './handler.ts';
import { openRequest, openToAnswer } from './open-request.ts';
import { checkPayment } from './payment/check-payment.ts';
import { HOLD_LOST, isHeld, release, settle } from './payment/hold.ts';
import { isPaidByLock } from './payment/invoice.ts';
import type { RivalBook } from './pricing/index.ts';
import { quote } from './quote.ts';
import { refund } from './refund/refund.ts';
import { endWithError } from './refuse.ts';

/** What the stages of a sale need of the loop that runs them. */
export interface Stages {
  readonly context: ProviderContext;
  readonly admission: AdmissionDesk;
  readonly rivals: RivalBook;
  readonly serviceOf: (sale: Sale) => Service | undefined;
  /** The sale is paid as far as it must be: let a worker claim it. */
  readonly wantWork: (sale: Sale) => void;
}

/** The life of a sale after it was booked: makes the move that its state asks for next; `null` to wait. */
export async function nextMove(stages: Stages, sale: Sale): Promise<Sale | null> {
  const { context } = stages;
  if (sale.money === 'refund-due' || sale.money === 'refunding') return refund(context, sale);
  switch (sale.work) {
    case 'received':
      return answerRequest(stages, sale);
    case 'accepted':
      if (sale.money === 'quoted') return lookForPayment(context, sale);
      if (isPast(context, sale.deadlineAt)) return tooLate(context, sale);
      if (await isLockLost(context, sale)) return loseLock(context, sale);
      stages.wantWork(sale);
      return null;
    case 'working': // its worker moves it, or the sweep claims it when the lease has run out
      if (isPast(context, sale.lease?.expiresAt) && isPast(context, sale.deadlineAt))
        return tooLate(context, sale);
      return (await isLockLost(context, sale)) ? loseLock(context, sale) : null;
    case 'ready':
      if (sale.exchange === 'sample' && sale.money === 'quoted') return lookForPayment(context, sale);
      return requestInAnyCase(context, sale).then(
        (request) => request && checkDelivery(context, sale, request),
      );
    case 'delivered':
      return closeMoney(context, sale);
    case 'cancelled':
    case 'expired':
    case 'failed':
      return giveBack(context, sale);
    case 'closed':
    case 'refused':
      return null;
  }
}

async function answerRequest(stages: Stages, sale: Sale): Promise<Sale | null> {
  const { context, admission } = stages;
  if (isForAnotherProcess(stages, sale)) return null;
  if (context.ledger.isShared && !isFresh(context, sale)) return move(context, sale, {}); // of all who look, one goes on
  return withRequest(context, sale, async (request) => {
    const isAgreed = request.followUp !== null;
    if (stages.serviceOf(sale)?.quotedByHand === true && !isAgreed)
      return waitForPerson(context, sale, request);
    const admitted = await admission.judge(request, { serviceId: sale.serviceId });
    if (admitted.ok) return quote(context, sale, admitted.value);
    return endWithError(context, sale, request, { ...admitted, work: 'refused' });
  });
}

/**
 * Whether another process is answering this request right now: a wallet makes one invoice for each time that it is
 * asked. What stays unanswered for as long as a lease is taken over by whoever notes that first.
 */
export function isInOtherHands(context: ProviderContext, sale: Sale): boolean {
  return context.ledger.isShared && sale.work === 'received' && isFresh(context, sale);
}

function isFresh({ limits, now }: ProviderContext, sale: Sale): boolean {
  return now() - sale.updatedAt < limits.leaseSeconds;
}

/** Processes that share the ledger may sell different services; what nobody sells any more is refused in the end. */
function isForAnotherProcess({ context, serviceOf }: Stages, sale: Sale): boolean {
  return !serviceOf(sale) && !isPast(context, sale.openedAt + context.limits.maxRequestAgeSeconds);
}

/** The result is public: money that is locked is taken, an invoice that is out is watched until it is paid or lapses. */
async function closeMoney(context: ProviderContext, sale: Sale): Promise<Sale | null> {
  switch (sale.money) {
    case 'quoted':
      return lookForPayment(context, sale);
    case 'locked':
      return move(context, sale, { money: 'settling' });
    case 'settling':
      return settle(context, sale);
    default:
      return move(context, sale, { work: 'closed' });
  }
}

/** The job ended without a result: locked money is released, an invoice that may still be paid is watched. */
async function giveBack(context: ProviderContext, sale: Sale): Promise<Sale | null> {
  switch (sale.money) {
    case 'quoted':
      return isPaidByLock(sale.exchange) ? release(context, sale) : lookForPayment(context, sale);
    case 'locked':
      return release(context, sale);
    default:
      return null;
  }
}

function lookForPayment(context: ProviderContext, sale: Sale): Promise<Sale | null> {
  return withRequest(context, sale, (request) => checkPayment(context, sale, request));
}

/** Nobody works on it and its time is over: held money does not wait for a worker that may never come. */
async function tooLate(context: ProviderContext, sale: Sale): Promise<Sale | null> {
  const request = await requestInAnyCase(context, sale);
  if (request === null) return null;
  return endWithError(context, sale, request, {
    work: 'expired',
    failure: { code: 'deadline-passed', message: 'Nobody was free to do the work in time.' },
  });
}

/** Whether the hold of this sale is gone again. It stood when it was booked, so it is not asked for within one sweep. */
async function isLockLost(context: ProviderContext, sale: Sale): Promise<boolean> {
  const { exchange, money, lockedAt } = sale;
  if (exchange !== 'hold' || money !== 'locked' || lockedAt === null) return false;
  if (!isPast(context, lockedAt + context.limits.sweepSeconds)) return false;
  return (await isHeld(context, sale, context.signal)) === false;
}

/** Whoever paid hears at once that nothing is done for it, and does not wait for its deadline. */
async function loseLock(context: ProviderContext, sale: Sale): Promise<Sale | null> {
  const request = await requestInAnyCase(context, sale);
  return request && endWithError(context, sale, request, { work: 'failed', failure: HOLD_LOST });
}

/** Goes on with the request as its customer wrote it; while the signer cannot decrypt it, the sale waits for a sweep. */
export async function withRequest(
  context: ProviderContext,
  sale: Sale,
  proceed: (request: JobRequest) => Promise<Sale | null>,
): Promise<Sale | null> {
  const request = await openToAnswer(context, sale.request);
  if (request.ok) return proceed(request.value);
  context.onTrouble(request.failure, sale);
  return null;
}

/**
 * The request for stages that must not wait for a signer: what they have to say gives nothing away, so it may be
 * said in clear.
 */
export async function requestInAnyCase(
  context: Pick<ProviderContext, 'signer'>,
  sale: Sale,
): Promise<JobRequest | null> {
  const opened = await openRequest(context, sale.request);
  const request = opened.ok ? opened : parseJobRequest(sale.request);
  return request.ok ? request.value : null;
}

function isPast(context: ProviderContext, time: number | null | undefined): boolean {
  return typeof time === 'number' && context.now() > time;
}
