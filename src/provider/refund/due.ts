import type { Sale, SaleReceipt } from '../../ledger/index.ts';
import { msat, ZERO_MSAT, type Msat } from '../../protocol/index.ts';
import type { ProviderContext } from '../context.ts';

/** What is owed to a customer. */
export interface Due {
  /** All that was received for the sale; of one that was delivered, what was paid on top of its price or is given back of that. */
  readonly amountMsat: Msat;
  /** When the last of it came, or was given back, unix seconds. */
  readonly since: number;
  /** Until when a claim is waited for, unix seconds. */
  readonly claimUntil: number;
}

/** What is owed for a sale whose money goes back, by its receipts; `null`, with the trouble told, when it is nothing. */
export async function dueOf(context: ProviderContext, sale: Sale): Promise<Due | null> {
  const receipts = await context.ledger.sales.receipts(sale);
  const amountMsat = owedMsatOf(sale, receipts);
  if (amountMsat === null) {
    const message = 'A refund is due, and the receipts show nothing that is owed: settle it by hand.';
    context.onTrouble({ code: 'refund-without-receipt', message }, sale);
    return null;
  }
  const since = Math.max(...receipts.map(({ receivedAt }) => receivedAt), sale.goodwill?.givenAt ?? 0);
  return { amountMsat, since, claimUntil: since + context.limits.refundClaimSeconds };
}

/**
 * What belongs to the customer of a sale whose money goes back, of what these receipts show: all of it, and of delivered
 * work what is beyond its price or was given back of that. `null` when that is nothing.
 */
export function owedMsatOf(
  { work, quote, goodwill }: Pick<Sale, 'work' | 'quote' | 'goodwill'>,
  receipts: readonly Pick<SaleReceipt, 'amountMsat'>[],
): Msat | null {
  const received = receipts.reduce<bigint>((sum, { amountMsat }) => sum + amountMsat, 0n);
  const isDelivered = work === 'delivered' || work === 'closed';
  const kept = isDelivered ? (quote?.amountMsat ?? ZERO_MSAT) - (goodwill?.amountMsat ?? 0n) : ZERO_MSAT;
  return received > kept ? msat(received - kept) : null;
}
