import type { Purchase } from '../ledger/index.ts';
import type { Shop } from './shop.ts';

/** What the purchases of agents are marked with in the books. */
export const MADE_BY = 'mcp';

/** Whether agents may touch a purchase: one that they made. What the wallet's owner buys is none of their business. */
export function isAgentJob({ madeBy }: Pick<Purchase, 'madeBy'>): boolean {
  return madeBy === MADE_BY;
}

/**
 * Goes on with the jobs that an earlier server left open; nothing else is followed, so that nothing is paid here which
 * agents did not buy. A job that was bought and not paid yet must fit today's caps and come from a provider that is not
 * blocked. Returns how many were left alone for that.
 */
export async function takeUpJobs({
  customer,
  ledger,
  budget,
  jobs,
  blocked,
}: Pick<Shop, 'customer' | 'ledger' | 'budget' | 'jobs' | 'blocked'>): Promise<number> {
  let left = 0;
  for (const purchase of await ledger.purchases.listOpen(customer.pubkey)) {
    if (!isAgentJob(purchase)) continue;
    const adopted = isForBlocked(purchase, blocked) ? null : await budget.adopt(purchase);
    if (adopted?.ok) {
      const followed = await customer.follow(purchase.requestId);
      if (followed !== null) jobs.follow(followed);
    } else left += 1;
  }
  return left;
}

/** Whether a provider that is blocked by now could yet be paid. */
function isForBlocked({ state, offer }: Purchase, blocked: ReadonlySet<string>): boolean {
  const isTaken = state === 'offered' || state === 'approved';
  return isTaken && offer !== null && blocked.has(offer.providerPubkey);
}
