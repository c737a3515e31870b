import { defineConfig } from 'vitest/config';

/** What a run with `CI` set leaves for `scripts/test-failed-again.ts`. */
export const RESULTS_FILE = 'node_modules/.vitest-results.json';

export default defineConfig({
  test: {
    include: ['src/**/*.test.ts', 'test/**/*.test.ts'],
    pool: 'forks',
    globalSetup: 'test/fixtures/bundle-programs.ts',
    // Crash tests mostly wait for processes and for money to expire: three files at once keep two cores busy.
    maxWorkers: 3,
    reporters:
      process.env['CI'] === undefined ? ['default'] : ['default', ['json', { outputFile: RESULTS_FILE }]],
    testTimeout: 30_000,
    hookTimeout: 30_000,
  },
});
