import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { countEcash, type EcashCost } from './ecash-spending.ts';

const bought = (createdAt: number, amountMsat: bigint, boughtFor = 'mint'): EcashCost => ({
  paymentHash: `bought ${createdAt}`,
  isBought: true,
  boughtFor,
  amountMsat,
  costMsat: amountMsat + 1n,
  createdAt,
});
const paid = (createdAt: number, costMsat: bigint, paymentHash = `paid ${createdAt}`): EcashCost => ({
  paymentHash,
  isBought: false,
  boughtFor: 'provider',
  amountMsat: costMsat,
  costMsat,
  createdAt,
});
const total = (costs: readonly EcashCost[]) =>
  countEcash(costs).reduce((sum, { countedMsat }) => sum + countedMsat, 0n);

describe('ecash counts', () => {
  it.each<[string, EcashCost[], bigint]>([
    ['when it is bought, and not when it is paid with', [bought(1, 500n), paid(2, 30n), paid(3, 470n)], 501n],
    ['when it is paid with and was not bought', [paid(1, 30n)], 30n],
    ['as far as it is more than was bought', [bought(1, 500n), paid(2, 520n)], 521n],
    [
      'when it is bought, whatever was paid before with what was earned',
      [paid(1, 900n), bought(2, 500n)],
      1401n,
    ],
    [
      'once where it is bought for the payment that it is for',
      [paid(1, 30n, 'hash'), bought(2, 28n, 'hash')],
      30n,
    ],
    [
      'although other ecash is put aside',
      [bought(1, 500n), paid(2, 30n, 'hash'), bought(3, 29n, 'hash'), paid(4, 500n)],
      501n + 30n,
    ],
    [
      'as put aside where the payment that it was bought for came to nothing',
      [bought(1, 28n, 'hash'), paid(2, 28n)],
      29n,
    ],
  ])('%s', (_when, costs, counted) => expect(total(costs)).toBe(counted));

  it('in full whenever it is bought, never twice, and whatever is paid for is covered', () => {
    const hash = fc.constantFrom('a', 'b', 'c', 'd');
    const cost = fc.record({
      isBought: fc.boolean(),
      hash,
      boughtFor: fc.oneof(hash, fc.constant('mint')),
      amountMsat: fc.bigInt({ min: 0n, max: 50n }),
    });
    fc.assert(
      fc.property(fc.array(cost, { maxLength: 8 }), fc.bigInt({ min: 0n, max: 50n }), (drafts, more) => {
        const seen = new Set<string>();
        const costs = drafts.flatMap(({ isBought, hash: lock, boughtFor, amountMsat }, at) => {
          if (isBought) return [bought(at, amountMsat, boughtFor)];
          if (seen.has(lock)) return [];
          seen.add(lock);
          return [paid(at, amountMsat, lock)];
        });
        const sum = (which: readonly EcashCost[]) => which.reduce((all, { costMsat }) => all + costMsat, 0n);
        const outMsat = sum(costs.filter(({ isBought }) => isBought));
        expect(total(costs)).toBeGreaterThanOrEqual(outMsat);
        expect(total(costs)).toBeLessThanOrEqual(sum(costs));
        const next = bought(costs.length + drafts.length, more);
        expect(total([...costs, next]) - total(costs)).toBe(next.costMsat);
      }),
    );
  });
});
