/**
 * The CrewAI example lists our MCP tools and calls one: `node test/interop/crewai.ts`. Installs what the example
 * requires from PyPI (about 1 GB) into a virtual environment that is kept; ends with 1 when that fails, or a tool is
 * missing. No model is needed.
 */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { BIN, commandEnv, startCoinop } from '../cli/coinop.ts';

const EXAMPLE = fileURLToPath(new URL('../../examples/crewai', import.meta.url));
const TOOLS = [
  'search_services',
  'get_quote',
  'buy',
  'continue_job',
  'job_status',
  'get_result',
  'cancel',
  'rate',
  'budget',
];

const python = await install();
const home = await mkdtemp(join(tmpdir(), 'coinop-crewai-'));
const market = startCoinop(['up', '--no-demo', '--port', '0'], { home });
try {
  await market.says(/The market is open/);
  const { stdout, stderr } = spawnSync(python, [join(EXAMPLE, 'crew.py')], {
    encoding: 'utf8',
    timeout: 300_000,
    env: {
      ...commandEnv(home),
      COINOP_COMMAND: process.execPath,
      COINOP_ARGS: BIN,
      CREWAI_DISABLE_TELEMETRY: 'true',
      OTEL_SDK_DISABLED: 'true',
    },
  });
  const lines = stdout.trim().split('\n');
  const missing = TOOLS.filter((tool) => !lines.includes(tool));
  const budget = /"per_call_sats":50\b.*"play_money":true/.test(lines.at(-1) ?? '');
  if (missing.length > 0 || !budget) process.stderr.write(`${stdout}\n${stderr}\n`);
  process.exitCode = missing.length > 0 || !budget ? 1 : 0;
  say(
    process.exitCode === 0 ? 'CrewAI has our tools and called one' : `FAILED; missing: ${missing.join(', ')}`,
  );
} finally {
  await market.interrupt();
  await rm(home, { recursive: true, force: true });
}

async function install(): Promise<string> {
  const environment = join(tmpdir(), 'coinop-interop', 'crewai');
  const interpreter = join(environment, 'bin', 'python');
  say(`installing CrewAI into ${environment}`);
  if (!existsSync(interpreter)) {
    await mkdir(environment, { recursive: true });
    run('python3', ['-m', 'venv', '--clear', environment]);
  }
  run(interpreter, ['-m', 'pip', 'install', '--quiet', '-r', join(EXAMPLE, 'requirements.txt')]);
  return interpreter;
}

function run(command: string, parameters: readonly string[]): void {
  const { status } = spawnSync(command, parameters, { stdio: 'inherit' });
  if (status !== 0) throw new Error(`${command} ${parameters[0]} failed`);
}

function say(words: string): void {
  process.stdout.write(`interop: ${words}\n`);
}
