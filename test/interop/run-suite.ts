import { fileURLToPath } from 'node:url';
import { startVitest } from 'vitest/node';

/** Runs a suite that is none of the gate's tests, and says whether it passed. */
export async function runSuite(suite: URL): Promise<boolean> {
  const vitest = await startVitest('test', [], {
    config: false, // the projects there have no place for it
    run: true,
    watch: false,
    include: [fileURLToPath(suite)],
    testTimeout: 60_000,
    hookTimeout: 60_000,
  });
  const files = vitest.state.getTestModules();
  const passed = files.length > 0 && files.every((file) => file.ok());
  await vitest.close();
  return passed;
}
