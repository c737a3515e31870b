/**
 * How long a search takes. Every id is a new draw, so the time is exponential: the mean is 2^bits ids, and whoever has
 * waited long is no nearer to the end.
 */

/** The share of jobs that may run out of time: one in a thousand. */
const MAY_FAIL = 0.001;

/** Ids that are tried on average. */
export function expectedIds(bits: number): number {
  return 2 ** bits;
}

/** The most bits of which all but one in a thousand searches end in that time. */
export function reachableBits(idsPerSecond: number, seconds: number): number {
  const affordable = (idsPerSecond * seconds) / -Math.log(MAY_FAIL);
  return Math.max(0, Math.min(256, Math.floor(Math.log2(affordable))));
}

/** In how many seconds that share of searches has ended. */
export function secondsUntil(share: number, ids: number, idsPerSecond: number): number {
  return (-Math.log(1 - share) * ids) / idsPerSecond;
}
