/** The smallest of the values that at least this share (0 to 1) of them does not exceed; `null` when there are none. */
export function percentile(values: readonly number[], share: number): number | null {
  const sorted = values.toSorted((left, right) => left - right);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? null;
}

/** What half of the values do not exceed. */
export function median(values: readonly number[]): number | null {
  return percentile(values, 0.5);
}
