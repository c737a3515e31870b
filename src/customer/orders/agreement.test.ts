import { array, assert, boolean, constantFrom, integer, jsonValue, pre, property } from 'fast-check';
import { expect, test } from 'vitest';
import { judgementOf, largestAgreement } from './agreement.ts';
import type { ResultComparison } from './order.ts';

test.each<[ResultComparison, string, string, boolean]>([
  ['exact', 'fox', 'fox', true],
  ['exact', 'fox', 'fox ', false],
  ['words', ' a  red\nfox', 'a red fox ', true],
  ['words', 'a red fox', 'a redfox', false],
  ['json', '{"a":1,"b":[2]}', '{ "b": [2], "a": 1 }', true],
  ['json', '[1,2]', '[2,1]', false],
  ['json', '1.0', '1', true],
  ['json', '9007199254740993', '9007199254740992', false],
  ['json', 'no json', 'no json', true],
  ['json', 'no json', 'no  json', false],
  ['json', '['.repeat(100_000), '['.repeat(100_000), true],
  [(one, other) => one.length === other.length, 'abc', 'xyz', true],
])('by %s: %j and %j', (compare, one, other, same) => {
  expect(judgementOf(compare)(one, other)).toBe(same);
});

test('a layout of JSON is never a difference', () => {
  assert(
    property(jsonValue(), (value) => {
      const text = JSON.stringify(value);
      pre(!/\d{16}/.test(text)); // long numbers are compared byte by byte
      expect(judgementOf('json')(text, JSON.stringify(value, null, 2))).toBe(true);
    }),
  );
});

test('finds the largest group, the earlier of equals, of which any two are the same', () => {
  const results = array(constantFrom('a', 'b', 'c'), { maxLength: 10 });
  assert(
    property(results, boolean(), integer({ min: 0, max: 2 }), (contents, odd, shift) => {
      const given = contents.map((content, index) => ({ requestId: `${index}`, content }));
      const isSame = (one: string, other: string): boolean =>
        odd ? (one.charCodeAt(0) + other.charCodeAt(0) + shift) % 2 === 0 : one === other; // not transitive
      const group = largestAgreement(given, isSame);
      for (const [index, one] of group.entries())
        for (const other of group.slice(index + 1)) expect(isSame(one.content, other.content)).toBe(true);
      const counts = ['a', 'b', 'c'].map((letter) => contents.filter((content) => content === letter).length);
      if (!odd) expect(group).toHaveLength(Math.max(...counts));
    }),
  );
});
