import { useWorkText } from './strings.en.ts';

const [MINUTE, HOUR, DAY] = [60, 3600, 86_400] as const;

/** Times that a person may promise, in seconds. */
export const TIMES: readonly number[] = [
  5 * MINUTE,
  15 * MINUTE,
  30 * MINUTE,
  HOUR,
  2 * HOUR,
  4 * HOUR,
  12 * HOUR,
  DAY,
  2 * DAY,
  4 * DAY,
  7 * DAY,
  14 * DAY,
  30 * DAY,
];

/**
 * What a person promises unless it says otherwise: a day at the latest, or half of what the customer leaves, for it is to
 * have time to say yes.
 */
export function usualTimes(secondsLeft: number | null): { readonly usual: number; readonly worst: number } {
  const fitting = TIMES.filter((seconds) => seconds <= Math.min((secondsLeft ?? 2 * DAY) / 2, DAY));
  const worst = fitting.at(-1) ?? 5 * MINUTE;
  return { worst, usual: Math.min(HOUR, worst) };
}

/** Such a time in words. */
export function useTimeWords(): (seconds: number) => string {
  const text = useWorkText();
  return (seconds) => {
    if (seconds % DAY === 0) return text('time-days', { count: seconds / DAY });
    if (seconds % HOUR === 0) return text('time-hours', { count: seconds / HOUR });
    return text('time-minutes', { count: seconds / MINUTE });
  };
}
