import { EXPOSURES, ZERO_MSAT, type Exposure, type Msat } from '../../protocol/index.ts';
import type { ComparedOffer } from '../compared-offer.ts';

/** What may be expected of an offer, in numbers that are known before it is taken. */
export interface Prospect {
  readonly offer: ComparedOffer;
  /** How far the money is exposed; `here` when the result can be read already. */
  readonly exposure: Exposure | 'here';
  /** How likely it brings what was wished for, 0 to 1. The more the money is exposed, the more cautious a guess. */
  readonly chance: number;
  /** The part of the price that is gone when nothing is delivered, 0 to 1. */
  readonly lossShare: number;
  /** Until the result: as measured by ourselves, else as the provider says. */
  readonly seconds: number;
  /** Took our money before and delivered nothing or junk, more often than can be forgiven. */
  readonly distrusted: boolean;
}

/** The chance of a provider that nothing is known of. Who takes the money first has to bring a record. */
const CHANCE_OF_UNKNOWN: Readonly<Record<Prospect['exposure'], number>> = {
  here: 0.4,
  guarded: 0.4,
  sampled: 0.25,
  advanced: 0.05,
};
/** What a failure takes with it. No lock helps against junk, nor against somebody who takes what is locked. */
const LOSS_SHARE: Readonly<Record<Prospect['exposure'], number>> = {
  here: 0.5,
  guarded: 0.5,
  sampled: 1,
  advanced: 1,
};
/** So many jobs must have been delivered for each that was paid for nothing, before its provider is asked again. */
const DELIVERED_PER_LOSS = 10;
/** Work of which nobody says how long it takes. */
const UNKNOWN_SECONDS = 60;

/** Reads an offer and its provider's record as what may be expected. */
export function prospectOf(offer: ComparedOffer): Prospect {
  const exposure = exposureOf(offer);
  return {
    offer,
    exposure,
    chance: chanceOf(offer, exposure),
    lossShare: LOSS_SHARE[exposure],
    seconds: secondsOf(offer),
    distrusted: isDistrusted(offer),
  };
}

/** From the safest: content that can be read, then as `EXPOSURES`. */
export function exposureRank(exposure: Prospect['exposure']): number {
  return exposure === 'here' ? -1 : EXPOSURES.indexOf(exposure);
}

/** What is delivered and readable cannot be withheld any more, though it may still be junk. */
function exposureOf({ delivered, reveal, exposure }: ComparedOffer): Prospect['exposure'] {
  return delivered && reveal === null ? 'here' : exposure.exposure;
}

function chanceOf({ record }: ComparedOffer, exposure: Prospect['exposure']): number {
  const reliability = record?.reliability ?? null;
  if (reliability === null) return CHANCE_OF_UNKNOWN[exposure];
  const { low, mean } = reliability;
  if (exposure === 'advanced') return low;
  return exposure === 'sampled' ? (low + mean) / 2 : mean;
}

/** Providers may say what they like: what we measured ourselves counts more. */
function secondsOf({ delivered, record, usualSeconds, worstSeconds }: ComparedOffer): number {
  if (delivered) return 0;
  const claimed = usualSeconds ?? worstSeconds ?? UNKNOWN_SECONDS;
  return record?.secondsFrom === 'own' ? (record.usualSeconds ?? claimed) : claimed;
}

function isDistrusted({ record, totalMsat }: ComparedOffer): boolean {
  if (record === null || totalMsat === ZERO_MSAT) return false;
  const { paidAndUndelivered, paidAndDelivered } = record.own;
  return paidAndUndelivered * DELIVERED_PER_LOSS > paidAndDelivered;
}

/**
 * What such a job costs among these offers: the price that half of the trust in them stands behind. Many low offers of
 * nobodies do not move it far.
 */
export function usualPriceMsat(prospects: readonly Prospect[]): Msat {
  const byPrice = prospects.toSorted(
    (left, right) => Number(left.offer.totalMsat - right.offer.totalMsat) || left.chance - right.chance,
  );
  const half = byPrice.reduce((sum, { chance }) => sum + chance, 0) / 2;
  let passed = 0;
  for (const { chance, offer } of byPrice) {
    passed += chance;
    if (passed > half) return offer.totalMsat;
  }
  return ZERO_MSAT;
}
