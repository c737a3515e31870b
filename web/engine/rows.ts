/** Long lists travel as what became of them: ten thousand rows at each change would hold up the page. */

/** A part of a list that gives way to other rows. */
export interface Splice {
  readonly start: number;
  readonly removed: number;
  readonly rows: readonly unknown[];
}

/** Changes nothing: tells that a list is empty. */
export const NO_ROWS: Splice = { start: 0, removed: 0, rows: [] };

/** As many rows as a page takes in without being held up. */
const ROWS_AT_ONCE = 250;

/** What makes the one list of the other, in steps of bounded size; none when they are alike. */
export function splicesBetween(before: readonly unknown[], after: readonly unknown[]): Splice[] {
  const shorter = Math.min(before.length, after.length);
  let start = 0;
  while (start < shorter && isSame(before[start], after[start])) start += 1;
  let end = 0;
  while (end < shorter - start && isSame(before[before.length - 1 - end], after[after.length - 1 - end]))
    end += 1;
  const removed = before.length - start - end;
  const rows = after.slice(start, after.length - end);
  if (removed === 0 && rows.length === 0) return [];
  const splices: Splice[] = [];
  for (let at = 0; at === 0 || at < rows.length; at += ROWS_AT_ONCE)
    splices.push({
      start: start + at,
      removed: at === 0 ? removed : 0,
      rows: rows.slice(at, at + ROWS_AT_ONCE),
    });
  return splices;
}

/** The list after a splice; rows that stay are the same objects. */
export function spliced(list: readonly unknown[], { start, removed, rows }: Splice): readonly unknown[] {
  return list.toSpliced(start, removed, ...rows);
}

/** Whether two pieces of plain data say the same. */
function isSame(one: unknown, other: unknown): boolean {
  if (Object.is(one, other)) return true;
  if (typeof one !== 'object' || typeof other !== 'object' || one === null || other === null) return false;
  const [entries, others] = [Object.entries(one), Object.entries(other)];
  return (
    entries.length === others.length &&
    entries.every(([name, value]) => Object.hasOwn(other, name) && isSame(value, Reflect.get(other, name)))
  );
}
