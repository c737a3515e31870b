import { median, percentile } from '../../bench/statistics.ts';
import type { JobOutcome } from './market.ts';

/** What a policy made of some jobs. Amounts are sats, times seconds of the market's clock. */
export interface Figures {
  readonly jobs: number;
  /** Jobs that brought what was wished for, 0 to 1. */
  readonly deliveredShare: number;
  /** Paid for nothing or for junk. */
  readonly lostSats: number;
  /** Everything that was spent, lost money too, for each job that brought what was wished for. */
  readonly satsPerDelivered: number;
  /** From the wish to the right content, over the jobs that brought it. */
  readonly secondsP50: number;
  readonly secondsP95: number;
}

/** Sums up jobs, of one market or several. */
export function figuresOf(outcomes: readonly JobOutcome[]): Figures {
  const right = outcomes.filter(({ brought }) => brought === 'right');
  const lost = outcomes.filter(({ brought }) => brought !== 'right');
  const seconds = right.map((outcome) => outcome.seconds);
  return {
    jobs: outcomes.length,
    deliveredShare: right.length / outcomes.length,
    lostSats: spentSats(lost),
    satsPerDelivered: spentSats(outcomes) / right.length,
    secondsP50: median(seconds),
    secondsP95: percentile(seconds, 0.95),
  };
}

function spentSats(outcomes: readonly JobOutcome[]): number {
  return Number(outcomes.reduce((sum, { spentMsat }) => sum + spentMsat, 0n)) / 1000;
}
