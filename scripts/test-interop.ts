/**
 * `npm run test:interop`: runs us against servers and clients that other people wrote. Each script installs the other side
 * (from PyPI or npm, on a machine that reaches them), starts it, and fails when that does not work or a test fails.
 */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';

const SCRIPTS = [
  'test/interop/lnbits.ts',
  'test/interop/nutshell.ts',
  'test/interop/python-providers.ts',
  'test/interop/inspector.ts',
  'test/interop/crewai.ts',
];

const failed: string[] = [];
for (const script of SCRIPTS.filter((file) => existsSync(file))) {
  console.log(`\n== ${script}`);
  const { status } = spawnSync(process.execPath, [script], { stdio: 'inherit' });
  if (status !== 0) failed.push(script);
}
if (failed.length > 0) {
  console.error(`\nFailed: ${failed.join(', ')}`);
  process.exitCode = 1;
}
