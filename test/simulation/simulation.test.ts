import { beforeAll, describe, expect, test } from 'vitest';
import { DEFAULT_POLICY } from '../../src/customer/index.ts';
import { castOf } from './cast.ts';
import { playContest } from './contest.ts';
import { figuresOf, type Figures } from './figures.ts';
import { naiveCheapest, naiveFastest } from './naive-policies.ts';
import type { JobOutcome } from './market.ts';
import { JUDGING_SEEDS, TEST_SEEDS, TUNING_SEEDS } from './seeds.ts';

describe('the default policy, in markets where half of the sellers cheat', () => {
  let outcomes: ReadonlyMap<string, readonly JobOutcome[]> = new Map();
  let figures: Record<string, Figures> = {};
  beforeAll(async () => {
    outcomes = await playContest({
      contestants: {
        naiveCheapest,
        naiveFastest,
        balanced: DEFAULT_POLICY.choose,
        again: DEFAULT_POLICY.choose,
      },
      seeds: TEST_SEEDS,
      size: 12,
      jobs: 15,
    });
    figures = Object.fromEntries([...outcomes].map(([name, jobs]) => [name, figuresOf(jobs)]));
  }, 240_000);

  test.each(['naiveCheapest', 'naiveFastest'])(
    'brings more of the jobs than %s does, and loses less money',
    (name) => {
      const [balanced, naive] = [figures['balanced'], figures[name]];
      expect(balanced?.jobs).toBe(30);
      expect(naive?.jobs).toBe(30);
      expect(balanced?.deliveredShare).toBeGreaterThan(naive?.deliveredShare ?? 1);
      expect(balanced?.lostSats).toBeLessThan(naive?.lostSats ?? 0);
    },
  );

  test('buys the same of the same sellers when a market is played again', () => {
    const [first, second] = ['balanced', 'again'].map((name) =>
      outcomes
        .get(name)
        ?.map(({ brought, seconds, spentMsat, seller }) => [brought, seconds, spentMsat, seller?.name]),
    );
    expect(first).toHaveLength(30);
    expect(second).toEqual(first);
  });
});

test('fifty sellers, of whom none is the same in two markets, and all are the same in a replay', () => {
  expect(castOf(1, 50)).toEqual(castOf(1, 50));
  expect(castOf(1, 50)).toHaveLength(50);
  expect(castOf(1, 50).map(({ priceFactor }) => priceFactor)).not.toEqual(
    castOf(2, 50).map(({ priceFactor }) => priceFactor),
  );
});

test('no market is used for more than one purpose', () => {
  const seeds = [...TUNING_SEEDS, ...JUDGING_SEEDS, ...TEST_SEEDS];
  expect(new Set(seeds).size).toBe(seeds.length);
});
