import { ALLOWED_PAIRS, UNPAID_WORK_MODES, type Sale, type SaleChange } from '../../ledger/index.ts';
import {
  failure,
  formatSats,
  msat,
  success,
  ZERO_MSAT,
  type Msat,
  type Outcome,
} from '../../protocol/index.ts';

/**
 * Why nothing is given back. `nothing-paid`: there is no money of the customer here. `owed-already`: it is going back.
 * `refund-under-way` and `refunded-already`: it is, or was, paid. `being-delivered` and `being-settled`: wait until that
 * is done. `unreconciled`: a person must find out where the money is first. `invalid-amount`: no such part of it can go
 * back, `data` says what can.
 */
export type RefundSaleCode =
  | 'nothing-paid'
  | 'owed-already'
  | 'refund-under-way'
  | 'refunded-already'
  | 'being-delivered'
  | 'being-settled'
  | 'unreconciled'
  | 'invalid-amount';

/** How money goes back: the work is ended, and with it the money; or delivered work is given back, whole or in part. */
export type RefundDecision =
  { readonly ends: true } | { readonly ends: false; readonly change: SaleChange; readonly amountMsat: Msat };

/**
 * Whether the money of a sale may be given back by hand, of which `receivedMsat` came so far; all of it when no amount
 * is named. Only money that is ours, and not owed already, goes back: nothing is paid twice.
 */
export function judgeRefund(
  sale: Sale,
  {
    receivedMsat,
    amountMsat,
    now,
  }: { readonly receivedMsat: Msat; readonly amountMsat: Msat | null; readonly now: number },
): Outcome<RefundDecision, RefundSaleCode> {
  const { work, money } = sale;
  switch (money) {
    case 'none':
    case 'quoted':
    case 'lapsed':
    case 'released':
      return failure('nothing-paid', 'Nothing was paid for this job that could go back.');
    case 'refund-due':
    case 'unclaimed':
      return failure('owed-already', 'Its refund is owed already, and paid as soon as the customer can be.');
    case 'refunding':
      return failure('refund-under-way', 'Its refund is being paid.');
    case 'refunded':
      return failure('refunded-already', 'It was refunded.');
    case 'unreconciled':
      return failure(
        'unreconciled',
        'Where its money is must be found out first: `coinop wallet reconcile`.',
      );
    case 'settling':
      return failure('being-settled', 'Its money is being taken; try again when the job is closed.');
    case 'locked':
      if (work === 'accepted' || work === 'working') return endOf(sale, amountMsat);
      return work === 'ready' || work === 'delivered'
        ? failure('being-delivered', 'Its result is on its way; try again when the job is closed.')
        : failure('owed-already', 'The job has ended and its locked money goes back by itself.');
    case 'settled':
      return ofSettled(sale, { receivedMsat, amountMsat, now });
  }
}

function ofSettled(
  sale: Sale,
  { receivedMsat, amountMsat, now }: Parameters<typeof judgeRefund>[1],
): Outcome<RefundDecision, RefundSaleCode> {
  const { work, quote } = sale;
  if (work === 'accepted' || work === 'working') return endOf(sale, amountMsat);
  if (work === 'ready')
    return failure('being-delivered', 'Its result is on its way; try again when the job is closed.');
  if (sale.exchange === 'balance') return ofDrawn(sale, { amountMsat, now });
  const isDelivered = work === 'delivered' || work === 'closed';
  const priceMsat = isDelivered ? (quote?.amountMsat ?? ZERO_MSAT) : ZERO_MSAT;
  if (receivedMsat <= 0n || receivedMsat < priceMsat)
    return failure('nothing-paid', 'The books show no payment of this job that could go back.');
  // What came on top of the price is the customer's anyway, so a refund is never less than that.
  const surplusMsat = isDelivered ? receivedMsat - priceMsat : receivedMsat;
  const wantedMsat = amountMsat ?? receivedMsat;
  const leastMsat = surplusMsat > 0n ? msat(surplusMsat) : msat(1n);
  if (wantedMsat < leastMsat || wantedMsat > receivedMsat)
    return failure(
      'invalid-amount',
      `From ${formatSats(leastMsat)} to ${formatSats(receivedMsat)} of this job can go back.`,
      { leastMsat: leastMsat.toString(), mostMsat: receivedMsat.toString() },
    );
  const goodwill = { amountMsat: msat(wantedMsat - surplusMsat), givenAt: now };
  return success({ ends: false, change: { money: 'refund-due', goodwill }, amountMsat: wantedMsat });
}

/** What was drawn for delivered work goes back to where it came from, by the change itself, and once. */
function ofDrawn(
  { work, quote, goodwill }: Sale,
  { amountMsat, now }: Pick<Parameters<typeof judgeRefund>[1], 'amountMsat' | 'now'>,
): Outcome<RefundDecision, RefundSaleCode> {
  const priceMsat = quote?.amountMsat ?? ZERO_MSAT;
  if ((work !== 'delivered' && work !== 'closed') || priceMsat <= 0n)
    return failure('nothing-paid', 'The books show nothing drawn for this job that could go back.');
  if (goodwill !== null)
    return failure('refunded-already', `${formatSats(goodwill.amountMsat)} of it are in the balance again.`);
  const wantedMsat = amountMsat ?? priceMsat;
  if (wantedMsat < 1n || wantedMsat > priceMsat)
    return failure('invalid-amount', `At most ${formatSats(priceMsat)} of this job can go back.`, {
      leastMsat: '1',
      mostMsat: priceMsat.toString(),
    });
  const change = { goodwill: { amountMsat: wantedMsat, givenAt: now } };
  return success({ ends: false, change, amountMsat: wantedMsat });
}

/** A job that is not done goes back whole or not at all. */
function endOf(sale: Sale, amountMsat: Msat | null): Outcome<RefundDecision, RefundSaleCode> {
  return amountMsat === null
    ? success({ ends: true })
    : failure('invalid-amount', `The job is ${sale.work}: all of its money goes back, so name no amount.`);
}

/**
 * Why work is not tried again. `not-failed`: it has not ended without a result. `never-accepted`: nobody was ever made an
 * offer. `money-gone`: what was paid went back, or was too little. `refund-under-way`, `refunded-already` and
 * `unreconciled`: as for refunds.
 */
export type RetrySaleCode =
  'not-failed' | 'never-accepted' | 'money-gone' | 'refund-under-way' | 'refunded-already' | 'unreconciled';

/**
 * Whether a job that came to no result may be tried again: its money must be here still, or not be due before the
 * work. The change that does it, but for the deadline and what the customer is told.
 */
export function judgeRetry(sale: Sale, receivedMsat: Msat): Outcome<SaleChange, RetrySaleCode> {
  const { work, money, exchange, quote } = sale;
  if (work !== 'failed' && work !== 'expired')
    return failure('not-failed', `The job is ${work}; only one that failed or expired can be tried again.`);
  if (quote === null)
    return failure('never-accepted', 'The job was never accepted: its customer has to ask again.');
  const again = { work: 'accepted', failure: null, attempts: 0 } as const;
  switch (money) {
    case 'none':
      return UNPAID_WORK_MODES.includes(exchange) ? success(again) : moneyGone();
    case 'refund-due':
    case 'unclaimed':
      return ALLOWED_PAIRS[exchange].accepted.includes('settled') && receivedMsat >= quote.amountMsat
        ? success({ ...again, money: 'settled' })
        : moneyGone();
    case 'refunding':
      return failure('refund-under-way', 'Its refund is being paid, so the work is not done again.');
    case 'refunded':
      return failure('refunded-already', 'It was refunded: the customer has to buy it anew.');
    case 'unreconciled':
      return failure(
        'unreconciled',
        'Where its money is must be found out first: `coinop wallet reconcile`.',
      );
    default:
      return moneyGone();
  }
}

function moneyGone() {
  return failure('money-gone', 'Its payment is not here any more: the customer has to buy it anew.');
}
