import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { LIVENESS } from '../../src/directory/index.ts';
import { faultOf } from '../conformance/cited-test.ts';

const text = readFileSync(new URL('../../docs/reputation.md', import.meta.url), 'utf8');

describe('what is said of reputation', () => {
  const citations = [...text.matchAll(/`([\w./-]+\.ts)` › “([^”]+)”/g)].map(([, file = '', title = '']) => ({
    file,
    title,
  }));

  test('names tests that exist, once, and run', () => {
    expect(citations.map(faultOf).filter((fault) => fault !== null)).toEqual([]);
    expect(text.match(/›/g)).toHaveLength(citations.length);
    expect(citations.length).toBeGreaterThan(15);
  });

  test('has every rung of the ladder, in order', () => {
    const rungs = [...text.matchAll(/^\| `([\w-]+)` .*\|$/gm)].map(([, rung]) => rung);
    expect(rungs).toEqual([...LIVENESS]);
  });
});
