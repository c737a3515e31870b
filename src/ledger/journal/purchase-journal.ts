import { parseInvoice } from '../../protocol/index.ts';
import type { Purchase } from '../purchases.ts';
import { BALANCE_PURPOSES } from '../prepaid.ts';
import type { OutgoingPayment } from '../spending.ts';
import { entries, transfer, type JournalAccount, type JournalEntry } from './entries.ts';

/** Purposes of payments that only move our own money elsewhere. */
const WITHDRAWALS: ReadonlySet<string> = new Set(['withdrawal', 'forward']);

/**
 * The double-entry view of what a purchase did to our money, from its state and its payments. What was paid is
 * advanced until the work is there, or comes back: `returnedMsat` of it as ecash, which its own books know. What is
 * drawn from a balance was advanced before, and is again when it comes back.
 */
export function journalOfPurchase(
  purchase: Purchase,
  payments: readonly OutgoingPayment[],
  returnedMsat = 0n,
): JournalEntry[] {
  const paidMsat = payments.reduce<bigint>(
    (sum, { state, amountMsat }) => (state === 'settled' ? sum + amountMsat : sum),
    0n,
  );
  const isDelivered = purchase.state === 'received' || purchase.state === 'reviewed';
  const isDrawn = purchase.offer?.exchange === 'balance';
  const isBackInWallet = purchase.state === 'refunded' && returnedMsat === 0n && !isDrawn;
  const backMsat = isBackInWallet ? refundedMsat(purchase, paidMsat) : 0n;
  return [
    ...payments.flatMap((payment) => paymentEntries(payment, 'advanced')),
    ...entries(
      isDelivered ? transfer('delivered', paidMsat, 'advanced', 'paid-for-work') : null,
      transfer('refund-received', backMsat, 'advanced', 'wallet'),
      transfer('refund-received', returnedMsat, 'advanced', 'ecash'),
    ),
  ];
}

/** The double-entry view of a payment that is no purchase of a job. */
export function journalOfPayment(payment: OutgoingPayment): JournalEntry[] {
  return paymentEntries(payment, accountOf(payment.purpose));
}

function accountOf(purpose: string): JournalAccount {
  if (purpose === BALANCE_PURPOSES.topUp) return 'advanced';
  if (purpose === BALANCE_PURPOSES.withdrawal) return 'prepaid';
  return WITHDRAWALS.has(purpose) ? 'withdrawn' : 'paid-for-other';
}

/**
 * A payment whose end is not known has taken its amount and its fee limit out of the wallet, or out of the ecash;
 * when it ends, what it did not cost is back there. What customers withdraw they pay the routing of themselves; a draw
 * from a balance moves nothing of ours.
 */
function paymentEntries(payment: OutgoingPayment, paidTo: JournalAccount): JournalEntry[] {
  const { amountMsat, feeLimitMsat, feePaidMsat, state, purpose } = payment;
  if (purpose === BALANCE_PURPOSES.draw) return [];
  const setAsideMsat = amountMsat + feeLimitMsat;
  const [from, fees] =
    payment.bolt11 === null ? (['ecash', 'mint-fees'] as const) : (['wallet', 'routing-fees'] as const);
  const sent = transfer('payment-sent', setAsideMsat, from, 'on-its-way');
  if (state === 'reserved' || state === 'in-flight') return entries(sent);
  const ended = transfer('payment-ended', setAsideMsat, 'on-its-way', from);
  if (state === 'failed') return entries(sent, ended);
  return entries(
    sent,
    ended,
    transfer('paid', amountMsat, from, paidTo),
    transfer(
      'paid',
      feePaidMsat ?? feeLimitMsat,
      from,
      purpose === BALANCE_PURPOSES.withdrawal ? paidTo : fees,
    ),
  );
}

/** Money comes back by the invoice that was claimed with; a hold that came back had never been paid. */
export function refundedMsat({ refund }: Purchase, paidMsat: bigint): bigint {
  if (paidMsat === 0n) return 0n;
  const invoice = refund === null ? null : parseInvoice(refund.bolt11);
  return invoice?.ok && invoice.value.amountMsat !== null ? invoice.value.amountMsat : paidMsat;
}
