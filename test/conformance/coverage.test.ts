import { globSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { faultOf } from './cited-test.ts';
import { NIPS, REQUIREMENTS } from './manifest.ts';
import { KEYWORDS, type Requirement } from './requirement.ts';
import { testsOf } from './test-titles.ts';

const BINDING = new Set(['MUST', 'must', 'rule']);
const verifying = globSync('test/**/*.test.ts').flatMap((file) =>
  testsOf(file)
    .map((found) => ({ file, ...found }))
    .filter(({ ids }) => ids.length > 0),
);

function isVerified(id: string, { tests = [] }: Requirement): boolean {
  return tests.length > 0 || verifying.some(({ ids, skipped }) => !skipped && ids.includes(id));
}

const entries = [...REQUIREMENTS];

describe('every requirement', () => {
  test('is verified by a test, or argued away where the NIP lets us', () => {
    const bare = entries.filter(
      ([id, requirement]) => requirement.exempt === undefined && !isVerified(id, requirement),
    );
    expect(bare.map(([id]) => id)).toEqual([]);
  });

  test('that binds has no exemption, and no exemption hides a test or lacks an argument', () => {
    const wrong = entries.filter(
      ([id, requirement]) =>
        requirement.exempt !== undefined &&
        (BINDING.has(requirement.level) || isVerified(id, requirement) || requirement.exempt.length < 40),
    );
    expect(wrong.map(([id]) => id)).toEqual([]);
  });

  test('cites tests that exist, once, and run', () => {
    const faults = entries.flatMap(([id, { tests = [] }]) =>
      tests.map(faultOf).flatMap((fault) => (fault === null ? [] : [`${id}: ${fault}`])),
    );
    expect(faults).toEqual([]);
  });

  test('says where it stands and what it asks for', () => {
    const silent = entries.filter(([, { at, says }]) => at.length < 5 || says.length < 20);
    expect(silent.map(([id]) => id)).toEqual([]);
  });
});

test('no test names a requirement that is not in the manifest', () => {
  const unknown = verifying.flatMap(({ file, ids }) =>
    ids.filter((id) => !REQUIREMENTS.has(id)).map((id) => `${file}: ${id}`),
  );
  expect(unknown).toEqual([]);
});

describe.each(NIPS)('NIP-$number', ({ requirements, others, keywords }) => {
  test.each(KEYWORDS)('every %s of its text is accounted for', (keyword) => {
    const read = [...Object.values<Requirement>(requirements), ...others];
    expect(read.filter(({ level }) => level === keyword)).toHaveLength(keywords[keyword]);
  });
});
