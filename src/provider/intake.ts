import {
  isJobRequestKind,
  parseJobRequest,
  requestFilters,
  retryCondition,
  type Failure,
  type JobRequest,
  type NostrEvent,
} from '../protocol/index.ts';
import type { AdmissionDesk } from './admission-desk.ts';
import type { Admission, Admitted } from './admission.ts';
import { createCancellations, type Cancellations, type HeldRequest } from './cancellations.ts';
import type { Sale } from '../ledger/index.ts';
import type { ProviderContext } from './context.ts';
import { isOffered } from './handler.ts';
import { createIntakeLane } from './intake-lane.ts';
import type { OpenSales } from './open-sales.ts';
import { openRequest } from './open-request.ts';
import { acceptance, needsNoInvoiceYet } from './quote.ts';
import { answerRefusal } from './refuse.ts';
import { createRequestRates, type RateVerdict, type RequestRates } from './request-rates.ts';
import { makeRoom } from './room.ts';
import type { SaleLoop } from './sale-loop.ts';
import { isCancelledBy, isNews, isStillWanted } from './still-wanted.ts';
import { sellsOnTrust } from './trust.ts';

/** What intake hands requests to, and asks about them. */
interface IntakeParts {
  readonly loop: SaleLoop;
  readonly sales: OpenSales;
  readonly admission: AdmissionDesk;
}

/** What a request passes on its way in. */
interface Intake extends IntakeParts {
  readonly context: ProviderContext;
  readonly rates: RequestRates;
  readonly cancellations: Cancellations;
}

/**
 * Stage 1: hears requests and cancellations on the provider's relays until the signal aborts, and books
 * each request that passes admission once. Resolves when every relay that answers has sent what it stored;
 * `idle` waits for what is under way then.
 */
export async function listenForRequests(
  context: ProviderContext,
  parts: IntakeParts,
  signal: AbortSignal,
): Promise<{ readonly idle: () => Promise<void> }> {
  const kinds = [...new Set(context.services.map(({ kind }) => kind))];
  const { loop } = parts;
  const bounds = { rates: createRequestRates(context), cancellations: createCancellations() };
  const intake: Intake = { ...parts, ...bounds, context };
  // Nobody is trusted before it is known what all owe.
  if (context.services.some(sellsOnTrust)) await loop.countOpenSales();
  const lane = () =>
    createIntakeLane({
      handle: (event) =>
        isJobRequestKind(event.kind) ? takeRequest(intake, event) : takeCancellation(intake, event),
      onError: (error, event) => loop.broke(error, isJobRequestKind(event.kind) ? event.id : null),
      onOverflow: () => context.onTrouble(FLOODED, null),
      signal,
    });
  // What stood on the relays before we came is asked about first and must not hold up what is new.
  const [news, stood] = [lane(), lane()];
  const since = context.now() - context.limits.maxRequestAgeSeconds;
  await context.relays.subscribe({
    relays: context.relayUrls,
    filters: requestFilters({ kinds, dialects: context.dialects, since }),
    onEvent: (event) => (isNews(event, context.now()) ? news : stood).add(event),
    signal,
  });
  return { idle: () => Promise.all([news.idle(), stood.idle()]).then(() => undefined) };
}

const FLOODED: Failure = {
  code: 'flooded',
  message: 'More requests arrive than can be looked at; some are dropped unanswered.',
};

async function takeRequest(intake: Intake, event: NostrEvent): Promise<void> {
  const received = parseJobRequest(event);
  if (!received.ok || intake.sales.has(event.id)) return;
  const held = intake.cancellations.hold(event);
  if (held === null) return; // it came twice
  try {
    await takeHeld(intake, received.value, held);
  } finally {
    held.release();
  }
}

async function takeHeld(intake: Intake, received: JobRequest, held: HeldRequest): Promise<void> {
  const { context, admission, sales } = intake;
  const { event } = received;
  const glanced = admission.glance(received);
  const wasServed = isSealed(glanced) || !context.services.every(isOffered); // what retired was asked for before
  const mayBeBooked = glanced.ok || (glanced.answer && wasServed);
  if (mayBeBooked && (await context.ledger.sales.get(context.signer.pubkey, event.id))) return;
  if (!glanced.ok && !glanced.answer) return;
  if (!(await isWithinRates(intake, received))) return;
  const [request, admitted] = await judgeInFull(intake, received, glanced);
  if (!admitted.ok) return refuse(intake, request, admitted);
  const isOpen = await takeAdmitted(intake, admitted.value, held);
  if (!isOpen) sales.forget(event.id);
}

function isSealed(judged: Admission): boolean {
  return !judged.ok && judged.failure.code === 'undecryptable';
}

/** Judges what the first glance did not settle; what is sealed is decrypted when nothing else is against it. */
async function judgeInFull(
  { context, admission }: Intake,
  request: JobRequest,
  glanced: Admission,
): Promise<[JobRequest, Admission]> {
  if (!glanced.ok && !isSealed(glanced)) return [request, glanced];
  const admitted = await admission.judge(request);
  if (!isSealed(admitted)) return [request, admitted];
  const opened = await openRequest(context, request.event);
  return opened.ok ? [opened.value, await admission.judge(opened.value)] : [request, admitted];
}

/** Finds room for an admitted request, which has its place among the open sales already, and opens the sale. */
async function takeAdmitted(intake: Intake, admitted: Admitted, held: HeldRequest): Promise<boolean> {
  const { context, loop } = intake;
  const { request } = admitted;
  try {
    const room = await makeRoom(intake, admitted);
    if (!room.ok) {
      await refuse(intake, request, { ...room, answer: true });
      return false;
    }
    if (!(await isStillWanted(context, request)) || held.isCancelled()) return false;
    const sale = await openSale(intake, request.event, admitted);
    if (held.isCancelled()) await loop.cancel(sale);
    return true;
  } catch (error) {
    intake.sales.forget(request.id);
    throw error;
  }
}

/** Says why a request is not served, where that is to be said and not too much was said already. */
async function refuse(
  { context, rates, sales }: Intake,
  request: JobRequest,
  refused: Extract<Admission, { ok: false }>,
): Promise<void> {
  sales.forget(request.id);
  if (refused.answer && context.speaks() && rates.mayRefuse())
    await answerRefusal(context, request, refused.failure, refused.conditions);
}

/** Counts a request; beyond what its customer, or all strangers together, may ask for it is not looked at further. */
async function isWithinRates(intake: Intake, request: JobRequest): Promise<boolean> {
  const { rates, admission, context } = intake;
  const { event, customerPubkey } = request;
  const own = rates.ofCustomer(event);
  if (own !== 'within') return tooFast(intake, request, own, context.limits.requestsPerMinute);
  if (intake.sales.isPayer(customerPubkey)) return true;
  const all = rates.ofStrangers(event);
  if (all === 'within' || (await admission.isPayer(customerPubkey))) return true;
  return tooFast(intake, request, 'first-over', context.limits.strangersPerMinute);
}

async function tooFast(
  intake: Intake,
  request: JobRequest,
  verdict: RateVerdict,
  perMinute: number,
): Promise<false> {
  if (verdict === 'over') return false;
  const retryAt = (Math.floor(intake.context.now() / 60) + 1) * 60;
  const failure = {
    code: 'rate-limited',
    message: `More than ${perMinute} requests in a minute are not taken; try again from ${retryAt} (unix seconds) on.`,
    data: { retryAt },
  };
  await refuse(intake, request, { ok: false, failure, answer: true, conditions: [retryCondition(retryAt)] });
  return false;
}

/**
 * Work that nobody pays first is booked, accepted and claimed in one commit; otherwise it is booked, then quoted. So is
 * what continues a job: only among what is booked can it be told, wherever else it was asked for, that it is made once.
 */
async function openSale(
  { context, loop, sales }: Intake,
  event: NostrEvent,
  admitted: Admitted,
): Promise<Sale> {
  const { service, request, exchange } = admitted;
  const isOwnJob = service.quotedByHand !== true && request.followUp === null;
  const beginsAtOnce = isOwnJob && needsNoInvoiceYet(exchange);
  const answer = beginsAtOnce ? { answer: await acceptance(context, admitted) } : {};
  context.checkpoint('provider:before-open');
  const opening = context.ledger.sales.open({
    providerPubkey: context.signer.pubkey,
    serviceId: admitted.service.id,
    request: event,
    ...answer,
  });
  if (beginsAtOnce) loop.claim(admitted.service);
  const { sale, created } = await opening;
  context.checkpoint('provider:after-open');
  if (!created && context.ledger.isShared) {
    sales.note(sale); // the process that was first goes on with it
    return sale;
  }
  context.onChange(sale);
  loop.step(sale.requestId, sale);
  return sale;
}

/** A customer's kind 5 (NIP-09) on its own request ends the sale wherever the work has not been finished. */
async function takeCancellation({ context, loop, cancellations }: Intake, event: NostrEvent): Promise<void> {
  for (const requestId of cancellations.note(event)) {
    const sale = await context.ledger.sales.get(context.signer.pubkey, requestId);
    if (sale && isCancelledBy(sale, event)) await loop.cancel(sale);
  }
}
