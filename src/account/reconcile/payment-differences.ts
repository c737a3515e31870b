import type { EcashWallet } from '../../ecash/index.ts';
import {
  mayMove,
  PURCHASE_MOVES,
  type Ledger,
  type OutgoingPayment,
  type Purchase,
  type PurchaseChange,
} from '../../ledger/index.ts';
import type { PaymentRecord } from '../../money/index.ts';
import { MAX_MSAT } from '../../protocol/index.ts';
import { movementsOfPurchase, returnedMsat } from '../ecash-journal.ts';
import type { Difference, DifferenceCode } from './difference.ts';
import { isGone, mayStillBeSent, proofOf, type WalletView } from './wallet-view.ts';

/** What payments are compared by. */
export interface PaymentComparison {
  readonly ledger: Ledger;
  readonly view: WalletView;
  /** `null` where no mint is trusted. */
  readonly ecash: EcashWallet | null;
  /** Unix seconds. */
  readonly now: () => number;
}

/** On what books and wallet disagree about a payment over Lightning; `purchase` is what it pays, where it pays a job. */
export async function paymentDifferences(
  comparison: PaymentComparison,
  payment: OutgoingPayment,
  purchase: Purchase | null,
): Promise<Difference[]> {
  const { paymentHash, requestId, amountMsat, state, bolt11 } = payment;
  if (bolt11 === null) return []; // ecash, which is compared with its own wallet
  const about = (code: DifferenceCode, more: Partial<Difference> = {}): Difference[] => [
    { code, subject: 'payment', requestId, paymentHash, amountMsat, serious: false, ...more },
  ];
  const isOpen = state === 'reserved' || state === 'in-flight';
  const lookedAt = comparison.now();
  const { view } = comparison;
  const seen = await (isOpen ? view.look(paymentHash, 'outgoing') : view.recall(paymentHash, 'outgoing'));
  if (seen === 'silent') return about('wallet-silent');

  if (state === 'settled') {
    if (seen?.state !== 'settled') return about('paid-not-in-wallet', { serious: true });
    return seen.feePaidMsat === payment.feePaidMsat ? [] : about('fee-differs', { serious: true });
  }
  if (state === 'failed')
    return seen === null || isGone(seen) ? [] : about('paid-after-all', { serious: true });

  const preimage = proofOf(seen);
  if (preimage !== null && seen !== null)
    return about('payment-settled', {
      repair: () => bookPaid(comparison, payment, purchase, seen, preimage),
    });
  if (seen?.state === 'settled') return about('payment-unproven', { serious: true });
  if (mayStillBeSent(bolt11, lookedAt)) return [];
  // Only what is no purchase is booked as on its way before the wallet is asked: until then it was not.
  const wasAsked = purchase !== null || state === 'in-flight';
  if (seen === null && wasAsked) return about('payment-forgotten', { serious: true });
  if (seen !== null && !isGone(seen)) return [];
  return about('payment-never-sent', { repair: () => bookReleased(comparison, payment, purchase) });
}

/** Whether the money of a purchase came back by the invoice that was claimed with. */
export async function claimDifferences(
  { ledger, view, ecash }: PaymentComparison,
  purchase: Purchase,
): Promise<Difference[]> {
  const { refund, state, requestId } = purchase;
  const isBack = state === 'refunded';
  if (refund === null || !(isBack || mayMove(PURCHASE_MOVES, state, 'refunded'))) return [];
  const { paymentHash } = refund;
  const seen = await (isBack ? view.recall(paymentHash, 'incoming') : view.look(paymentHash, 'incoming'));
  const about = (code: DifferenceCode, more: Partial<Difference> = {}): Difference[] => [
    { code, subject: 'purchase', requestId, paymentHash, amountMsat: null, serious: false, ...more },
  ];
  if (seen === 'silent') return about('wallet-silent');
  const hasCome = seen?.state === 'settled';
  if (isBack && (hasCome || (await isBackInEcash(ecash, purchase)))) return [];
  if (isBack) return about('refund-not-received', { serious: true });
  if (!hasCome) return [];
  const failure = { code: 'refunded', message: 'The provider gave the money back.' };
  return about('refund-received', {
    repair: async () => (await ledger.purchases.change(purchase, { state: 'refunded', failure })).ok,
  });
}

/** It was claimed over Lightning, and its provider gave ecash back. */
async function isBackInEcash(ecash: EcashWallet | null, purchase: Purchase): Promise<boolean> {
  return ecash !== null && returnedMsat(await movementsOfPurchase(ecash, purchase, [])) > 0n;
}

async function bookPaid(
  { ledger }: PaymentComparison,
  payment: OutgoingPayment,
  purchase: Purchase | null,
  { feePaidMsat }: PaymentRecord,
  preimage: string,
): Promise<boolean> {
  if (purchase === null) {
    const reservation = await reservationOf(ledger, payment);
    await reservation?.spent({ preimage, feePaidMsat });
    return reservation !== null;
  }
  const state = purchase.result === null ? ('paid' as const) : ('received' as const);
  return bookOnPurchase(ledger, purchase, { state, preimage, feePaidMsat, payment: 'settled' });
}

/** Nothing was sent, or it came back. A purchase that has time left is for `coinop resume` to go on with. */
async function bookReleased(
  { ledger, now }: PaymentComparison,
  payment: OutgoingPayment,
  purchase: Purchase | null,
): Promise<boolean> {
  if (purchase === null) {
    const reservation = await reservationOf(ledger, payment);
    await reservation?.released();
    return reservation !== null;
  }
  if (purchase.state === 'received')
    return bookOnPurchase(ledger, purchase, { state: 'received', payment: 'failed' });
  if (now() <= purchase.deadlineAt) return false;
  const failure =
    payment.state === 'in-flight'
      ? { code: 'refunded', message: 'The locked money came back without a result.' }
      : { code: 'offers-failed', message: 'The payment failed; nothing was spent.' };
  const state = payment.state === 'in-flight' ? ('refunded' as const) : ('expired' as const);
  return bookOnPurchase(ledger, purchase, { state, failure, payment: 'failed' });
}

async function bookOnPurchase(ledger: Ledger, purchase: Purchase, change: PurchaseChange): Promise<boolean> {
  return (await ledger.purchases.change(purchase, change)).ok;
}

/** Nothing is reserved here, so that the caps do not matter. */
function reservationOf({ spending }: Ledger, { spenderPubkey, paymentHash }: OutgoingPayment) {
  return spending.limits(spenderPubkey, { perJobMsat: MAX_MSAT }).unfinished(paymentHash);
}
