import { spawnSync } from 'node:child_process';
import { existsSync, globSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Command } from 'commander';
import { expect, test } from 'vitest';
import { createCommandRunner } from '../../src/cli/command-runner.ts';
import { addServeCommand } from '../../src/cli/serve-command.ts';
import { parseAdminAddress } from '../../src/operations/index.ts';
import { orThrow } from '../../src/protocol/index.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const unit = await readFile(join(ROOT, 'examples/systemd/coinop.service'), 'utf8');
const containerfile = await readFile(join(ROOT, 'examples/container/Containerfile'), 'utf8');
const compose = await readFile(join(ROOT, 'examples/container/compose.yaml'), 'utf8');
/** All that the program is made of: variables that it reads stand there. */
const sources = (
  await Promise.all(
    globSync('src/cli/**/*.ts', { cwd: ROOT }).map((file) => readFile(join(ROOT, file), 'utf8')),
  )
).join('\n');

/** systemd's own judge of units, where it is installed. */
const analyze = (...args: readonly string[]) =>
  spawnSync('/usr/bin/env', ['systemd-analyze', ...args], { encoding: 'utf8' });
const hasSystemd = analyze('--version').status === 0 || process.env['CI'] !== undefined;

/** Sections of a unit, each with its lines in order. */
const settings = unit
  .split('\n')
  .filter((line) => line !== '' && !/^[#;[]/.test(line))
  .map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)] as const);
const setting = (name: string) => settings.find(([each]) => each === name)?.[1] ?? '';

/** What the command takes, by its name on the command line. */
function serveOptions(): Map<string, boolean> {
  const program = new Command('coinop').option('--json').option('--home <dir>');
  const stopping = { signal: new AbortController().signal, endWithin: () => undefined };
  addServeCommand(program, createCommandRunner(program, stopping));
  const serve = program.commands.find((command) => command.name() === 'serve');
  return new Map(serve?.options.map(({ long, required }) => [long ?? '', required]));
}

/** The flags of a command line, each of which must be one that `serve` takes, with a value where it wants one. */
function checkedFlags(words: readonly string[]): Map<string, string> {
  const known = serveOptions();
  const flags = new Map<string, string>();
  for (let index = 0; index < words.length; index++) {
    const word = words[index] ?? '';
    expect([word, known.has(word)]).toEqual([word, true]);
    if (!known.get(word)) continue;
    const value = words[++index] ?? '';
    expect([word, value.startsWith('--')]).toEqual([word, false]);
    flags.set(word, value);
  }
  return flags;
}

test('the unit starts the provider with flags that exist, as a user of its own, with the wallet as a credential', () => {
  const [program, command, ...words] = setting('ExecStart').split(/\s+/);
  expect([program, command]).toEqual(['/usr/local/bin/coinop', 'serve']);
  const flags = checkedFlags(words);
  expect(flags.get('--wallet-file')).toBe('${CREDENTIALS_DIRECTORY}/wallet.nwc');
  expect(setting('LoadCredential')).toBe('wallet.nwc:/etc/coinop/wallet.nwc');
  expect(orThrow(parseAdminAddress(flags.get('--admin') ?? '')).host).toBe('127.0.0.1');
  expect(setting('Environment')).toBe(`COINOP_HOME=/var/lib/${setting('StateDirectory')}`);
  for (const [name, value] of [
    ['DynamicUser', 'yes'],
    ['NoNewPrivileges', 'yes'],
    ['ProtectSystem', 'strict'],
    ['KillMode', 'mixed'],
    ['StateDirectoryMode', '0700'],
  ])
    expect([name, setting(name ?? '')]).toEqual([name, value]);
  // Long enough for the grace and the ten seconds of closing: else systemd kills what would have ended by itself.
  expect(parseInt(setting('TimeoutStopSec'), 10)).toBeGreaterThan(Number(flags.get('--grace')) + 10);
  expect(unit).not.toMatch(/nsec1|nostr\+walletconnect|MemoryDenyWriteExecute=yes/);
});

test.skipIf(!hasSystemd)('systemd takes the unit without a complaint', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'coinop-unit-'));
  try {
    const path = join(dir, 'coinop.service');
    await writeFile(path, unit.replace('/usr/local/bin/coinop', '/bin/echo')); // which is not installed here
    const verified = analyze('verify', path);
    expect(`${verified.stdout}${verified.stderr}`).not.toMatch(/coinop\.service/);
    const judged = analyze('security', '--offline=yes', '--threshold=30', path);
    expect(judged.status).toBe(0);
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
});

test('the image copies what there is, runs as nobody special, and looks at its own readiness', async () => {
  const steps = containerfile
    .replaceAll('\\\n', ' ')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => [line.split(' ')[0], line.slice(line.indexOf(' ') + 1).trim()] as const);
  const all = (name: string) => steps.flatMap(([each, rest]) => (each === name ? [rest] : []));
  const manifest = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8')) as {
    readonly bin: { readonly coinop: string };
    readonly files: readonly string[];
    readonly scripts: Readonly<Record<string, string>>;
  };
  for (const copied of all('COPY').filter((rest) => !rest.startsWith('--from') && !rest.startsWith('. ')))
    for (const path of copied.split(' ').slice(0, -1))
      expect([path, existsSync(join(ROOT, path))]).toEqual([path, true]);
  for (const [, script = ''] of containerfile.matchAll(/npm run (\w+)/g))
    expect(manifest.scripts).toHaveProperty(script);
  const copied = all('COPY').flatMap((rest) => /^--from=build \/src\/(\S+)/.exec(rest)?.[1] ?? []);
  expect(copied).toEqual(expect.arrayContaining(['package.json', 'node_modules', 'dist', 'bin']));
  for (const needed of ['dist', 'bin']) expect(manifest.files).toContain(needed);
  expect(JSON.parse(all('ENTRYPOINT')[0] ?? '')).toEqual([
    'node',
    `/opt/coinop/${manifest.bin.coinop.replace('./', '')}`,
  ]);
  const [command, ...words] = JSON.parse(all('CMD')[0] ?? '') as string[];
  expect(command).toBe('serve');
  const flags = checkedFlags(words);
  const { port } = orThrow(parseAdminAddress(flags.get('--admin') ?? ''));
  expect(all('EXPOSE')).toEqual([String(port)]);
  expect(all('HEALTHCHECK')[0]).toContain(`http://127.0.0.1:${port}/readyz`);
  expect(all('USER')).toEqual(['node']);
  expect(all('VOLUME')).toEqual(['/var/lib/coinop']);
  expect(all('ENV')[0]).toContain('COINOP_HOME=/var/lib/coinop');
});

test('compose names files, variables and services that there are', () => {
  const variables = new Set(
    [...compose.matchAll(/^ +(COINOP_\w+|NOSTR_\w+|NWC_\w+):/gm)].map(([, name = '']) => name),
  );
  expect(variables).toEqual(new Set(['COINOP_WALLET_FILE', 'COINOP_DATABASE_URL', 'NOSTR_SECRET_KEY']));
  for (const name of variables) expect([name, sources.includes(`'${name}'`)]).toEqual([name, true]);
  const dockerfile = /dockerfile: (\S+)/.exec(compose)?.[1] ?? '';
  expect(existsSync(join(ROOT, dockerfile))).toBe(true);
  expect(/context: (\S+)/.exec(compose)?.[1]).toBe('../..');
  const grace = Number(/"--grace", "(\d+)"/.exec(containerfile)?.[1]);
  expect(Number(/stop_grace_period: (\d+)s/.exec(compose)?.[1])).toBeGreaterThan(grace + 10);
  expect(compose).toMatch(/read_only: true/);
  expect(compose).toMatch(/cap_drop: \[ALL\]/);
  expect(compose).toMatch(/'127\.0\.0\.1:9464:9464'/);
  // What a service has under way must outlive its container: the home is a volume, and in no worker memory alone.
  const [, homeOf = ''] = /^ENV .*COINOP_HOME=(\S+)/m.exec(containerfile) ?? [];
  for (const name of ['provider', 'worker']) {
    const [, block = ''] = new RegExp(`^ {2}${name}:\n((?: {4}.*\n|\n)+)`, 'm').exec(compose) ?? [];
    expect(block).toMatch(new RegExp(`^ {6}- (state:)?${homeOf}$`, 'm'));
    expect(block).not.toContain(`tmpfs: [/tmp, '${homeOf}`);
  }
  for (const secret of ['wallet.nwc', 'postgres-password'])
    expect(compose.match(new RegExp(`^ {2}${secret}:\n {4}file: \\./${secret}$`, 'm'))).not.toBe(null);
  expect(compose).not.toMatch(/nsec1[a-z0-9]|:\/\/coinop:[^<]/);
});
