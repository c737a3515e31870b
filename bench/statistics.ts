/** The value that `share` (0 to 1) of the samples do not exceed, by nearest rank; NaN when there are none. */
export function percentile(samples: readonly number[], share: number): number {
  const sorted = samples.toSorted((one, other) => one - other);
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? Number.NaN;
}

/** The middle sample, or the mean of the two in the middle. */
export function median(samples: readonly number[]): number {
  const sorted = samples.toSorted((one, other) => one - other);
  const upper = Math.floor(sorted.length / 2);
  const lower = sorted.length % 2 === 0 ? upper - 1 : upper;
  return ((sorted[lower] ?? Number.NaN) + (sorted[upper] ?? Number.NaN)) / 2;
}

/** Median and 99th percentile of one round's latencies, in milliseconds. */
export interface Latency {
  readonly p50: number;
  readonly p99: number;
}

/** Sums up the latencies of one round. */
export function latencyOf(samplesMs: readonly number[]): Latency {
  return { p50: percentile(samplesMs, 0.5), p99: percentile(samplesMs, 0.99) };
}

/** The median of one figure over all rounds. */
export function medianOf<Round>(rounds: readonly Round[], figure: (round: Round) => number): number {
  return median(rounds.map(figure));
}
