import { failure, success, type Msat, type Outcome } from '../protocol/index.ts';

/** The most that one call moves, and one piece may be worth: ten bitcoin, so that no sum of pieces overflows. */
export const MAX_AMOUNT_SAT = 1_000_000_000n;

/** The amount in sats; fails with `impossible-amount`, because pieces of ecash are whole sats. */
export function wholeSats(amountMsat: Msat): Outcome<bigint, 'impossible-amount'> {
  const isPossible = amountMsat > 0n && amountMsat % 1000n === 0n && amountMsat <= MAX_AMOUNT_SAT * 1000n;
  return isPossible
    ? success(amountMsat / 1000n)
    : failure('impossible-amount', 'Ecash is moved in whole sats, from one sat to ten bitcoin.', {
        amountMsat: amountMsat.toString(),
      });
}
