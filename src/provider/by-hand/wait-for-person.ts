import type { Sale } from '../../ledger/index.ts';
import type { JobRequest } from '../../protocol/index.ts';
import { move, type ProviderContext } from '../context.ts';

/**
 * A request that waits for a person: nothing moves before that person decides, and when its time is over, it is laid
 * aside without a word, as its customer waits no longer.
 */
export async function waitForPerson(
  context: ProviderContext,
  sale: Sale,
  request: JobRequest,
): Promise<Sale | null> {
  const latest = sale.openedAt + context.limits.maxRequestAgeSeconds;
  const waitsUntil = Math.min(latest, request.expiresAt ?? latest);
  if (context.now() <= waitsUntil) return null;
  return move(context, sale, { work: 'refused', failure: NOT_TAKEN });
}

const NOT_TAKEN = { code: 'not-taken', message: 'Nobody answered the request in time.' };
