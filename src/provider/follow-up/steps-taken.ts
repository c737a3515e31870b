import type { Sale, WorkState } from '../../ledger/index.ts';
import { readFollowUp, type FollowUp, type JobRequest, type NostrEvent } from '../../protocol/index.ts';
import type { ProviderContext } from '../context.ts';

/** Follow-ups of one job that are looked at; who has asked more often without taking one is not served further. */
export const MAX_FOLLOW_UPS = 500;

/** Ends that bring the customer nothing, and cost it nothing. */
const CAME_TO_NOTHING: ReadonlySet<WorkState> = new Set(['refused', 'cancelled', 'expired', 'failed']);

/**
 * Whether one of these sales is, or was, that step; with `over`, whether it was delivered and paid. What costs nothing and
 * its customer breaks off when it was begun was made: otherwise one promise would be worked for without end.
 */
export function isTaken(sales: readonly Sale[], step: FollowUp, by: 'any' | 'over' = 'any'): boolean {
  return sales.some((sale) => {
    if (!isStep(sale, step)) return false;
    const brokenOff = sale.exchange === 'free' && sale.work === 'cancelled' && sale.attempts > 0;
    return brokenOff || (by === 'over' ? isDone(sale) : !CAME_TO_NOTHING.has(sale.work));
  });
}

/**
 * Whether the result is made, and the money for it here or locked. Its customer may have read it, and go on, before we
 * hear that a relay has it.
 */
export function isDone({ work, money, exchange }: Sale): boolean {
  if (work !== 'ready' && work !== 'delivered' && work !== 'closed') return false;
  return exchange === 'free' || money === 'locked' || money === 'settling' || money === 'settled';
}

/** The results of the steps before a follow-up, from our own books: after days relays may not have them any more. */
export async function resultsBefore(
  { ledger, signer }: Pick<ProviderContext, 'ledger' | 'signer'>,
  { followUp, customerPubkey }: Pick<JobRequest, 'followUp' | 'customerPubkey'>,
): Promise<NostrEvent[]> {
  const first = followUp && (await ledger.sales.get(signer.pubkey, followUp.requestId));
  if (first?.customerPubkey !== customerPubkey) return [];
  const steps = [first, ...(await ledger.sales.followUps(first, MAX_FOLLOW_UPS))];
  return steps.flatMap(({ result }) => result ?? []);
}

function isStep({ request }: Sale, { requestId, step, number }: FollowUp): boolean {
  const followUp = readFollowUp(request.tags);
  return followUp?.requestId === requestId && followUp.step === step && followUp.number === number;
}
