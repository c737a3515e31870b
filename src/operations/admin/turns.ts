/** Counts in whole minutes of a clock that only counts on; says whether there is a turn left. */
export function turnsPerMinute(most: number): () => boolean {
  let minute = -1;
  let taken = 0;
  return () => {
    const current = Math.floor(performance.now() / 60_000);
    if (current !== minute) [minute, taken] = [current, 0];
    taken += 1;
    return taken <= most;
  };
}
