/** Long lists travel as changes: whatever became of a list, the page has the same one. */
import { property, array, assert, integer, record, constantFrom } from 'fast-check';
import { expect, test } from 'vitest';
import { spliced, splicesBetween } from '../../web/engine/rows.ts';

const rows = array(
  record({
    id: integer({ min: 0, max: 12 }),
    state: constantFrom('paid', 'received'),
    sum: constantFrom(1n, 2n),
  }),
  { maxLength: 600 },
);

test('the changes make the one list of the other, and say nothing where nothing changed', () => {
  assert(
    property(rows, rows, (before, after) => {
      const made = splicesBetween(before, after).reduce(spliced, unknownRows(before));
      expect(made).toEqual(after);
      expect(splicesBetween(after, structuredClone(after))).toEqual([]);
    }),
  );
});

test('one change among ten thousand rows travels alone, and the rest stays as it is', () => {
  const before = Array.from({ length: 10_000 }, (_, id) => ({ id, state: 'paid' }));
  const newer = { id: -1, state: 'requested' };
  const after = structuredClone([newer, ...before]);
  const splices = splicesBetween(before, after);
  expect(splices).toEqual([{ start: 0, removed: 0, rows: [newer] }]);
  const made = splices.reduce(spliced, unknownRows(before));
  expect(made.at(-1)).toBe(before.at(-1));
});

test('ten thousand rows come in pieces that do not hold up a page', () => {
  const rowsAtOnce = splicesBetween(
    [],
    Array.from({ length: 10_000 }, (_, id) => ({ id })),
  ).map(({ rows: piece }) => piece.length);
  expect(Math.max(...rowsAtOnce)).toBeLessThanOrEqual(250);
});

function unknownRows(list: readonly unknown[]): readonly unknown[] {
  return list;
}
