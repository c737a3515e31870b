/** Counts that are remembered at once; the one that was not counted for longest is forgotten first. */
const MAX_COUNTS = 20_000;

/** Counts one more of `what` in the minute of a time (unix seconds), and says how many there are by then. */
export type CountInMinute = (what: string, time: number) => number;

/** Makes counters by the minute, of whatever is to be bounded. */
export function createMinuteCounts(): CountInMinute {
  const counts = new Map<string, number>();
  return (what, time) => {
    const key = `${what}:${Math.floor(time / 60)}`;
    const count = (counts.get(key) ?? 0) + 1;
    counts.delete(key);
    counts.set(key, count);
    const [oldest] = counts.keys();
    if (counts.size > MAX_COUNTS && oldest !== undefined) counts.delete(oldest);
    return count;
  };
}
