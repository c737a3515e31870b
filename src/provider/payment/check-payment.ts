import type { Sale } from '../../ledger/index.ts';
import type { PaymentRecord } from '../../money/index.ts';
import type { Failure, JobRequest } from '../../protocol/index.ts';
import { move, type ProviderContext } from '../context.ts';
import { endWithError } from '../refuse.ts';
import { release } from './hold.ts';
import { invoiceReceipts, isPaidByHold, isPaidByLock, lookupIncoming } from './invoice.ts';
import { beginWork, receiveMoney } from './receive-money.ts';

/** After an offer ran out we wait this long for a payment that was on its way. */
const LATE_PAYMENT_SECONDS = 15;

/**
 * Stage 4: what has become of the invoice of a sale? Only our own wallet is asked. A hold that carries the quoted
 * amount locks, a plain invoice settles, and the sale goes on; an offer that nobody took lapses.
 */
export async function checkPayment(
  context: ProviderContext,
  sale: Sale,
  request: JobRequest,
): Promise<Sale | null> {
  const offer = sale.quote;
  if (offer === null) return null;
  if (offer.paymentHash === null || offer.bolt11 === null)
    // paid by a zap or in ecash, which says so itself
    return context.now() > offer.validUntil + LATE_PAYMENT_SECONDS ? lapse(context, sale, request) : null;
  if (!context.wallet) return null;
  const found = await lookupIncoming(context.wallet, offer.paymentHash, context.signal);
  if (!found.ok) {
    context.onTrouble(found.failure, sale);
    return null;
  }
  const payment = found.value;
  if (isPaidByHold(sale.exchange)) {
    if (payment?.state === 'accepted') return lock(context, sale, request, payment);
  } else if (payment?.state === 'settled') {
    const [receipt] = invoiceReceipts(sale, payment, context.now());
    const moved = receipt === undefined ? null : await receiveMoney(context, sale, request, receipt);
    if (moved !== null) return moved; // less than the price is booked, and buys nothing
  }
  const isGone = payment !== null && ['canceled', 'expired', 'failed'].includes(payment.state);
  // A plain invoice cannot be taken back: it counts as unpaid only when nothing can be on its way any more.
  const mayEndEarly = isGone && isPaidByHold(sale.exchange);
  if (mayEndEarly || context.now() > offer.validUntil + LATE_PAYMENT_SECONDS)
    return lapse(context, sale, request);
  return null;
}

async function lock(
  context: ProviderContext,
  sale: Sale,
  request: JobRequest,
  payment: PaymentRecord,
): Promise<Sale | null> {
  if (payment.amountMsat < (sale.quote?.amountMsat ?? 0n)) return refuseUnderpaid(context, sale, request);
  context.checkpoint('provider:payment-seen');
  const now = context.now();
  if (sale.exchange === 'reveal') return move(context, sale, { money: 'locked', lockedAt: now });
  return move(context, sale, {
    money: 'locked',
    lockedAt: now,
    ...(await beginWork(context, sale, request)),
  });
}

/** The amount of a hold is checked before it is taken, so what is too little goes back. */
async function refuseUnderpaid(
  context: ProviderContext,
  sale: Sale,
  request: JobRequest,
): Promise<Sale | null> {
  if (sale.work === 'delivered') return release(context, sale); // a locked result: it stays locked
  return endWithError(context, sale, request, {
    work: 'failed',
    failure: { code: 'underpaid', message: 'Less than the quoted amount was held; it goes back.' },
  });
}

/**
 * Nobody paid in time. A result that is public stays so; work that waited for the money ends. Whoever has agreed to a
 * draw that never reached us must hear that nothing was drawn.
 */
async function lapse(context: ProviderContext, sale: Sale, request: JobRequest): Promise<Sale | null> {
  const failure = { code: 'offer-lapsed', message: 'Nobody paid while the offer was valid.' };
  switch (sale.work) {
    case 'accepted':
      if (sale.exchange === 'balance')
        return endWithError(context, sale, request, { work: 'expired', failure });
      return move(context, sale, { work: 'expired', failure });
    case 'ready':
      return move(context, sale, { work: 'expired', failure });
    default:
      return isPaidByLock(sale.exchange) ? release(context, sale) : endUnpaid(context, sale, failure);
  }
}

/**
 * What came by other rails while nobody waited for it pays for a delivered job. Less than the price buys nothing:
 * without a delivery, it is owed to the customer.
 */
async function endUnpaid(context: ProviderContext, sale: Sale, failure: Failure): Promise<Sale | null> {
  const receipts = await context.ledger.sales.receipts(sale);
  const received = receipts.reduce((sum, { amountMsat }) => sum + amountMsat, 0n);
  const isDelivered = sale.work === 'delivered';
  if (isDelivered && sale.quote !== null && received >= sale.quote.amountMsat)
    return move(context, sale, { money: 'settled' });
  const money = received > 0n && !isDelivered ? 'refund-due' : 'lapsed';
  return move(context, sale, { money, ...(sale.failure === null ? { failure } : {}) });
}

/**
 * A payment of its invoice that our wallet tells of when the sale waits for none any more. After its offer lapsed it
 * is welcome for a delivered job, and goes back for any other; when the job was paid another way, it is owed.
 */
export async function takeLatePayment(
  context: ProviderContext,
  sale: Sale,
  request: JobRequest,
): Promise<Sale | null> {
  const paymentHash = sale.quote?.paymentHash;
  if (!context.wallet || !paymentHash || isPaidByHold(sale.exchange)) return null;
  const found = await lookupIncoming(context.wallet, paymentHash, context.signal);
  if (!found.ok || found.value?.state !== 'settled') return null;
  const [receipt] = invoiceReceipts(sale, found.value, context.now());
  return receipt === undefined ? null : receiveMoney(context, sale, request, receipt);
}
