import type { Sale, SaleChange, SaleQuote } from '../ledger/index.ts';
import { UNPAID_WORK_MODES } from '../ledger/index.ts';
import {
  buildFeedback,
  commonMints,
  isKeptOnceBegun,
  isPaidInEcash,
  keepsOnceBegun,
  lockableUntil,
  type Condition,
  type ExchangeMode,
} from '../protocol/index.ts';
import type { Admitted } from './admission.ts';
import { answer, move, type ProviderContext } from './context.ts';
import { longestHoldSeconds } from './exchange.ts';
import type { Service } from './handler.ts';
import { makeInvoice, newPreimage, NO_INVOICE, type Invoice } from './payment/invoice.ts';
import { waitingSeconds } from './pricing/index.ts';

/**
 * Stage 2 and 3: answers a booked request with an offer. Where money comes first the wallet makes its invoice;
 * otherwise the work is accepted, with the price that will be asked for it.
 */
export async function quote(context: ProviderContext, sale: Sale, job: Admitted): Promise<Sale | null> {
  if (needsNoInvoiceYet(job.exchange)) return move(context, sale, await acceptance(context, job));
  const offer = await makeOffer(context, sale, job);
  return offer === null ? null : commitOffer(context, sale, job, offer);
}

/**
 * What is asked for the job, with its invoice, which nobody has seen yet; `null` while the wallet makes none. The sale is
 * `null` where it is booked together with its offer.
 */
export async function makeOffer(
  context: ProviderContext,
  sale: Sale | null,
  job: Admitted,
): Promise<SaleQuote | null> {
  const terms = termsOf(context, job, context.now());
  const { request, exchange } = job;
  const invoice = await invoiceFor(context, sale, { ...terms, requestId: request.id, exchange });
  return invoice === null ? null : { ...terms, ...invoice, ...(keeps(job) ? { isKeptOnceBegun: true } : {}) };
}

/** Books an offer and says it to the customer; it takes the place of an earlier one. */
export async function commitOffer(
  context: ProviderContext,
  sale: Sale,
  job: Admitted,
  offer: SaleQuote,
): Promise<Sale | null> {
  const change = await offerMove(context, job, offer);
  context.checkpoint('provider:before-quote-commit');
  return move(context, sale, change);
}

/** The move of a sale that makes the offer, and says it. */
export async function offerMove(
  context: ProviderContext,
  job: Admitted,
  offer: SaleQuote,
): Promise<SaleChange> {
  const feedback = offerFeedback(context, job, offer, context.now());
  return {
    work: 'accepted',
    money: 'quoted',
    exchange: job.exchange,
    quote: offer,
    publish: [await answer(context, job.request, feedback, offer.validUntil)],
  };
}

/** What the customer is told of an offer. */
function offerFeedback(context: ProviderContext, job: Admitted, offer: SaleQuote, createdAt: number) {
  const { request, exchange, price, service } = job;
  return buildFeedback({
    request,
    status: 'payment-required',
    ...(price.note === null ? {} : { info: price.note }),
    amountMsat: offer.amountMsat,
    ...(offer.bolt11 === null ? {} : { bolt11: offer.bolt11 }),
    exchange,
    ...ecashTerms(context, job, offer),
    usualSeconds: offer.usualSeconds,
    worstSeconds: offer.worstSeconds,
    validUntil: offer.validUntil,
    conditions: statedConditions(service, exchange),
    ...(job.rescue === undefined ? {} : { rescue: job.rescue }),
    ...(job.plan === undefined ? {} : { plan: job.plan }),
    createdAt,
  });
}

/** What nobody can check for the customer is said, and left to it; what of a payment is kept only where it could be. */
function statedConditions({ conditions = [] }: Service, exchange: ExchangeMode): Condition[] {
  return conditions
    .filter(({ isMet }) => isMet === undefined)
    .filter((condition) => !isKeptOnceBegun(condition) || PAID_FOR_GOOD.includes(exchange))
    .map(({ code, detail }) => ({ code, detail }));
}

/** Modes in which the money is ours before the work. */
const PAID_FOR_GOOD: readonly ExchangeMode[] = ['prepay', 'zap', 'nutzap'];

/** Whether the offer says that the payment of work that is cancelled midway is kept. */
function keeps({ service, exchange }: Admitted): boolean {
  return keepsOnceBegun(statedConditions(service, exchange));
}

/** What the payment is bound to; ecash is locked to a hash without any invoice, zaps bind themselves, and a balance is here already. */
async function invoiceFor(
  context: ProviderContext,
  sale: Sale | null,
  terms: Parameters<typeof makeInvoice>[2],
): Promise<Invoice | null> {
  switch (terms.exchange) {
    case 'zap':
    case 'nutzap':
    case 'balance':
      return NO_INVOICE;
    case 'ecash-htlc':
      return { ...newPreimage(), bolt11: null };
    default:
      return makeInvoice(context, sale, terms);
  }
}

/** Only mints that the customer can pay from are named, where it said which these are. */
function ecashTerms(
  { ecash }: ProviderContext,
  { exchange, request }: Admitted,
  { paymentHash }: Pick<Invoice, 'paymentHash'>,
) {
  if (ecash === null || !isPaidInEcash(exchange)) return {};
  const { mintUrls, lockPubkey } = ecash;
  const mints = request.mints.length === 0 ? mintUrls : commonMints(mintUrls, request.mints);
  return { ecash: { mints, htlc: paymentHash === null ? null : { paymentHash, lockPubkey } } };
}

/** Whether work begins before anything is paid, so that the answer can be booked along with the request. */
export function needsNoInvoiceYet(exchange: ExchangeMode): boolean {
  return UNPAID_WORK_MODES.includes(exchange);
}

/** Accepts work that is not paid before it begins: free, or at a price that is asked when the work is done. */
export async function acceptance(context: ProviderContext, job: Admitted): Promise<SaleChange> {
  const { request, exchange } = job;
  const now = context.now();
  const terms = termsOf(context, job, now);
  const processing = buildFeedback({
    request,
    status: 'processing',
    ...(exchange === 'free' ? {} : { amountMsat: terms.amountMsat }),
    exchange,
    usualSeconds: terms.usualSeconds,
    worstSeconds: terms.worstSeconds,
    conditions: statedConditions(job.service, exchange),
    ...(job.plan === undefined ? {} : { plan: job.plan }),
    createdAt: now,
  });
  return {
    work: 'accepted',
    exchange,
    quote: { ...terms, ...NO_INVOICE },
    deadlineAt: now + terms.worstSeconds,
    publish: [await answer(context, request, processing, now + terms.worstSeconds)],
  };
}

/** The times count the wait for those who came before; a hold may last no longer all the same. */
function termsOf(context: ProviderContext, job: Admitted, now: number) {
  const { request, service, exchange, price, load } = job;
  const wait = waitingSeconds(load);
  const longest = exchange === 'hold' ? longestHoldSeconds(request, context.limits) : MAX_WORST_SECONDS;
  const worstSeconds = Math.min(service.worstSeconds + wait, longest);
  return {
    amountMsat: price.amountMsat,
    validUntil: lastMoment(job, worstSeconds, now, context.limits.offerSeconds),
    usualSeconds: Math.min(service.usualSeconds + wait, worstSeconds),
    worstSeconds,
  };
}

/** Until when an offer may be taken at most; with locked ecash early enough for the work to be done in time. */
function lastMoment(
  { request, exchange }: Admitted,
  worstSeconds: number,
  now: number,
  offerSeconds: number,
): number {
  const { expiresAt } = request;
  const latest = Math.min(now + offerSeconds, expiresAt ?? Number.MAX_SAFE_INTEGER);
  if (exchange !== 'ecash-htlc') return latest;
  return Math.min(latest, lockableUntil({ now, offerSeconds, worstSeconds, expiresAt }) ?? now);
}

/** A month: what takes longer than a hold may last is sold by `ecash-htlc`. */
export const MAX_WORST_SECONDS = 30 * 86_400;
