import type { TopUp } from '../balances.ts';
import { drawnMsatOf } from '../legal-moves.ts';
import type { PrepaidWithdrawal } from '../prepaid.ts';
import type { Sale } from '../sales.ts';
import { entries, transfer, type JournalEntry } from './entries.ts';

/** The double-entry view of what a customer prepaid: it is here, and not ours. */
export function journalOfTopUp({ creditedMsat }: TopUp): JournalEntry[] {
  return entries(transfer('topped-up', creditedMsat ?? 0n, 'prepaid', 'wallet'));
}

/**
 * The double-entry view of what a customer got back of what it had prepaid. What routing cost is the provider's to know:
 * the most that it may have been counts.
 */
export function journalOfPrepaidWithdrawal({
  state,
  amountMsat,
  feeLimitMsat,
}: PrepaidWithdrawal): JournalEntry[] {
  if (state !== 'received') return [];
  return entries(
    transfer('refund-received', amountMsat, 'advanced', 'wallet'),
    transfer('paid', feeLimitMsat, 'advanced', 'routing-fees'),
  );
}

/** The double-entry view of what a sale took from the balance of its customer: earned by the delivery, or given back, by goodwill after it. */
export function journalOfDraw(sale: Sale): JournalEntry[] {
  if (sale.lockedAt === null) return [];
  const priceMsat = sale.quote?.amountMsat ?? 0n;
  const isDelivered = sale.work === 'delivered' || sale.work === 'closed';
  const isBack = drawnMsatOf({ ...sale, goodwill: null }) === 0n;
  const goodwillMsat = sale.goodwill?.amountMsat ?? 0n;
  return entries(
    transfer('drawn', priceMsat, 'owed-to-customers', 'prepaid'),
    isBack ? transfer('given-back', priceMsat, 'prepaid', 'owed-to-customers') : null,
    isDelivered && !isBack ? transfer('earned', priceMsat, 'earned', 'owed-to-customers') : null,
    isDelivered && !isBack ? transfer('given-back', goodwillMsat, 'prepaid', 'earned') : null,
  );
}
