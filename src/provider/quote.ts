import type { Sale, SaleChange, SaleQuote } from '../ledger/index.ts';
import { UNPAID_WORK_MODES } from '../ledger/index.ts';
import { buildFeedback, isPaidInEcash, type ExchangeMode, type JobRequest } from '../protocol/index.ts';
import { answer, move, type ProviderContext } from './context.ts';
import type { Service } from './handler.ts';
import { makeInvoice, newPreimage, NO_INVOICE, type Invoice } from './payment/invoice.ts';

/** A request that is to be answered, by which service and in which mode. */
interface Quotable {
  readonly request: JobRequest;
  readonly service: Service;
  readonly exchange: ExchangeMode;
}

/**
 * Stage 2 and 3: answers a booked request with an offer. Where money comes first the wallet makes its invoice;
 * otherwise the work is accepted, with the price that will be asked for it.
 */
export async function quote(context: ProviderContext, sale: Sale, job: Quotable): Promise<Sale | null> {
  const { request, exchange } = job;
  if (needsNoInvoiceYet(exchange)) return move(context, sale, await acceptance(context, job));
  const now = context.now();
  const terms = termsOf(context, job, now);
  const invoice = await invoiceFor(context, sale, { ...terms, exchange });
  if (invoice === null) return null;
  const offer: SaleQuote = { ...terms, ...invoice };
  const feedback = buildFeedback({
    request,
    status: 'payment-required',
    amountMsat: offer.amountMsat,
    ...(invoice.bolt11 === null ? {} : { bolt11: invoice.bolt11 }),
    exchange,
    ...ecashTerms(context, exchange, invoice),
    usualSeconds: offer.usualSeconds,
    worstSeconds: offer.worstSeconds,
    validUntil: offer.validUntil,
    createdAt: now,
  });
  context.checkpoint('provider:before-quote-commit');
  return move(context, sale, {
    work: 'accepted',
    money: 'quoted',
    exchange,
    quote: offer,
    publish: [await answer(context, request, feedback, offer.validUntil)],
  });
}

/** What the payment is bound to; ecash is locked to a hash without any invoice, and zaps bind themselves. */
async function invoiceFor(
  context: ProviderContext,
  sale: Sale,
  terms: Parameters<typeof makeInvoice>[2],
): Promise<Invoice | null> {
  switch (terms.exchange) {
    case 'zap':
    case 'nutzap':
      return NO_INVOICE;
    case 'ecash-htlc':
      return { ...newPreimage(), bolt11: null };
    default:
      return makeInvoice(context, sale, terms);
  }
}

function ecashTerms({ ecash }: ProviderContext, exchange: ExchangeMode, { paymentHash }: Invoice) {
  if (ecash === null || !isPaidInEcash(exchange)) return {};
  const { mintUrls: mints, lockPubkey } = ecash;
  return { ecash: { mints, htlc: paymentHash === null ? null : { paymentHash, lockPubkey } } };
}

/** Whether work begins before anything is paid, so that the answer can be booked along with the request. */
export function needsNoInvoiceYet(exchange: ExchangeMode): boolean {
  return UNPAID_WORK_MODES.includes(exchange);
}

/** Accepts work that is not paid before it begins: free, or at a price that is asked when the work is done. */
export async function acceptance(context: ProviderContext, job: Quotable): Promise<SaleChange> {
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

function termsOf(context: ProviderContext, { request, service }: Quotable, now: number) {
  return {
    amountMsat: service.priceMsat,
    validUntil: Math.min(now + context.limits.offerSeconds, request.expiresAt ?? Number.MAX_SAFE_INTEGER),
    usualSeconds: service.usualSeconds,
    worstSeconds: service.worstSeconds,
  };
}
