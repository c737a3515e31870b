import { JobFailure } from '../provider/index.ts';
import type { PageRange } from './pdf-text.ts';

/** A part of a recording, in seconds from its beginning. */
export interface SecondsRange {
  readonly from: number;
  readonly to: number;
}

/** Reads a `range` parameter as pages of a document. Throws `JobFailure` `invalid-range`. */
export function pageRange(range: readonly string[] | undefined): PageRange | null {
  if (range === undefined) return null;
  const [first = 0, last = 0] = range.map(Number);
  if (
    range.length !== 2 ||
    !Number.isSafeInteger(first) ||
    !Number.isSafeInteger(last) ||
    first < 1 ||
    last < first
  )
    throw new JobFailure('invalid-range', 'The range must be the first and the last page, counted from 1.');
  return { first, last };
}

/** Reads a `range` parameter as seconds, or as a clock shows them (`1:02:03.5`). Throws `JobFailure` `invalid-range`. */
export function secondsRange(range: readonly string[] | undefined): SecondsRange | null {
  if (range === undefined) return null;
  const [from = Number.NaN, to = Number.NaN] = range.map(secondsOf);
  if (range.length !== 2 || !(from >= 0) || !(to > from))
    throw new JobFailure(
      'invalid-range',
      'The range must be the first and the last second, such as "60", "90.5".',
    );
  return { from, to };
}

function secondsOf(text: string): number {
  if (!/^(\d{1,3}:){0,2}\d{1,6}(\.\d{1,6})?$/.test(text)) return Number.NaN;
  return text.split(':').reduce((sum, part) => sum * 60 + Number(part), 0);
}
