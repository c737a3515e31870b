import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { ApproveFailureCode } from '../../src/customer/index.ts';
import { ORDER_FAILURES } from '../../src/customer/index.ts';
import { faultOf } from '../conformance/cited-test.ts';

const text = readFileSync(new URL('../../docs/buying.md', import.meta.url), 'utf8');

describe('the tests that the text names', () => {
  const citations = [...text.matchAll(/`([\w./-]+\.ts)` › “([^”]+)”/g)].map(([, file = '', title = '']) => ({
    file,
    title,
  }));

  test('exist, once, and run', () => {
    expect(citations.map(faultOf).filter((fault) => fault !== null)).toEqual([]);
  });

  test('are all cited in the one way that is checked', () => {
    expect(text.match(/›/g)).toHaveLength(citations.length);
  });
});

/** Every code, and so a compile error when one is added or gone. */
const APPROVE_CODES: Readonly<Record<ApproveFailureCode, true>> = {
  'not-found': true,
  'not-waiting': true,
  'offer-unknown': true,
  'offer-not-takeable': true,
  'above-max': true,
  'key-used': true,
};

test('the codes of an approval are those in the table', () => {
  const rows = [...text.matchAll(/^\| `([\w-]+)`/gm)].map(([, code]) => code);
  expect(rows).toEqual(Object.keys(APPROVE_CODES));
});

test('every end of an order without a receipt is named', () => {
  for (const code of ORDER_FAILURES.filter((each) => each !== 'invalid-order'))
    expect(text).toContain(`\`${code}\``);
});
