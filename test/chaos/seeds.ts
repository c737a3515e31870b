import type { ChaosPlan } from './plan.ts';

/** A run that the gate repeats. */
export interface RepeatedRun extends ChaosPlan {
  /** What it found when it was drawn first; `null` for the one that is there from the beginning. */
  readonly found: string | null;
}

/**
 * Runs of a few seconds, each for a promise that its seed once broke, and one for all the others: it draws every mode,
 * and jobs that fail after a customer has paid to whom nothing can be given back.
 */
export const REPEATED_RUNS: readonly RepeatedRun[] = [
  { seed: 279, seconds: 8, machines: 1, jobsPerSecond: 3, troubleEveryMs: 1500, found: null },
];
