import fc from 'fast-check';
import { expect, test } from 'vitest';
import { accessByLists, parseKeyList } from './access.ts';

const key = (name: number) => name.toString(16).padStart(64, '0');

test('nobody who is blocked is served, and where there is a list nobody else', () => {
  const blocked = new Set([key(1), key(3)]);
  const allowed = new Set([key(2), key(3)]);
  const byBoth = accessByLists({ blocked: () => blocked, allowed: () => allowed });
  expect([1, 2, 3, 4].map((each) => byBoth(key(each)))).toEqual([
    'blocked',
    'open',
    'blocked',
    'not-allowed',
  ]);
  expect([1, 4].map((each) => accessByLists({ blocked: () => blocked })(key(each)))).toEqual([
    'blocked',
    'open',
  ]);
  expect(accessByLists({})(key(1))).toBe('open');
  blocked.delete(key(3));
  expect(byBoth(key(3))).toBe('open');
});

test('a list is read as people write it, and what is no key is told by its line', () => {
  const text = `# friends\n${key(1)} alice, met in Riga\r\n\n  ${key(2)}\t# bob\nnpub1nobody\n${key(3)}`;
  expect(parseKeyList(text)).toEqual({ keys: new Set([key(1), key(2), key(3)]), unreadableLines: [5] });
  fc.assert(
    fc.property(fc.string(), (junk) => {
      for (const read of parseKeyList(junk).keys) expect(read).toMatch(/^[0-9a-f]{64}$/);
    }),
  );
});
