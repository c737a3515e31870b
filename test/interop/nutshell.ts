/**
 * Runs the ecash suite against a nutshell mint: `node test/interop/nutshell.ts`. Needs Python 3 and, the first time,
 * PyPI. Ends with 1 when the mint does not start or a test fails.
 */
import { startNutshellMint } from './nutshell-mint.ts';
import { runSuite } from './run-suite.ts';

const tell = (line: string) => process.stdout.write(`${line}\n`);
const mint = await startNutshellMint(tell);
try {
  process.env['COINOP_NUTSHELL_URL'] = mint.url;
  const passed = await runSuite(new URL('./nutshell-suite.ts', import.meta.url));
  tell(passed ? `nutshell ${mint.version}: the ecash suite passed` : `nutshell ${mint.version}: FAILED`);
  process.exitCode = passed ? 0 : 1;
} finally {
  await mint.close();
}
