import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, randomBytes } from '@noble/hashes/utils.js';
import type { Sale, SaleChange, SaleQuote } from '../ledger/index.ts';
import { buildFeedback, type ExchangeMode, type Failure, type JobRequest } from '../protocol/index.ts';
import { answer, move, type ProviderContext } from './context.ts';
import type { Service } from './handler.ts';

/**
 * Stage 2 and 3: answers a booked request with an offer. For `hold` the wallet first makes an invoice for
 * a hash whose preimage only we know; should we die before the commit, nobody has seen that invoice and
 * the next life makes another.
 */
export async function quote(
  context: ProviderContext,
  sale: Sale,
  job: { readonly request: JobRequest; readonly service: Service; readonly exchange: ExchangeMode },
): Promise<Sale | null> {
  const { request, exchange } = job;
  if (exchange === 'free') return move(context, sale, await freeAcceptance(context, job));
  const now = context.now();
  const terms = termsOf(context, job, now);
  const secret = newPreimage();
  const invoice = await makeHoldInvoice(context, sale, { ...terms, ...secret });
  if (invoice === null) return null;
  const offer: SaleQuote = { ...terms, ...secret, bolt11: invoice };
  const feedback = buildFeedback({
    request,
    status: 'payment-required',
    amountMsat: offer.amountMsat,
    bolt11: invoice,
    exchange,
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

function termsOf(
  context: ProviderContext,
  { request, service }: { readonly request: JobRequest; readonly service: Service },
  now: number,
) {
  return {
    amountMsat: service.priceMsat,
    validUntil: Math.min(now + context.limits.offerSeconds, request.expiresAt ?? Number.MAX_SAFE_INTEGER),
    usualSeconds: service.usualSeconds,
    worstSeconds: service.worstSeconds,
  };
}

const NO_INVOICE = { paymentHash: null, preimage: null, bolt11: null };

function newPreimage(): { paymentHash: string; preimage: string } {
  const preimage = randomBytes(32);
  return { preimage: bytesToHex(preimage), paymentHash: bytesToHex(sha256(preimage)) };
}

/** The answer to a request for free work. It needs nothing but the request, so it can be booked along with it. */
export async function freeAcceptance(
  context: ProviderContext,
  job: { readonly request: JobRequest; readonly service: Service },
): Promise<SaleChange> {
  const { request } = job;
  const now = context.now();
  const terms = termsOf(context, job, now);
  const processing = buildFeedback({
    request,
    status: 'processing',
    exchange: 'free',
    usualSeconds: terms.usualSeconds,
    worstSeconds: terms.worstSeconds,
    createdAt: now,
  });
  return {
    work: 'accepted',
    exchange: 'free',
    quote: { ...terms, ...NO_INVOICE },
    deadlineAt: now + terms.worstSeconds,
    publish: [await answer(context, request, processing, now + terms.worstSeconds)],
  };
}

async function makeHoldInvoice(
  context: ProviderContext,
  sale: Sale,
  terms: { amountMsat: SaleQuote['amountMsat']; paymentHash: string; validUntil: number },
): Promise<string | null> {
  if (!context.wallet) return null;
  const made = await context.wallet.makeHoldInvoice(
    {
      amountMsat: terms.amountMsat,
      paymentHash: terms.paymentHash,
      description: `coinop job ${sale.requestId.slice(0, 16)}`,
      expirySeconds: Math.max(1, terms.validUntil - context.now()),
    },
    { signal: context.signal },
  );
  context.checkpoint('provider:invoice-made');
  if (made.ok && made.value.bolt11 !== null) return made.value.bolt11;
  const trouble: Failure = made.ok
    ? { code: 'wallet-internal', message: 'The wallet made a hold invoice but did not show it.' }
    : made.failure;
  context.onTrouble(trouble, sale);
  return null;
}
