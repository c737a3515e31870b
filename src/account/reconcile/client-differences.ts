import type { ClientReceipt } from '../../ledger/index.ts';
import type { Difference, DifferenceCode } from './difference.ts';
import type { WalletView } from './wallet-view.ts';

/** On what the books of a gateway and the wallet disagree about a client's payment. What is locked is the running gateway's to decide. */
export async function clientDifferences(
  view: WalletView,
  { paymentHash, amountMsat, place }: ClientReceipt,
): Promise<Difference[]> {
  if (place === 'returned') return [];
  const about = (code: DifferenceCode, serious: boolean): Difference[] => [
    { code, subject: 'client', requestId: null, paymentHash, amountMsat, serious },
  ];
  const seen = await (place === 'held'
    ? view.look(paymentHash, 'incoming')
    : view.recall(paymentHash, 'incoming'));
  if (seen === 'silent') return about('wallet-silent', false);
  if (place === 'held') return seen === null ? about('hold-not-in-wallet', true) : [];
  if (seen?.state !== 'settled') return about('receipt-not-in-wallet', true);
  return seen.amountMsat === amountMsat ? [] : about('amount-differs', false);
}
