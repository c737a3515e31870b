import type { Sale, SaleReceipt } from '../../ledger/index.ts';
import { buildFeedback, type JobRequest } from '../../protocol/index.ts';
import { answer, answerRelays, move, type ProviderContext, type SaleMover } from '../context.ts';
import { RESULT_WORTH_SECONDS } from '../finished-work.ts';
import { isPaidByLock } from './invoice.ts';

/**
 * Books money that is ours, whatever rail brought it, and moves the sale on when it covers the price: to the work,
 * to the finished result, or to a refund when there is nothing to deliver any more, however little it is. Less than
 * the price waits for the rest, and what comes on top stays on the books as owed to the customer.
 */
export async function receiveMoney(
  context: ProviderContext,
  sale: Sale,
  request: JobRequest,
  receipt: SaleReceipt,
): Promise<Sale | null> {
  const earlier = await context.ledger.sales.receipts(sale);
  const isBooked = earlier.some(({ paymentHash }) => paymentHash === receipt.paymentHash);
  const receipts = isBooked ? [] : [receipt];
  const total = [...earlier, ...receipts].reduce((sum, { amountMsat }) => sum + amountMsat, 0n);
  const waits = sale.money === 'quoted' || sale.money === 'lapsed';
  const isCovered = sale.quote !== null && total >= sale.quote.amountMsat;
  const isOver = ['cancelled', 'expired', 'failed'].includes(sale.work);
  context.checkpoint('provider:payment-seen');
  if (!waits || !(isCovered || isOver) || isPaidByLock(sale.exchange))
    return isBooked ? null : bookOnly(context, sale, receipts);
  switch (sale.work) {
    case 'accepted':
      return move(context, sale, {
        money: 'settled',
        receipts,
        ...(await beginWork(context, sale, request)),
      });
    case 'ready': {
      if (sale.result === null) throw new Error(`The sale ${sale.requestId} is ready without a result.`);
      if (sale.exchange !== 'sample') return bookOnly(context, sale, receipts); // its result is on its way
      const expiresAt = context.now() + RESULT_WORTH_SECONDS;
      const delivery = { event: sale.result, ...answerRelays(context, request.relays), expiresAt };
      return move(context, sale, { money: 'settled', receipts, publish: [delivery] });
    }
    case 'delivered':
    case 'closed':
      return move(context, sale, { money: 'settled', receipts });
    default:
      return move(context, sale, { money: 'refund-due', receipts });
  }
}

/** The move asks for nothing further, so nobody has to look again because of it. */
async function bookOnly(
  context: ProviderContext,
  sale: Sale,
  receipts: readonly SaleReceipt[],
): Promise<null> {
  if (receipts.length > 0) await move(context, sale, { receipts });
  return null;
}

/** Tells the customer that work begins, and sets its deadline. */
export async function beginWork(context: SaleMover, sale: Sale, request: JobRequest) {
  const now = context.now();
  const deadlineAt = now + (sale.quote?.worstSeconds ?? 0);
  const processing = buildFeedback({
    request,
    status: 'processing',
    exchange: sale.exchange,
    createdAt: now,
  });
  return { deadlineAt, publish: [await answer(context, request, processing, deadlineAt)] };
}
