import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { DEFAULT_POLICY, POLICIES } from '../../src/customer/index.ts';

const text = await readFile(new URL('../../docs/policies.md', import.meta.url), 'utf8');
const rows = [...text.matchAll(/^\| `(?<name>\w+)` +\| (?<takes>.+?) +\|$/gmu)].map(({ groups }) => groups);

test('the table lists every policy', () => {
  expect(rows.map((row) => row?.['name'])).toEqual(Object.keys(POLICIES));
});

test('the one that is used unless told is the default', () => {
  const used = rows.filter((row) => row?.['takes']?.includes('Used unless told'));
  expect(used.map((row) => row?.['name'])).toEqual(['balanced']);
  expect(DEFAULT_POLICY).toBe(POLICIES.balanced);
});
