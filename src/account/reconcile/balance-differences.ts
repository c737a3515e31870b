import type { Ledger, TopUp } from '../../ledger/index.ts';
import type { Difference, DifferenceCode } from './difference.ts';
import type { WalletView } from './wallet-view.ts';

/** On what books and wallet disagree about a credited top-up: what a customer has here must have come. */
export async function topUpDifferences(
  view: WalletView,
  { paymentHash, creditedMsat, amountMsat }: TopUp,
): Promise<Difference[]> {
  const about = (code: DifferenceCode, serious: boolean): Difference[] => [
    { code, subject: 'balance', requestId: null, paymentHash, amountMsat, serious },
  ];
  const seen = await view.recall(paymentHash, 'incoming');
  if (seen === 'silent') return about('wallet-silent', false);
  if (seen?.state !== 'settled') return about('receipt-not-in-wallet', true);
  return seen.amountMsat === creditedMsat ? [] : about('amount-differs', false);
}

/** Top-ups that wait: one that the wallet has is credited by the provider as soon as it runs. */
export async function openTopUpDifferences(
  { balances }: Ledger,
  view: WalletView,
  providerPubkey: string,
): Promise<Difference[]> {
  const differences: Difference[] = [];
  for (const { paymentHash, amountMsat } of await balances.listOpenTopUps(providerPubkey)) {
    const seen = await view.look(paymentHash, 'incoming');
    if (seen === 'silent' || seen?.state !== 'settled') continue;
    const code = 'paid-awaits-provider';
    differences.push({ code, subject: 'balance', requestId: null, paymentHash, amountMsat, serious: false });
  }
  return differences;
}
