import { formatSats, ZERO_MSAT, type ExchangeMode } from '../../protocol/index.ts';
import type { ComparedOffer } from '../compared-offer.ts';
import type { Prospect } from './prospect.ts';

/** What can be said for a choice. */
export type Reason = 'safety' | 'record' | 'price' | 'time';

/** Says for people why an offer was taken among others, in the order in which its policy weighs the reasons. */
export function reasonsFor(
  taken: Prospect,
  prospects: readonly Prospect[],
  reasons: readonly Reason[],
): string[] {
  const said: Readonly<Record<Reason, () => string>> = {
    safety: () => safetyOf(taken),
    record: () => recordOf(taken.offer),
    price: () => priceOf(taken, prospects),
    time: () => timeOf(taken),
  };
  return reasons.map((reason) => said[reason]());
}

/** What each mode does with the money until the work is there. */
const MODE_WORDS: Readonly<Record<ExchangeMode, string>> = {
  free: 'costs nothing',
  hold: 'safest way to pay: the money is locked and comes back by itself when nothing comes',
  reveal: 'safest way to pay: paying is receiving the key to a result that is here',
  'ecash-htlc': 'safest way to pay: the ecash is locked and can be taken back when nothing comes',
  postpay: 'safest way to pay: the result comes first',
  sample: 'a sample of the work is shown before the money goes',
  prepay: 'the money goes first: only the record speaks for delivery',
  zap: 'the money goes first: only the record speaks for delivery',
  nutzap: 'the money goes first: only the record speaks for delivery',
  balance: 'the money is with the provider already: only its record speaks for delivery',
};

function safetyOf({ exposure, offer }: Prospect): string {
  if (offer.amountMsat === ZERO_MSAT) return MODE_WORDS.free;
  return exposure === 'here' ? 'the result is here already' : MODE_WORDS[offer.exchange];
}

function recordOf({ record }: ComparedOffer): string {
  if (record === null || record.reliability === null) return 'new: nothing is known of its provider';
  const { own, others } = record;
  const bought = own.paidAndDelivered + own.paidAndUndelivered + own.refunded + own.failed;
  if (bought > 0) return `${own.paidAndDelivered} of ${bought} jobs that you bought there delivered`;
  const shown = others.paidAndDelivered + others.paidComplaints;
  return `${others.paidAndDelivered} of ${shown} paid jobs of others delivered, as far as they show it`;
}

function priceOf(taken: Prospect, prospects: readonly Prospect[]): string {
  const price = formatSats(taken.offer.amountMsat);
  const asSafe = prospects.filter(({ exposure }) => exposure === taken.exposure);
  if (prospects.length === 1) return `${price}, the only offer that may be taken`;
  if (asSafe.length === 1) return `${price}, the only offer of that safety among ${prospects.length}`;
  const cheaper = asSafe.filter(({ offer }) => offer.totalMsat < taken.offer.totalMsat).length;
  if (cheaper === 0) return `${price}, cheapest of ${asSafe.length} of that safety`;
  return `${price}, more than ${cheaper} of the ${asSafe.length} of that safety ask`;
}

function timeOf({ seconds, offer }: Prospect): string {
  if (offer.delivered) return 'no time to wait';
  const source = offer.record?.secondsFrom === 'own' ? 'as you have seen' : 'as its provider says';
  return `usually ${Math.round(seconds)} s, ${source}`;
}
