import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { BIN } from '../cli/coinop.ts';
import { KINDS, openAgentStage, type AgentStage } from '../mcp/stage.ts';

const run = promisify(execFile);
const inspector = process.env['COINOP_INSPECTOR'] ?? '';

let program: string;
let stage: AgentStage;
beforeAll(async () => {
  const manifest = JSON.parse(await readFile(join(inspector, 'package.json'), 'utf8')) as {
    readonly bin: Readonly<Record<string, string>>;
  };
  program = join(inspector, manifest.bin['mcp-inspector'] ?? '');
  stage = await openAgentStage();
}, 60_000);
afterAll(() => stage.close());

/** Runs the Inspector's command line against a server of its own: each call is a new process. */
async function inspect(args: readonly string[]): Promise<Record<string, unknown>> {
  const variables = Object.entries(stage.env).flatMap(([name, value]) => ['-e', `${name}=${value}`]);
  const { stdout } = await run(
    process.execPath,
    [program, '--cli', ...variables, process.execPath, BIN, 'mcp', ...args],
    { cwd: stage.home },
  );
  return JSON.parse(stdout) as Record<string, unknown>;
}

async function call(tool: string, args: Readonly<Record<string, string>>): Promise<Record<string, unknown>> {
  const pairs = Object.entries(args).flatMap(([name, value]) => ['--tool-arg', `${name}=${value}`]);
  const answer = await inspect(['--method', 'tools/call', '--tool-name', tool, ...pairs]);
  return (answer['structuredContent'] ?? answer) as Record<string, unknown>;
}

test('the schemas of all tools are portable', async () => {
  const { tools } = await inspect(['--method', 'tools/list', '--strict']);
  expect(tools).toHaveLength(8);
}, 60_000);

test('a job is bought across processes, and paid once', async () => {
  const before = await stage.paid();
  const quoted = await call('get_quote', {
    kind: `${KINDS.cheap}`,
    input: 'a red fox',
    max_sats: '10',
    wait_seconds: '30',
  });
  expect(quoted).toMatchObject({ status: 'quoted' });
  const args = {
    quote_id: String(quoted['recommended']),
    max_sats: '10',
    idempotency_key: 'inspector',
    wait_seconds: '60',
  };
  expect(await call('buy', args)).toMatchObject({ status: 'done', repeated: false });
  expect(await call('buy', args)).toMatchObject({ status: 'done', repeated: true });
  expect(await call('get_result', { job_id: String(quoted['job_id']) })).toMatchObject({
    untrusted_content: 'A RED FOX',
  });
  expect(await stage.paid()).toBe(before + 1);
}, 120_000);
