/**
 * Runs the ecash suite against a nutshell mint: `node test/interop/nutshell.ts`. Needs Python 3 and, the first time,
 * PyPI. Ends with 1 when the mint does not start or a test fails.
 */
import { fileURLToPath } from 'node:url';
import { startVitest } from 'vitest/node';
import { startNutshellMint } from './nutshell-mint.ts';

const tell = (line: string) => process.stdout.write(`${line}\n`);
const mint = await startNutshellMint(tell);
try {
  process.env['COINOP_NUTSHELL_URL'] = mint.url;
  const suite = fileURLToPath(new URL('./nutshell-suite.ts', import.meta.url));
  const vitest = await startVitest('test', [], { run: true, watch: false, include: [suite] });
  const files = vitest.state.getTestModules();
  const passed = files.length > 0 && files.every((file) => file.ok());
  await vitest.close();
  tell(passed ? `nutshell ${mint.version}: the ecash suite passed` : `nutshell ${mint.version}: FAILED`);
  process.exitCode = passed ? 0 : 1;
} finally {
  await mint.close();
}
