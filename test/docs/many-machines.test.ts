import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { faultOf } from '../conformance/cited-test.ts';

const text = readFileSync(new URL('../../docs/many-machines.md', import.meta.url), 'utf8');

test('the tests that the text names exist, once, and run', () => {
  const citations = [...text.matchAll(/`([\w./-]+\.ts)` › “([^”]+)”/g)].map(([, file = '', title = '']) => ({
    file,
    title,
  }));
  expect(citations.map(faultOf).filter((fault) => fault !== null)).toEqual([]);
  expect(text.match(/›/g)).toHaveLength(citations.length);
});
