/**
 * After a whole run of the tests with `CI` set: runs the files that failed once more, by themselves. What holds then
 * was unsteady under load, and is named so that somebody mends it; what fails twice, or fails in many files, has failed.
 */
import { spawnSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { relative } from 'node:path';
import { RESULTS_FILE } from '../vitest.config.ts';

/** More than this is no unsteady test. */
const MOST_FILES = 6;

interface Results {
  readonly testResults: readonly {
    readonly name: string;
    readonly status: string;
    readonly assertionResults: readonly { readonly status: string; readonly fullName: string }[];
  }[];
}

const results = JSON.parse(await readFile(RESULTS_FILE, 'utf8')) as Results;
const failed = results.testResults.filter(({ status }) => status === 'failed');
const files = failed.map(({ name }) => relative(process.cwd(), name));
if (files.length === 0 || files.length > MOST_FILES) {
  process.stderr.write(`${files.length} test files failed: not run again.\n`);
  process.exit(1);
}
const tests = failed.flatMap(({ assertionResults }) =>
  assertionResults.filter(({ status }) => status === 'failed').map(({ fullName }) => fullName),
);
process.stderr.write(`Once more, by themselves: ${files.join(' ')}\n`);
const again = spawnSync('vitest', ['run', ...files], { stdio: 'inherit' });
if (again.status === 0)
  process.stderr.write(`UNSTEADY, to be mended:\n  ${[...files, ...tests].join('\n  ')}\n`);
process.exitCode = again.status === 0 ? 0 : 1;
