import fc from 'fast-check';
import { expect, test } from 'vitest';
import { msat, satsToMsat } from '../protocol/index.ts';
import { budgetOf, priceOf, type Margin } from './pricing.ts';

const amounts = fc.bigInt({ min: 0n, max: 10n ** 12n }).map(msat);
const margins: fc.Arbitrary<Margin> = fc.record({
  percent: fc.integer({ min: 0, max: 500 }),
  minimumMsat: fc.bigInt({ min: 0n, max: 10_000_000n }).map(msat),
});

test('a price is amount and margin in whole sats', () => {
  const margin = { percent: 5, minimumMsat: satsToMsat(5) };
  expect(priceOf(msat(0n), margin)).toBe(5_000n);
  expect(priceOf(satsToMsat(20), margin)).toBe(25_000n);
  expect(priceOf(satsToMsat(1_000), margin)).toBe(1_050_000n);
  expect(priceOf(msat(20_001n), margin)).toBe(26_000n);
});

test('a price always covers amount and margin', () => {
  fc.assert(
    fc.property(amounts, margins, (amountMsat, margin) => {
      const price = priceOf(amountMsat, margin);
      expect(price % 1_000n).toBe(0n);
      expect(price - amountMsat).toBeGreaterThanOrEqual(margin.minimumMsat);
      expect((price - amountMsat) * 100n).toBeGreaterThanOrEqual(amountMsat * BigInt(margin.percent));
    }),
  );
});

test('a budget is the largest amount that can be sold for the price', () => {
  fc.assert(
    fc.property(amounts, margins, (price, margin) => {
      const budget = budgetOf(price, margin);
      if (budget === null) expect(priceOf(msat(0n), margin)).toBeGreaterThan(price);
      else {
        expect(priceOf(budget, margin)).toBeLessThanOrEqual(price);
        expect(priceOf(msat(budget + 1n), margin)).toBeGreaterThan(price);
      }
    }),
  );
});
