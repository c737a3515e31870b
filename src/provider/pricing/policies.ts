import { failure, formatSats, msat, success, ZERO_MSAT, type Msat } from '../../protocol/index.ts';
import type { JobSize } from './job-size.ts';
import type { PriceSituation, PricingPolicy, Rivalry } from './pricing.ts';

/** What jobs are counted in: a measure of their inputs, or a number that the customer asks for by a parameter. */
export type PricedUnit = keyof JobSize | { readonly param: string };

/** Every job costs the same. */
export function fixedPrice(amountMsat: Msat): PricingPolicy {
  return {
    fromMsat: amountMsat,
    isFixed: true,
    measuresUrls: false,
    rivalry: null,
    price: () => success({ amountMsat, note: null }),
  };
}

/** How jobs are priced by their size. */
export interface UnitPrice {
  readonly unit: PricedUnit;
  /** Per `perUnits` of the unit, begun ones in full. */
  readonly priceMsat: Msat;
  /** How many units the price buys; one unless told. */
  readonly perUnits?: number;
  /** What every job costs besides. */
  readonly baseMsat?: Msat;
  /** The least that a job costs. */
  readonly minMsat?: Msat;
  /**
   * Units that a job is taken to have when nobody can know before it is done. The quote says so, and a job that turns
   * out larger is not done. Without it such jobs are refused with `price-unknown`.
   */
  readonly unknownUnits?: number;
  /** Fetches what lies behind URLs, within the limits of inputs, before the price is said. */
  readonly measureUrls?: boolean;
}

/** Counts beyond this are taken for nonsense. */
const MAX_UNITS = 1_000_000_000;

/**
 * A price per unit of the job: for characters, words, bytes, seconds or items of input, or for what a parameter such as
 * `max_tokens` asks for. Whole sats, rounded up.
 */
export function perUnit(price: UnitPrice): PricingPolicy {
  const { unit, perUnits = 1, baseMsat = ZERO_MSAT, minMsat = ZERO_MSAT, unknownUnits } = price;
  const costOf = (units: number): Msat => {
    const bought = BigInt(Math.ceil(units / perUnits));
    return wholeSats(atLeast(minMsat, baseMsat + bought * price.priceMsat));
  };
  const name = typeof unit === 'string' ? unit : unit.param;
  return {
    fromMsat: costOf(0),
    isFixed: false,
    measuresUrls: price.measureUrls ?? false,
    rivalry: null,
    price(situation) {
      const known = unitsOf(unit, situation);
      if (known !== null && known <= MAX_UNITS) return success({ amountMsat: costOf(known), note: null });
      if (known === null && unknownUnits !== undefined)
        return success({ amountMsat: costOf(unknownUnits), note: `For at most ${unknownUnits} ${name}.` });
      return failure(
        'price-unknown',
        `The price is ${formatSats(price.priceMsat)} per ${perUnits} ${name}, and how many there are is not known; say it in the request.`,
        { unit: name },
      );
    },
    covers(asked, found) {
      if (typeof unit !== 'string') return true;
      const paidFor = asked[unit] ?? unknownUnits ?? MAX_UNITS;
      // Text under another type is no way around it: it has no more characters or words than bytes.
      const turnedOut = found[unit] ?? (unit === 'seconds' ? null : found.bytes);
      return turnedOut === null || turnedOut <= paidFor;
    },
  };
}

function unitsOf(unit: PricedUnit, { size, request }: PriceSituation): number | null {
  if (typeof unit === 'string') return size[unit];
  const said = request.params.get(unit.param)?.[0] ?? '';
  return /^\d{1,15}$/.test(said) ? Number(said) : null;
}

/** How a price follows the load. */
export interface LoadPrice {
  /** Percent of the price while nothing runs or waits; 100 unless told. */
  readonly idlePercent?: number;
  /** Percent of the price when `busyJobs` or more run and wait; in between it rises evenly. */
  readonly busyPercent: number;
  readonly busyJobs: number;
}

/** Another policy's price, dearer or cheaper by how many jobs run and wait. Whole sats, rounded up. */
export function byLoad(of: PricingPolicy, load: LoadPrice): PricingPolicy {
  const { idlePercent = 100, busyPercent, busyJobs } = load;
  const percentAt = (jobs: number): number => {
    const share = Math.min(1, jobs / Math.max(1, busyJobs));
    return Math.max(0, Math.round(idlePercent + (busyPercent - idlePercent) * share));
  };
  const cheapest = scaled(of.fromMsat, Math.min(percentAt(0), percentAt(Math.max(1, busyJobs))));
  // What undercuts others has a floor, and an idle hour is no reason to go below it.
  const fromMsat = of.rivalry === null ? cheapest : atLeast(of.fromMsat, cheapest);
  return {
    ...of,
    fromMsat,
    isFixed: false,
    price(situation) {
      const asked = of.price(situation);
      if (!asked.ok) return asked;
      const percent = percentAt(situation.load.running + situation.load.waiting);
      return success({
        ...asked.value,
        amountMsat: atLeast(fromMsat, scaled(asked.value.amountMsat, percent)),
      });
    },
  };
}

/** How a price follows that of rivals. */
export interface UndercutPrice extends Rivalry {
  /** Never less than this, whatever others ask: what a job costs us, and something on top. */
  readonly floorMsat: Msat;
  /** By how much the cheapest rival is undercut. */
  readonly byMsat: Msat;
}

/**
 * Another policy's price, or less: a little below the cheapest public offer for the same request, and never below the
 * floor. However many keys offer nonsense, the floor is the worst that they can bring about.
 */
export function undercut(of: PricingPolicy, { floorMsat, byMsat, ...rivalry }: UndercutPrice): PricingPolicy {
  return {
    ...of,
    fromMsat: floorMsat,
    isFixed: false,
    rivalry,
    price(situation) {
      const asked = of.price(situation);
      if (!asked.ok) return asked;
      const [cheapest] = situation.rivals;
      const wanted = atLeast(floorMsat, asked.value.amountMsat);
      if (cheapest === undefined) return success({ ...asked.value, amountMsat: wanted });
      const below = ((cheapest.amountMsat - byMsat) / 1000n) * 1000n;
      const amountMsat = below < wanted ? atLeast(floorMsat, below) : wanted;
      return success({ ...asked.value, amountMsat });
    },
  };
}

function atLeast(leastMsat: Msat, amountMsat: bigint): Msat {
  return amountMsat > leastMsat ? msat(amountMsat) : leastMsat;
}

function scaled(amountMsat: Msat, percent: number): Msat {
  return wholeSats((amountMsat * BigInt(percent) + 99n) / 100n);
}

/** Many wallets know no smaller unit, and ecash has none. */
function wholeSats(amountMsat: bigint): Msat {
  return msat(((amountMsat + 999n) / 1000n) * 1000n);
}
