import { msat, type Msat } from '../protocol/index.ts';

/** What the gateway takes on top of a provider's price: the share, at least the minimum. */
export interface Margin {
  /** Whole percent of the provider's price. */
  readonly percent: number;
  readonly minimumMsat: Msat;
}

const SAT = 1_000n;

/** What a client pays for an offer of that amount: amount and margin, in whole sats, rounded up. */
export function priceOf(amountMsat: Msat, { percent, minimumMsat }: Margin): Msat {
  const share = (amountMsat * BigInt(percent) + 99n) / 100n;
  const sum = amountMsat + (share > minimumMsat ? share : minimumMsat);
  return msat(((sum + SAT - 1n) / SAT) * SAT);
}

/** The most that an offer may ask to be sold for that price; `null` when not even a free one can be. */
export function budgetOf(priceMsat: Msat, { percent, minimumMsat }: Margin): Msat | null {
  const wholeSats = (priceMsat / SAT) * SAT;
  const besideShare = (wholeSats * 100n) / (100n + BigInt(percent));
  const besideMinimum = wholeSats - minimumMsat;
  const budget = besideShare < besideMinimum ? besideShare : besideMinimum;
  return budget < 0n ? null : msat(budget);
}
