import type { Sale } from '../../ledger/index.ts';
import type { JobRequest, Msat } from '../../protocol/index.ts';
import type { ProviderContext } from '../context.ts';
import { beginWork } from '../payment/receive-money.ts';
import { endWithError } from '../refuse.ts';

/** Whether the sale waits for its customer to have its balance charged. */
function awaitsDraw({ exchange, money, work }: Sale): boolean {
  return exchange === 'balance' && money === 'quoted' && work === 'accepted';
}

/**
 * Stage 4 of a sale by `balance`: its customer has agreed to that amount. Exactly the price is drawn, once, in the
 * commit that begins the work; consent to any other amount draws nothing. A balance that others of its jobs have used
 * up meanwhile ends the job, and costs nothing.
 */
export async function takeDraw(
  context: ProviderContext,
  sale: Sale,
  request: JobRequest,
  amountMsat: Msat,
): Promise<Sale | null> {
  if (!awaitsDraw(sale) || amountMsat !== sale.quote?.amountMsat) return null;
  context.checkpoint('provider:payment-seen');
  const drawn = await context.ledger.sales.change(sale, {
    money: 'locked',
    lockedAt: context.now(),
    ...(await beginWork(context, sale, request)),
  });
  if (drawn.ok) {
    context.onChange(drawn.value);
    return drawn.value;
  }
  if (drawn.failure.code === 'illegal-move') context.onTrouble(drawn.failure, sale);
  if (drawn.failure.code !== 'balance-too-low') return null;
  return endWithError(context, sale, request, { work: 'failed', failure: drawn.failure });
}
