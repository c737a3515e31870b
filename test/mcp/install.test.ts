import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { coinop, commandEnv } from '../cli/coinop.ts';

let home: string;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'coinop-install-'));
});
afterEach(() => rm(home, { recursive: true, force: true }));

interface Config {
  readonly mcpServers: Readonly<Record<string, { readonly command: string; readonly args: string[] }>>;
}

test('what is installed starts the server with the caps that were given, and goes again', async () => {
  const secret = 'nostr+walletconnect://secret';
  const path = join(home, '.cursor', 'mcp.json');
  await mkdir(join(home, '.cursor'));
  await writeFile(path, '{ "mcpServers": { "files": { "command": "files" } } }');
  const run = (...args: string[]) => coinop(args, { home, env: { NWC_URL: secret } });
  const read = async () => JSON.parse(await readFile(path, 'utf8')) as Config;

  const dry = await run('mcp', 'install', '--dry-run', '--per-call', '50');
  expect(dry).toMatchObject({ code: 0, stderr: expect.stringMatching(/^\+.*--per-call/m) });
  expect(Object.keys((await read()).mcpServers)).toEqual(['files']);

  const options = ['--per-call', '50', '--approve-above', '20', '--relay', 'ws://127.0.0.1:1'];
  const installed = await run('mcp', 'install', 'cursor', ...options);
  expect(JSON.parse(installed.stdout)).toMatchObject({ client: 'cursor', status: 'changed', file: path });
  expect(await readFile(path, 'utf8')).not.toContain(secret);
  const entry = (await read()).mcpServers['coinop'];
  expect(entry?.args.join(' ')).toMatch(
    /mcp --relay ws:\/\/127\.0\.0\.1:1 --per-call 50 --per-session 1000 --per-day 5000 --approve-above 20 --approve-by client$/,
  );

  const client = new Client({ name: 'test', version: '1.0.0' });
  const { command = '', args = [] } = entry ?? {};
  await client.connect(new StdioClientTransport({ command, args, env: commandEnv(home), stderr: 'ignore' }));
  const { structuredContent } = await client.callTool({ name: 'budget', arguments: {} });
  expect(structuredContent).toMatchObject({
    left: { per_call_sats: 50 },
    approve_above_sats: 20,
    wallet: null,
  });
  await client.close();

  expect(await run('mcp', 'uninstall')).toMatchObject({ code: 0 });
  expect(Object.keys((await read()).mcpServers)).toEqual(['files']);
}, 120_000);
