import { InvalidArgumentError } from 'commander';

/** Reads a whole number of a range. */
export function wholeNumber(min: number, max: number): (text: string) => number {
  return (text) => {
    const number = Number(text);
    if (!/^\d+$/.test(text) || number < min || number > max)
      throw new InvalidArgumentError(`It must be a whole number from ${min} to ${max}.`);
    return number;
  };
}

/** The most sats that an option takes: all that can ever exist. */
export const MAX_SATS = 2_100_000_000_000_000;

const DURATION_SECONDS = { m: 60, h: 3_600, d: 86_400, w: 604_800 } as const;

/** Seconds of a duration such as `30d`. */
export function duration(text: string): number {
  const [, count, unit] = /^([1-9]\d{0,4})([mhdw])$/.exec(text) ?? [];
  if (unit !== 'm' && unit !== 'h' && unit !== 'd' && unit !== 'w')
    throw new InvalidArgumentError('It must be a number and a unit: m, h, d or w.');
  return Number(count) * DURATION_SECONDS[unit];
}

/** Reads a list such as `hold,prepay` of which each item is one of these. */
export function listOf<Item extends string>(known: readonly Item[]): (text: string) => readonly Item[] {
  return (text) =>
    text.split(',').map((word) => {
      const item = known.find((each) => each === word.trim());
      if (item === undefined) throw new InvalidArgumentError(`"${word}" is none of ${known.join(', ')}.`);
      return item;
    });
}

/** Gathers an option that may be repeated. */
export function collect(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, value];
}
