import { keepsOnceBegun } from './condition.ts';
import type { Condition, ExchangeMode } from './job.ts';

/**
 * When the customer's money is gone for good, from the safest: `guarded`: only for work that is there, or it
 * comes back by itself when none comes; `sampled`: after a part of the work was shown, before the rest;
 * `advanced`: before anything is there, so that only the provider can bring work or money back.
 */
export const EXPOSURES = ['guarded', 'sampled', 'advanced'] as const;

/** How far a mode exposes the customer's money; see `EXPOSURES`. */
export type Exposure = (typeof EXPOSURES)[number];

/** What each side of an exchange must trust the other for, in a sentence for people. */
export interface ExchangeRisk {
  readonly exposure: Exposure;
  /** What the customer must trust the provider for. */
  readonly customerTrusts: string;
  /** What the provider must trust the customer for. */
  readonly providerTrusts: string;
}

/** Who risks what in each exchange mode, as offers must say it. */
export const EXCHANGE_RISKS: Readonly<Record<ExchangeMode, ExchangeRisk>> = {
  free: {
    exposure: 'guarded',
    customerTrusts: 'The provider is trusted for the quality of the work; no money changes hands.',
    providerTrusts: 'The customer is trusted for nothing: the work is given away.',
  },
  postpay: {
    exposure: 'guarded',
    customerTrusts:
      'The result is here before it is paid: only who pays without reading trusts the provider for its quality.',
    providerTrusts: 'The customer is trusted to pay for a result that it already has.',
  },
  sample: {
    exposure: 'sampled',
    customerTrusts:
      'The provider is trusted to deliver the rest after the payment, and that it resembles the sample.',
    providerTrusts: 'The customer is trusted with the sample, which is worked for and shown unpaid.',
  },
  prepay: {
    exposure: 'advanced',
    customerTrusts: 'The provider is trusted to deliver after the payment, or to refund it.',
    providerTrusts: 'The customer is trusted for nothing: the money is there before the work.',
  },
  hold: {
    exposure: 'guarded',
    customerTrusts:
      'The provider is trusted not to take the locked money without delivering; a crash or silence gives it back by itself.',
    providerTrusts: 'The customer is trusted for nothing: its money is locked before the work.',
  },
  reveal: {
    exposure: 'guarded',
    customerTrusts:
      'The provider is trusted that the locked result is worth its price; paying is receiving its key.',
    providerTrusts: 'The customer is trusted to pay for work that is done; unpaid, it cannot be read.',
  },
  'ecash-htlc': {
    exposure: 'guarded',
    customerTrusts:
      'The provider is trusted not to take the locked ecash without delivering, and the mint to honour its lock and its way back.',
    providerTrusts: 'The customer is trusted for nothing, the mint to honour the lock and the ecash.',
  },
  nutzap: {
    exposure: 'advanced',
    customerTrusts: 'The provider is trusted to deliver after the payment, or to refund it; and the mint.',
    providerTrusts: 'The customer is trusted for nothing, the mint to honour its ecash.',
  },
  zap: {
    exposure: 'advanced',
    customerTrusts: 'The provider is trusted to deliver after the payment, or to refund it.',
    providerTrusts: 'The customer is trusted for nothing: the money is there before the work.',
  },
  balance: {
    exposure: 'advanced',
    customerTrusts:
      'The provider is trusted with the whole prepaid balance: to draw only what was agreed, to deliver or give it back, and to pay out the rest.',
    providerTrusts: 'The customer is trusted for nothing: the money is there before the work.',
  },
};

/** Who risks what with an offer: what its mode says, and that a job which is cancelled midway is paid all the same. */
export function riskOfOffer(offer: {
  readonly exchange: ExchangeMode;
  readonly conditions: readonly Condition[];
}): ExchangeRisk {
  const risk = EXCHANGE_RISKS[offer.exchange];
  if (!keepsOnceBegun(offer.conditions)) return risk;
  return {
    ...risk,
    customerTrusts: `${risk.customerTrusts} Work that is cancelled after it began stays paid.`,
  };
}
