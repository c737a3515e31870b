import type { Sale, SaleRefund } from '../../ledger/index.ts';
import type { Difference, DifferenceCode } from './difference.ts';
import type { SaleComparison } from './sale-differences.ts';
import { isGone, mayStillBeSent, proofOf } from './wallet-view.ts';

/** On what books and wallet disagree about the refund of a sale. */
export async function refundDifferences(comparison: SaleComparison, sale: Sale): Promise<Difference[]> {
  const { refund, money } = sale;
  if (refund === null || refund.bolt11 === null || refund.paymentHash === null) return [];
  const { bolt11, paymentHash } = refund;
  const lookedAt = comparison.now();
  const seen =
    money === 'refunding'
      ? await comparison.view.look(paymentHash, 'outgoing')
      : await comparison.view.recall(paymentHash, 'outgoing');
  const about = (code: DifferenceCode, more: Partial<Difference> = {}): Difference[] => [
    {
      code,
      subject: 'refund',
      requestId: sale.requestId,
      paymentHash,
      amountMsat: refund.amountMsat,
      serious: false,
      ...more,
    },
  ];
  if (seen === 'silent') return about('wallet-silent');
  const isPaid = proofOf(seen) !== null;
  switch (money) {
    case 'refunding':
      if (isPaid) {
        if (refund.via === 'lud16') return about('refund-awaits-provider');
        const paid: SaleRefund = { ...refund, feePaidMsat: seen?.feePaidMsat ?? null };
        return about('refund-paid', {
          repair: async () =>
            (await comparison.ledger.sales.change(sale, { money: 'refunded', refund: paid })).ok,
        });
      }
      if (mayStillBeSent(bolt11, lookedAt)) return [];
      if (seen === null) return about('refund-forgotten', { serious: true });
      if (!isGone(seen)) return [];
      return about('refund-not-sent', {
        repair: async () => (await comparison.ledger.sales.change(sale, { money: 'refund-due' })).ok,
      });
    case 'refunded':
      if (seen?.state !== 'settled') return about('refund-not-in-wallet', { serious: true });
      return seen.feePaidMsat === refund.feePaidMsat ? [] : about('fee-differs', { serious: true });
    default:
      return isPaid ? about('paid-after-all', { serious: true }) : [];
  }
}
