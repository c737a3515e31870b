import { BaseSequencer, type TestSpecification } from 'vitest/node';
import { defineConfig } from 'vitest/config';

const isLong = ({ moduleId }: TestSpecification) =>
  /\/test\/crash\/|kill\.test\.ts$|\/test\/web\//.test(moduleId);

/** Begins with the files that wait the longest, so that none of them is left over when everything else is done. */
class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    // oxlint-disable-next-line unicorn/no-array-sort -- the sequencer's own method, not that of arrays
    const sorted = await super.sort(files);
    return [...sorted.filter(isLong), ...sorted.filter((file) => !isLong(file))];
  }
}

export default defineConfig({
  test: {
    include: ['src/**/*.test.ts', 'test/**/*.test.ts'],
    pool: 'forks',
    globalSetup: 'test/fixtures/bundle-programs.ts',
    sequence: { sequencer: LongestFirst },
    // Crash tests mostly wait for processes and for money to expire: three files at once keep two cores busy.
    maxWorkers: 3,
    testTimeout: 30_000,
    hookTimeout: 30_000,
  },
});
