/**
 * Money inside coinop is millisatoshis in a branded bigint: no floats, no bare numbers.
 * Sats appear only at the edges, with the unit in the name.
 */
declare const msatBrand: unique symbol;

/** An amount of millisatoshis (1/1000 sat). Made only by the functions in this file. */
export type Msat = bigint & { readonly [msatBrand]: true };

const TWENTY_ONE_MILLION_BITCOIN = 2_100_000_000_000_000_000n;

/** No money at all. */
export const ZERO_MSAT = msat(0n);

/** The most that can ever exist: 21 million bitcoin in millisatoshis. */
export const MAX_MSAT = msat(TWENTY_ONE_MILLION_BITCOIN);

/** Brands a bigint as millisatoshis. Throws `RangeError` when it is negative or more than can exist. */
export function msat(amount: bigint): Msat {
  if (!canExist(amount)) throw new RangeError(`${amount} is not an amount of millisatoshis`);
  return amount;
}

function canExist(amount: bigint): amount is Msat {
  return amount >= 0n && amount <= TWENTY_ONE_MILLION_BITCOIN;
}

/** Converts whole sats to millisatoshis. Throws `RangeError` for fractions, negatives and impossible sums. */
export function satsToMsat(sats: number | bigint): Msat {
  if (typeof sats === 'number' && !Number.isSafeInteger(sats))
    throw new RangeError(`${sats} is not a whole number of sats`);
  return msat(BigInt(sats) * 1000n);
}

/** Reads a decimal string of millisatoshis strictly: digits only. `null` when it is anything else. */
export function parseMsat(text: string): Msat | null {
  if (!/^(0|[1-9]\d{0,18})$/.test(text)) return null;
  const amount = BigInt(text);
  return canExist(amount) ? amount : null;
}

/** Shows an amount for people: `21 sat`, `0.5 sat`, `1,000 sat`. */
export function formatSats(amount: Msat): string {
  const whole = (amount / 1000n).toString().replace(/\B(?=(\d{3})+(?!\d))/g, ',');
  const rest = amount % 1000n;
  return rest === 0n ? `${whole} sat` : `${whole}.${rest.toString().padStart(3, '0').replace(/0+$/, '')} sat`;
}

/** Adds amounts. */
export function addMsat(...amounts: readonly Msat[]): Msat {
  return msat(amounts.reduce<bigint>((sum, amount) => sum + amount, 0n));
}
