/** Markets that policies may be tuned on. */
export const TUNING_SEEDS = [11, 23, 37, 41, 59] as const;

/**
 * Markets that policies are judged on. Nothing is ever chosen by looking at them: a policy that was must be judged on
 * new ones.
 */
export const JUDGING_SEEDS = [20_261, 30_727, 41_893, 52_361, 63_127] as const;

/** The small markets of the test: also for judging only. */
export const TEST_SEEDS = [70_001, 80_021] as const;
