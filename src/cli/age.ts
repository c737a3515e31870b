const UNITS = [
  ['d', 86_400],
  ['h', 3_600],
  ['m', 60],
] as const;

/** Seconds as people read them, in the largest unit that fits: `20s`, `5m`, `3h`, `12d`. */
export function formatAge(seconds: number): string {
  const [unit, size] = UNITS.find(([, each]) => seconds >= each) ?? ['s', 1];
  return `${Math.floor(Math.max(0, seconds) / size)}${unit}`;
}
