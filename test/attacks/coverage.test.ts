import { globSync } from 'node:fs';
import { expect, test } from 'vitest';
import { faultOf } from '../conformance/cited-test.ts';
import { testsOf } from '../conformance/test-titles.ts';
import { ATTACKS } from './manifest.ts';

test('every attack is shown by tests that exist, once, and run', () => {
  const faults = ATTACKS.flatMap(([name, { tests }]) =>
    tests.map(faultOf).flatMap((fault) => (fault === null ? [] : [`${name}: ${fault}`])),
  );
  expect(faults).toEqual([]);
});

test('no two attacks have one name', () => {
  expect(new Set(ATTACKS.map(([name]) => name)).size).toBe(ATTACKS.length);
});

test('every attack says what is tried, and what is left where it succeeds by nature', () => {
  const silent = ATTACKS.filter(
    ([, { says, byNature }]) => says.length < 20 || (byNature !== undefined && byNature.length < 20),
  );
  expect(silent.map(([name]) => name)).toEqual([]);
});

test('every test of this folder belongs to an attack', () => {
  const cited = new Set(
    ATTACKS.flatMap(([, { tests }]) => tests.map(({ file, title }) => `${file} ${title}`)),
  );
  const stray = globSync('test/attacks/*.test.ts')
    .filter((file) => !file.endsWith('/coverage.test.ts'))
    .flatMap((file) => testsOf(file).map(({ path }) => ({ file, path })))
    .filter(
      ({ file, path }) => ![path, path.split(' > ').at(-1)].some((title) => cited.has(`${file} ${title}`)),
    );
  expect(stray).toEqual([]);
});
