import {
  checkInvoice,
  feeLimitOf,
  payReserved,
  resumeReserved,
  type PaidProof,
  type PaymentFailureCode,
  type SpendingRefusal,
} from '../money/index.ts';
import {
  formatSats,
  failure,
  msat,
  orThrow,
  parseInvoice,
  success,
  type Msat,
  type Outcome,
} from '../protocol/index.ts';
import type { GatewayContext } from './context.ts';
import type { GatewayJob } from './job.ts';
import { moveJob } from './move-job.ts';

/** Room for a payment to arrive before its invoice runs out. */
const MIN_VALID_SECONDS = 60;

/**
 * Why a refund does not begin. `nothing-owed`: `data.state` says what became of the money. `refund-under-way`: one
 * invoice is being paid already. `invoice-unacceptable`: `data.reason` says why.
 */
export type RefundFailureCode = 'nothing-owed' | 'refund-under-way' | 'invoice-unacceptable';

/**
 * What a refund may be: at most what was paid. The sum that always goes out leaves room for the fee limit of its
 * routing, for otherwise whoever takes routing fees could earn them by failing jobs.
 */
export function refundRange(priceMsat: Msat): { readonly leastMsat: Msat; readonly mostMsat: Msat } {
  const whole = ((priceMsat - feeLimitOf(priceMsat)) / SAT) * SAT;
  return { leastMsat: msat(whole > SAT ? whole : SAT), mostMsat: priceMsat };
}

const SAT = 1_000n;

/**
 * Binds the refund of a job to one invoice, in the range of its refund; the rest of the price is what the routing may
 * cost. Of two that come at once one is taken. The
 * stage of the state then pays it.
 */
export async function beginRefund(
  context: GatewayContext,
  job: GatewayJob,
  bolt11: string,
): Promise<Outcome<void, RefundFailureCode>> {
  const { jobs, network, now } = context;
  const owed = checkOwed(job);
  if (!owed.ok) return owed;
  const { leastMsat, mostMsat } = refundRange(job.quote.priceMsat);
  const parsed = parseInvoice(bolt11);
  const amountMsat = (parsed.ok ? parsed.value.amountMsat : null) ?? leastMsat;
  if (amountMsat < leastMsat || amountMsat > mostMsat)
    return unacceptable(
      `Name an invoice over ${formatSats(leastMsat)}, or up to ${formatSats(mostMsat)} where the routing costs no more than the rest.`,
      'amount-mismatch',
    );
  const checked = checkInvoice({
    bolt11,
    expected: {
      amountMsat,
      network,
      now: now(),
      minValidSeconds: MIN_VALID_SECONDS,
    },
  });
  if (!checked.ok) return unacceptable(checked.failure.message, checked.failure.code);
  const { paymentHash } = checked.value;
  if ((await jobs.byPaymentHash(paymentHash)) !== null)
    return unacceptable('The invoice is one of this gateway: name one of yours.', 'own-invoice');
  if ((await context.spending.payment(paymentHash)) !== null)
    return unacceptable('The invoice was used here before: make a new one.', 'invoice-used');
  const refund = { bolt11: checked.value.bolt11, paymentHash };
  const begun = await jobs.change(job, { state: 'refunding', refund, at: now() });
  return begun === null ? underWay() : success(undefined);
}

/** Whether the price of a job is owed and not on its way yet. */
export function checkOwed({ state }: GatewayJob): Outcome<void, 'nothing-owed' | 'refund-under-way'> {
  if (state === 'refund-due') return success(undefined);
  if (state === 'refunding') return underWay();
  return failure('nothing-owed', `Nothing is owed for this job: it is ${state}.`, { state });
}

function underWay() {
  return failure('refund-under-way', 'The refund is being paid to another invoice already: look at the job.');
}

function unacceptable(message: string, reason: string) {
  return failure('invoice-unacceptable', message, { reason });
}

/**
 * State `refunding`: pays the invoice that the refund is bound to, reserved in the books before the wallet hears of
 * it, and takes up what an earlier process left open. A payment that surely failed frees the refund for another invoice.
 */
export async function payRefund(context: GatewayContext, job: GatewayJob): Promise<GatewayJob | null> {
  if (job.refund === null) throw new Error('A refund is paid to an invoice.');
  const paid = await pay(context, job, job.refund);
  if (paid.ok) return moveJob(context, job, { state: 'refunded' });
  if (paid.failure.code === 'payment-failed')
    return moveJob(context, job, { state: 'refund-due', refund: null });
  context.onTrouble(paid.failure);
  return null; // its end is not known: looked at again later
}

async function pay(
  context: GatewayContext,
  { quote }: GatewayJob,
  { bolt11, paymentHash }: NonNullable<GatewayJob['refund']>,
): Promise<Outcome<PaidProof, PaymentFailureCode | SpendingRefusal>> {
  const { spending, customer, wallet, now, signal } = context;
  const { expiresAt, payee, amountMsat } = orThrow(parseInvoice(bolt11));
  if (amountMsat === null) throw new Error('A refund is paid to an invoice with an amount.');
  const feeLimitMsat = msat(quote.priceMsat - amountMsat);
  const limits = spending.limits(customer.pubkey, { perJobMsat: quote.priceMsat });
  const payment = { wallet, bolt11, paymentHash, feeLimitMsat, expiresAt, now, signal };

  const booked = await spending.payment(paymentHash);
  if (booked?.state === 'settled')
    return success({ preimage: booked.preimage ?? '', feePaidMsat: booked.feePaidMsat ?? msat(0n) });
  if (booked?.state === 'failed')
    return failure('payment-failed', 'The refund could not be sent to the invoice: give another one.');
  if (booked !== null) {
    const reservation = await limits.unfinished(paymentHash);
    if (reservation === null)
      return failure('payment-unknown', 'The refund was finished just now.', { paymentHash });
    return resumeReserved({ ...payment, reservation });
  }
  const purpose = `refund of payment ${quote.invoice?.paymentHash.slice(0, 12)}`;
  const wish = { amountMsat, feeLimitMsat, counterparty: payee, purpose, paymentHash, bolt11 };
  context.checkpoint('gateway:before-refund');
  const reserved = await limits.reserve(wish);
  return reserved.ok ? payReserved({ ...payment, reservation: reserved.value }) : reserved;
}
