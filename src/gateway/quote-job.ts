import { randomBytes } from '@noble/hashes/utils.js';
import { base64urlnopad } from '@scure/base';
import type { ComparedOffer, WishFailureCode } from '../customer/index.ts';
import {
  failure,
  formatSats,
  kindContract,
  parseInvoice,
  satsToMsat,
  success,
  ZERO_MSAT,
  type Msat,
  type Outcome,
} from '../protocol/index.ts';
import { chooseOffer } from './choose-offer.ts';
import { makeClientInvoice } from './client-payment.ts';
import type { GatewayContext } from './context.ts';
import type { GatewayJob, Quote } from './job.ts';
import type { JobOrder } from './job-order.ts';
import { budgetOf, priceOf } from './pricing.ts';
import type { FollowedPurchase, MarketWish } from './purchases.ts';
import { exchangesFor, fitsLosses, isAcceptable, LOSSES, refundTermsFor, riskOf } from './risk.ts';

/**
 * Why there is no quote. `max-too-low`: not even a free offer could be sold for that. `no-offer`: nobody offered in
 * time, or for so little. `hold-not-possible`: the money cannot be locked that long here, so order it prepaid.
 * `losses`: too much is at risk or was lost today. `too-many-quotes`, `wallet-unavailable`: try again later.
 */
export type QuoteFailureCode =
  | 'max-too-low'
  | 'no-offer'
  | 'hold-not-possible'
  | 'losses'
  | 'too-many-quotes'
  | 'wallet-unavailable'
  | WishFailureCode;

/** What is left of an offer when the client's time to pay ends: it is approved in this time, in seconds. */
const APPROVAL_SECONDS = 10;
/** Quotes that can be paid for less than this are none. */
const MIN_QUOTE_SECONDS = 15;
/** Locked money has to be taken long before its blocks run out; wallets that pay wait for about as long. */
const MAX_HELD_SECONDS = 300;
/** The market is not asked where not even an offer for this could be taken. */
const LEAST_MSAT = satsToMsat(1);

/** Asks the market and names a price for the best offer. The request is withdrawn when nothing comes of it. */
export async function quoteJob(
  context: GatewayContext,
  order: JobOrder,
  clientGone: AbortSignal,
): Promise<Outcome<GatewayJob, QuoteFailureCode>> {
  const asked = planOrder(context, order);
  if (!asked.ok) return asked;
  const refundTerms = refundTermsFor(context, order);
  const leastMsat = asked.value === ZERO_MSAT ? ZERO_MSAT : LEAST_MSAT;
  if (!(await fitsLosses(context, riskOf({ refundTerms, budgetMsat: leastMsat })))) return LOSSES;
  const id = base64urlnopad.encode(randomBytes(32));
  const wanted = { id, order, askedMsat: asked.value, exchanges: exchangesFor(context, order), refundTerms };
  const opened = await context.purchases.open(marketWish(context, wanted));
  if (!opened.ok) return opened;
  const draft = { ...wanted, purchase: opened.value };
  const quoted = await quoteBestOffer(context, draft, clientGone);
  if (quoted.ok) return quoted;
  context.purchases.forget(id);
  await context.customer.cancel(opened.value.handle.requestId, 'no quote came of it');
  return quoted;
}

/** What the market is asked first for a job. The same after a restart, so that it is the same purchase. */
export function marketWish(
  { limits }: Pick<GatewayContext, 'limits'>,
  job: {
    readonly id: string;
    readonly order: JobOrder;
    readonly askedMsat: Msat;
    readonly exchanges: Quote['exchanges'];
  },
): MarketWish {
  return {
    jobId: job.id,
    attempt: 0,
    order: job.order,
    exchanges: job.exchanges,
    maxAmountMsat: job.askedMsat,
    deadlineSeconds: limits.quoteSeconds + job.order.deadlineSeconds,
  };
}

/** The most that offers may ask, if the order can be sold at all. */
function planOrder(
  { margin, maxPriceMsat, canHold }: GatewayContext,
  { maxSats, payment, deadlineSeconds }: JobOrder,
): Outcome<Msat, 'max-too-low' | 'hold-not-possible'> {
  const wanted = satsToMsat(maxSats);
  const askedMsat = budgetOf(wanted < maxPriceMsat ? wanted : maxPriceMsat, margin);
  if (askedMsat === null)
    return failure(
      'max-too-low',
      `Nothing is sold for less than ${formatSats(priceOf(ZERO_MSAT, margin))}: raise max_sats.`,
    );
  if (payment === 'hold' && !canHold)
    return failure('hold-not-possible', 'The wallet here cannot lock money: order it prepaid.');
  if (payment === 'hold' && deadlineSeconds > MAX_HELD_SECONDS)
    return failure(
      'hold-not-possible',
      `Money is locked for at most ${MAX_HELD_SECONDS} seconds: lower deadline_seconds, or order it prepaid.`,
    );
  return success(askedMsat);
}

interface QuoteDraft {
  readonly id: string;
  readonly order: JobOrder;
  readonly askedMsat: Msat;
  readonly exchanges: NonNullable<Quote['exchanges']>;
  readonly refundTerms: Quote['refundTerms'];
  readonly purchase: FollowedPurchase;
}

async function quoteBestOffer(
  context: GatewayContext,
  draft: QuoteDraft,
  clientGone: AbortSignal,
): Promise<Outcome<GatewayJob, QuoteFailureCode>> {
  const { limits, now } = context;
  const offer = await chooseOffer(draft.purchase, {
    budgetMsat: draft.askedMsat,
    accepts: (one) => isAcceptable(context, one),
    waitMs: limits.offerSeconds * 1_000,
    signal: AbortSignal.any([clientGone, context.signal]),
  });
  const validUntil = offer === null ? 0 : Math.min(now() + limits.quoteSeconds, lastMomentOf(offer));
  if (offer === null || validUntil < now() + Math.min(MIN_QUOTE_SECONDS, limits.quoteSeconds))
    return failure('no-offer', 'Nobody offers this in time for that: raise max_sats or try again later.');
  return bookQuote(context, draft, { offer, validUntil });
}

/** When it is too late to take an offer after a payment, unix seconds. */
function lastMomentOf({ validUntil, bolt11 }: ComparedOffer): number {
  const invoice = bolt11 === null ? null : parseInvoice(bolt11);
  const expiresAt = invoice?.ok ? invoice.value.expiresAt : Infinity;
  return Math.min(validUntil ?? Infinity, expiresAt) - APPROVAL_SECONDS;
}

async function bookQuote(
  context: GatewayContext,
  { id, order, askedMsat, exchanges, refundTerms, purchase }: QuoteDraft,
  { offer, validUntil }: { readonly offer: ComparedOffer; readonly validUntil: number },
): Promise<Outcome<GatewayJob, 'wallet-unavailable' | 'losses'>> {
  const { margin, now, jobs } = context;
  const priceMsat = priceOf(offer.amountMsat, margin);
  const budgetMsat = budgetOf(priceMsat, margin) ?? ZERO_MSAT;
  if (!(await fitsLosses(context, riskOf({ refundTerms, budgetMsat })))) return LOSSES;
  const invoice =
    priceMsat === ZERO_MSAT
      ? null
      : await makeClientInvoice(context, {
          payment: order.payment,
          amountMsat: priceMsat,
          description: `${kindContract(order.kind).name} (job kind ${order.kind})`,
          expirySeconds: validUntil - now(),
        });
  if (invoice !== null && !invoice.ok) return invoice;
  const job = await jobs.add({
    id,
    order,
    payment: invoice === null ? 'none' : order.payment,
    quote: {
      requestId: purchase.handle.requestId,
      offerId: offer.id,
      exchange: offer.exchange,
      exchanges,
      refundTerms,
      usualSeconds: offer.usualSeconds,
      worstSeconds: offer.worstSeconds,
      priceMsat,
      askedMsat,
      budgetMsat,
      invoice: invoice?.value.invoice ?? null,
      validUntil,
    },
    holdPreimage: invoice?.value.holdPreimage ?? null,
    openedAt: now(),
  });
  return success(job);
}
