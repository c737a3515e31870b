import type { PurchaseChange } from '../ledger/index.ts';
import { chosenOffer, type Run } from './run.ts';

/**
 * Back to the offers: nothing was spent. Whoever approves them is told what the wallet, or the mint of ecash, answered, as
 * far as it did; others take the next one.
 */
export function refusedByWallet(
  { purchase }: Run,
  reason: string | null,
  by: 'wallet' | 'mint' = 'wallet',
): PurchaseChange {
  if (!isAsked(purchase)) return { state: 'offered' };
  const message =
    'The wallet did not pay; nothing was spent. Mend what it objects to, then approve the offer again.';
  const data = { by, ...(reason === null ? {} : { reason }) };
  return { state: 'offered', failure: { code: 'wallet-refused', message, data } };
}

/** An approval is good for one payment. The same offer may be approved anew, and is not taken again without that. */
export function endApproval(run: Run): void {
  run.approvedHash = null;
  if (isAsked(run.purchase)) run.tried.delete(chosenOffer(run).event.id);
}

function isAsked({ approval, orderId }: Run['purchase']): boolean {
  return approval === 'ask' && orderId === null;
}
