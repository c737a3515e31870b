import type { Evidence } from '../conformance/cited-test.ts';

/** A way to get money or work that one has no right to, and the tests that show what becomes of it. */
export interface Attack {
  /** What is tried, by whom. */
  readonly says: string;
  /** Where the test shows no defence but what is left to the victim: the attack succeeds by nature. */
  readonly byNature?: string;
  readonly tests: readonly [Evidence, ...Evidence[]];
}
