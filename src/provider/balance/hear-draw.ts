import type { JobMessage } from '../../protocol/index.ts';
import type { ProviderContext } from '../context.ts';
import type { SaleLoop } from '../sale-loop.ts';

/** Hears the customer of a sale agree to have its balance charged; what anybody else says about it changes nothing. */
export async function hearDraw(
  { ledger, signer }: ProviderContext,
  loop: SaleLoop,
  { requestId, authorPubkey, amountMsat }: Extract<JobMessage, { readonly type: 'draw' }>,
): Promise<void> {
  const sale = await ledger.sales.get(signer.pubkey, requestId);
  if (sale?.customerPubkey === authorPubkey) await loop.drawAgreed(sale, amountMsat);
}
