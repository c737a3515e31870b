import type { Sale } from '../ledger/index.ts';
import type { JobRequest } from '../protocol/index.ts';
import { move, type ProviderContext } from './context.ts';
import { endWithError } from './refuse.ts';

/**
 * Stage 6, first half: has a relay that we chose said OK to the result? Then it is delivered, and for a
 * hold the settlement is due. A customer that lists only its own silent relay gets nothing for free.
 */
export async function checkDelivery(
  context: ProviderContext,
  sale: Sale,
  request: JobRequest,
): Promise<Sale | null> {
  if (!sale.result) return null;
  const row = await context.ledger.outbox.get(sale.result.id);
  if (row?.state === 'published') {
    context.checkpoint('provider:before-delivered-commit');
    return move(
      context,
      sale,
      sale.money === 'locked' ? { work: 'delivered', money: 'settling' } : { work: 'delivered' },
    );
  }
  if (row?.state === 'refused' || row?.state === 'expired')
    return endWithError(context, sale, request, {
      work: 'failed',
      failure: {
        code: 'undeliverable',
        message: 'No relay took the result.',
        data: { relay: row.lastMessage },
      },
    });
  return null;
}
