import type { Sale } from '../ledger/index.ts';
import type { ExchangeMode, JobRequest } from '../protocol/index.ts';
import type { ProviderContext } from './context.ts';
import type { Stages } from './next-move.ts';
import { isPaidByHold, lookupIncoming } from './payment/invoice.ts';
import { commitOffer, makeOffer } from './quote.ts';

/**
 * Modes in which an offer can be replaced without anybody losing money: the invoice of a hold is cancelled before a new
 * one is said, and who zaps the old price has paid more than the new one, which stays owed to it. A plain invoice can be
 * paid as long as it is out, so its offer stands.
 */
const REPLACEABLE: readonly ExchangeMode[] = ['hold', 'zap', 'nutzap'];

/** Whether the sale's offer may still be replaced by a cheaper one. */
export function isOpenToRequote({ work, money, exchange }: Sale): boolean {
  return work === 'accepted' && money === 'quoted' && REPLACEABLE.includes(exchange);
}

/**
 * Asks less for an open offer where the service's pricing now does, as often as its rivalry allows. The new invoice is
 * made, the old one made unpayable, and only then the new one said; a crash in between leaves an offer that lapses.
 */
export async function requote(stages: Stages, sale: Sale, request: JobRequest): Promise<Sale | null> {
  const { context, admission, rivals, serviceOf } = stages;
  const rivalry = serviceOf(sale)?.pricing?.rivalry;
  if (!rivalry || sale.quote === null || rivals.requotesFor(sale.requestId) >= rivalry.requotes) return null;
  const again = await admission.judge(request, { serviceId: sale.serviceId });
  if (!again.ok || again.value.exchange !== sale.exchange) return null;
  if (again.value.price.amountMsat >= sale.quote.amountMsat) return null;
  const offer = await makeOffer(context, sale, again.value);
  if (offer === null || !(await withdrawn(context, sale))) return null;
  rivals.noteRequote(sale.requestId);
  return commitOffer(context, sale, again.value, offer);
}

/** Whether the old offer can not be paid any more, or may be paid without harm; not when it is being paid. */
async function withdrawn(context: ProviderContext, sale: Sale): Promise<boolean> {
  const paymentHash = sale.quote?.paymentHash;
  if (!isPaidByHold(sale.exchange)) return true;
  if (!context.wallet || !paymentHash) return false;
  const before = await lookupIncoming(context.wallet, paymentHash, context.signal);
  if (!before.ok || (before.value !== null && before.value.state !== 'pending')) return false;
  const cancelled = await context.wallet.cancelHold({ paymentHash }, { signal: context.signal });
  if (cancelled.ok) return true;
  const after = await lookupIncoming(context.wallet, paymentHash, context.signal);
  return after.ok && after.value?.state === 'canceled';
}
