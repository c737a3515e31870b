import { expect, it } from 'vitest';
import { runChaos } from './run-chaos.ts';
import { REPEATED_RUNS } from './seeds.ts';

it.each(REPEATED_RUNS)(
  'keeps every promise while everything fails: seed $seed, $machines providers ($found)',
  async (run) => {
    const { problems, jobs, ends, paid, troubles } = await runChaos(run);
    expect(problems).toEqual([]);
    expect(Object.values(ends).reduce((sum, count) => sum + count, 0)).toBe(jobs);
    expect(Object.values(troubles).reduce((sum, count) => sum + count, 0)).toBeGreaterThan(0);
    expect(paid.delivered).toBeGreaterThan(0);
  },
  300_000,
);
