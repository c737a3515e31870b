import fc from 'fast-check';
import { expect, test } from 'vitest';
import { markUntrusted, pageOf, shorten } from './untrusted-text.ts';

test('the pages of any text are the text, and split no character', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: fc.constantFrom('a', 'ß', '😀', '👩‍👧'), maxLength: 20 }),
      fc.integer({ min: 1, max: 7 }),
      (text, chars) => {
        const pages: string[] = [];
        for (let offset: number | null = 0; offset !== null;) {
          const page = pageOf(text, { offset, chars });
          if (page.offset !== offset) throw new Error(`It begins at ${page.offset}, not at ${offset}.`);
          pages.push(page.untrusted_content);
          offset = page.next_offset;
        }
        expect(pages.filter((page) => !page.isWellFormed() || page.length > Math.max(2, chars))).toEqual([]);
        expect(pages.join('')).toBe(text);
      },
    ),
  );
});

test('a page past the end is empty, and the last', () => {
  expect(pageOf('text', { offset: 99, chars: 5 })).toEqual({
    untrusted_content: '',
    offset: 4,
    next_offset: null,
    total_chars: 4,
  });
});

test('nobody can write the mark that ends his own text', () => {
  const marks = ['a', 'a'].map((text) => /begin (\w+)/.exec(markUntrusted(text))?.[1]);
  expect(marks[0]).toMatch(/^[0-9a-f]{16}$/);
  expect(marks[0]).not.toBe(marks[1]);
});

test('words of strangers stay on one line and short', () => {
  expect(shorten('  two\n\nlines\tof  text ', 100)).toBe('two lines of text');
  expect(shorten('a'.repeat(20), 10)).toBe(`${'a'.repeat(9)}…`);
});
