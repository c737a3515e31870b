import type { Sale } from '../ledger/index.ts';
import type { JobRequest, NostrEvent } from '../protocol/index.ts';
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
  if (row?.state === 'published') return moveDelivered(context, sale);
  if (row?.state === 'refused' || row?.state === 'expired') {
    // A relay may have taken it right before we died, and its OK was never booked.
    if (await isPublic(context, sale.result, row.relays)) return moveDelivered(context, sale);
    return endWithError(context, sale, request, {
      work: 'failed',
      failure: {
        code: 'undeliverable',
        message: 'No relay took the result.',
        data: { relay: row.lastMessage },
      },
    });
  }
  return null;
}

function moveDelivered(context: ProviderContext, sale: Sale): Promise<Sale | null> {
  context.checkpoint('provider:before-delivered-commit');
  const settling = sale.money === 'locked' ? { money: 'settling' as const } : {};
  return move(context, sale, { work: 'delivered', ...settling });
}

/** How long relays are waited for that may show the result. */
const LOOK_MS = 3000;

/** Whether a relay that we chose shows the result: now, or when it was made. */
async function isPublic(
  context: ProviderContext,
  { id }: NostrEvent,
  relays: readonly string[],
): Promise<boolean> {
  const chosen = [...new Set([...relays, ...context.relayUrls])];
  const shown = await context.relays.query(chosen, [{ ids: [id], limit: 1 }], {
    signal: context.signal,
    timeoutMs: LOOK_MS,
  });
  return shown.length > 0;
}
