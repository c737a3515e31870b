/**
 * Drives `coinop mcp` by the command line of the MCP Inspector, which is installed from npm and kept:
 * `node test/interop/inspector.ts`. Ends with 1 when it cannot be installed or a test fails.
 */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { runSuite } from './run-suite.ts';

const VERSION = '2.12.0';

const environment = join(tmpdir(), 'coinop-interop', `inspector-${VERSION}`);
const program = join(environment, 'node_modules', '@modelcontextprotocol', 'inspector');
const tell = (line: string) => process.stdout.write(`${line}\n`);

// It wants a Node as new as ours, which `npm` may not find by itself.
process.env['PATH'] = `${dirname(process.execPath)}:${process.env['PATH']}`;
if (!existsSync(program)) {
  tell(`installing the MCP Inspector ${VERSION} into ${environment}`);
  await mkdir(environment, { recursive: true });
  const { status } = spawnSync(
    'npm',
    [
      'install',
      '--prefix',
      environment,
      '--ignore-scripts',
      '--no-audit',
      '--no-fund',
      `@modelcontextprotocol/inspector@${VERSION}`,
    ],
    { stdio: 'inherit' },
  );
  if (status !== 0) throw new Error('the MCP Inspector cannot be installed');
}
process.env['COINOP_INSPECTOR'] = program;
const passed = await runSuite(new URL('./inspector-suite.ts', import.meta.url));
tell(passed ? `MCP Inspector ${VERSION}: the suite passed` : `MCP Inspector ${VERSION}: FAILED`);
process.exitCode = passed ? 0 : 1;
