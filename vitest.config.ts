import { configDefaults, defineConfig } from 'vitest/config';

/** What a run with `CI` set leaves for `scripts/test-failed-again.ts`. */
export const RESULTS_FILE = 'node_modules/.vitest-results.json';

/** Rooms whose tests start programs or banks: each file in a process of its own, as those under `test`. */
const WITH_PROGRAMS = ['src/services/**/*.test.ts', 'src/regtest/**/*.test.ts'];

export default defineConfig({
  test: {
    projects: [
      {
        extends: true,
        test: {
          name: 'market',
          include: ['test/**/*.test.ts', ...WITH_PROGRAMS],
          globalSetup: 'test/fixtures/bundle-programs.ts',
        },
      },
      {
        // Its files share processes, for they leave nothing behind, and to load the same modules for each takes longer
        // than their tests. It comes after the other, by its name, and fills the gaps that the last long files leave.
        extends: true,
        test: {
          name: 'rooms',
          include: ['src/**/*.test.ts'],
          exclude: [...configDefaults.exclude, ...WITH_PROGRAMS],
          isolate: false,
        },
      },
    ],
    pool: 'forks',
    // Crash tests mostly wait for processes and for money to expire: five files at once keep two cores busy.
    maxWorkers: 5,
    reporters:
      process.env['CI'] === undefined ? ['default'] : ['default', ['json', { outputFile: RESULTS_FILE }]],
    // Time enough for a machine that is slow for a while: these limits only end what hangs.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    expect: { poll: { timeout: 20_000 } },
  },
});
