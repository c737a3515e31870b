import { randomBytes } from '@noble/hashes/utils.js';
import { pause } from '../clock/index.ts';
import type { Sale, SaleChange, SaleQuote } from '../ledger/index.ts';
import { buildFeedback, buildResult, lockReveal, type JobRequest } from '../protocol/index.ts';
import { answer, type ProviderContext } from './context.ts';
import type { Product } from './output/product.ts';
import { makeInvoice } from './payment/invoice.ts';

/** How long after the work's deadline a result that was paid by a hold may still be published. */
const PUBLISH_GRACE_SECONDS = 120;
/** A result that no relay took for a day is wanted by nobody any more; what was paid for it goes back. */
export const RESULT_WORTH_SECONDS = 86_400;
/** How long a wallet that makes no invoice is left alone before it is asked again. */
const ASK_AGAIN_MS = 1000;

/** What was asked, and what was made of it. */
interface ProductOfJob {
  readonly request: JobRequest;
  readonly product: Product;
}

/**
 * What finished work becomes: a signed result, and in the modes that are paid last the invoice for it. `null` when
 * the signal aborted before the wallet made one.
 */
export async function finishedWork(
  context: ProviderContext,
  sale: Sale,
  job: ProductOfJob,
  signal: AbortSignal,
): Promise<SaleChange | null> {
  switch (sale.exchange) {
    case 'postpay':
      return billed(context, sale, job, signal);
    case 'reveal':
      return locked(context, sale, job, signal);
    case 'sample':
      return sampled(context, sale, job, signal);
    default:
      return delivered(context, sale, job);
  }
}

async function delivered(
  context: ProviderContext,
  sale: Sale,
  { request, product }: ProductOfJob,
): Promise<SaleChange> {
  const template = buildResult({ request, ...contentOf(product), createdAt: context.now() });
  // A result that could not be published for so long is not worth a hold that may have ended meanwhile.
  const expiresAt =
    sale.money === 'locked' && sale.deadlineAt !== null
      ? sale.deadlineAt + PUBLISH_GRACE_SECONDS
      : context.now() + RESULT_WORTH_SECONDS;
  const outgoing = await answer(context, request, template, expiresAt);
  return { work: 'ready', result: outgoing.event, publish: [outgoing] };
}

/** `postpay`: the result carries its invoice. */
async function billed(
  context: ProviderContext,
  sale: Sale,
  { request, product }: ProductOfJob,
  signal: AbortSignal,
): Promise<SaleChange | null> {
  const quote = await makeBill(context, sale, signal);
  if (quote === null) return null;
  const template = buildResult({
    request,
    ...contentOf(product),
    ...priceOf(quote),
    createdAt: context.now(),
  });
  const outgoing = await answer(context, request, template, quote.validUntil);
  return { work: 'ready', money: 'quoted', quote, result: outgoing.event, publish: [outgoing] };
}

/** `reveal`: the result is locked to the preimage of its invoice. */
async function locked(
  context: ProviderContext,
  sale: Sale,
  { request, product }: ProductOfJob,
  signal: AbortSignal,
): Promise<SaleChange | null> {
  const quote = await makeBill(context, sale, signal);
  if (quote === null || quote.preimage === null || quote.paymentHash === null) return null;
  const template = buildResult({
    request,
    ...contentOf(product),
    content: await lockReveal({
      content: product.content,
      preimage: quote.preimage,
      peerPubkey: request.customerPubkey,
      ciphers: context.signer,
      entropy: randomBytes(56),
    }),
    ...priceOf(quote),
    revealHash: quote.paymentHash,
    createdAt: context.now(),
  });
  const outgoing = await answer(context, request, template, quote.validUntil);
  return { work: 'ready', money: 'quoted', quote, result: outgoing.event, publish: [outgoing] };
}

/** `sample`: the result waits in the books, and a sample of it is sent with the invoice. */
async function sampled(
  context: ProviderContext,
  sale: Sale,
  job: ProductOfJob,
  signal: AbortSignal,
): Promise<SaleChange | null> {
  const { request, product } = job;
  const quote = await makeBill(context, sale, signal);
  if (quote === null) return null;
  const createdAt = context.now();
  const feedback = buildFeedback({
    request,
    status: 'payment-required',
    ...priceOf(quote),
    exchange: 'sample',
    usualSeconds: 0,
    worstSeconds: PUBLISH_GRACE_SECONDS,
    validUntil: quote.validUntil,
    content: product.sample,
    createdAt,
  });
  const result = await answer(context, request, buildResult({ request, ...contentOf(product), createdAt }));
  return {
    work: 'ready',
    money: 'quoted',
    quote,
    result: result.event,
    publish: [await answer(context, request, feedback, quote.validUntil)],
  };
}

/** The quote of the sale with an invoice that is good from now on; the wallet is asked until the signal aborts. */
async function makeBill(
  context: ProviderContext,
  sale: Sale,
  signal: AbortSignal,
): Promise<SaleQuote | null> {
  if (sale.quote === null) throw new Error(`The sale ${sale.requestId} was accepted without a price.`);
  while (!signal.aborted) {
    const validUntil = context.now() + context.limits.offerSeconds;
    const { exchange, quote } = sale;
    const { requestId } = sale;
    const terms = { requestId, exchange, amountMsat: quote.amountMsat, validUntil };
    const invoice = await makeInvoice(context, sale, terms);
    if (invoice !== null) return { ...quote, ...invoice, validUntil };
    await pause(ASK_AGAIN_MS, signal);
  }
  return null;
}

function priceOf({ amountMsat, bolt11 }: SaleQuote) {
  return bolt11 === null ? { amountMsat } : { amountMsat, bolt11 };
}

function contentOf({ content, file, mediaType }: Product) {
  return {
    content,
    ...(file === null ? {} : { file }),
    ...(mediaType === null ? {} : { mediaType }),
  };
}
