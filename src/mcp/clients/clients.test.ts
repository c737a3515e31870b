import { mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import { parse } from 'jsonc-parser';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { orThrow } from '../../protocol/index.ts';
import { clientFile, MCP_CLIENTS, type UserMachine } from './client-files.ts';
import { editEntry } from './edit-entry.ts';
import { configureClient, installedClients } from './install.ts';

const ENTRY = { command: '/usr/bin/node', args: ['/opt/coinop.mjs', 'mcp', '--per-call', '50'] };
const PLAIN = { list: 'mcpServers', typed: false } as const;

describe('where clients keep their servers', () => {
  const places = (machine: UserMachine) => MCP_CLIENTS.map((client) => clientFile(client, machine).path);

  test('on Linux, with and without a moved configuration', () => {
    const machine = { platform: 'linux', home: '/home/ana', env: {} } as const;
    expect(places(machine)).toEqual([
      '/home/ana/.config/Claude/claude_desktop_config.json',
      '/home/ana/.claude.json',
      '/home/ana/.cursor/mcp.json',
      '/home/ana/.config/Code/User/mcp.json',
      '/home/ana/.codeium/windsurf/mcp_config.json',
    ]);
    const moved = { ...machine, env: { XDG_CONFIG_HOME: '/cfg', CLAUDE_CONFIG_DIR: '/cc' } };
    expect(places(moved).slice(0, 2)).toEqual(['/cfg/Claude/claude_desktop_config.json', '/cc/.claude.json']);
  });

  test('on macOS and Windows', () => {
    const mac = { platform: 'darwin', home: '/Users/ana', env: {} } as const;
    expect(places(mac)[3]).toBe('/Users/ana/Library/Application Support/Code/User/mcp.json');
    const windows = { platform: 'win32', home: 'C:\\Users\\ana', env: { APPDATA: 'D:\\Roaming' } } as const;
    expect(places(windows)[0]).toBe('D:\\Roaming\\Claude\\claude_desktop_config.json');
    expect(places({ ...windows, env: {} })[3]).toBe('C:\\Users\\ana\\AppData\\Roaming\\Code\\User\\mcp.json');
  });
});

describe('the entry of the server', () => {
  const TEXT = `{
    // what I use every day
    "mcpServers": {
        "files": { "command": "files" }, // mine
    },
    "theme": "dark"
}
`;

  test('is added and taken out without touching anything else', () => {
    const added = orThrow(editEntry(TEXT, PLAIN, ENTRY));
    expect(added).toContain('// what I use every day');
    expect(parse(added)).toEqual({
      theme: 'dark',
      mcpServers: { files: { command: 'files' }, coinop: ENTRY },
    });
    expect(orThrow(editEntry(added, PLAIN, ENTRY))).toBe(added);
    const removed = orThrow(editEntry(added, PLAIN, null));
    expect(removed).toContain('// mine');
    expect(parse(removed)).toEqual(parse(TEXT));
    expect(orThrow(editEntry(removed, PLAIN, null))).toBe(removed);
  });

  test('replaces an older one of ours, and names its transport where clients want that', () => {
    const older = orThrow(editEntry('', PLAIN, { ...ENTRY, args: [] }));
    expect(parse(orThrow(editEntry(older, PLAIN, ENTRY)))).toEqual({ mcpServers: { coinop: ENTRY } });
    expect(parse(orThrow(editEntry('', { list: 'servers', typed: true }, ENTRY)))).toEqual({
      servers: { coinop: { type: 'stdio', ...ENTRY } },
    });
  });

  test.each(['[]', '{ "mcpServers": [] }', '{ "mcpServers": ', '"text"', '{} trailing'])(
    'is not forced into %s',
    (text) => {
      expect(editEntry(text, PLAIN, ENTRY)).toMatchObject({ failure: { code: 'config-unreadable' } });
    },
  );

  test('goes in and out of any configuration', () => {
    const name = fc.string({ minLength: 1 }).filter((text) => text !== 'coinop' && text !== '__proto__');
    const config = fc.record(
      { mcpServers: fc.dictionary(name, fc.jsonValue(), { maxKeys: 4 }), other: fc.jsonValue() },
      { requiredKeys: [] },
    );
    const layout = fc.constantFrom<string | number>(0, 2, 4, '\t');
    fc.assert(
      fc.property(config, layout, (value, indent) => {
        const text = JSON.stringify(value, null, indent);
        const added = orThrow(editEntry(text, PLAIN, ENTRY));
        expect(JSON.parse(added)).toEqual({
          ...JSON.parse(text),
          mcpServers: { ...JSON.parse(text).mcpServers, coinop: ENTRY },
        });
        const removed = orThrow(editEntry(added, PLAIN, null));
        expect(JSON.parse(removed)).toEqual({
          ...JSON.parse(text),
          mcpServers: JSON.parse(text).mcpServers ?? {},
        });
      }),
    );
  });
});

describe('the configuration of a client', () => {
  let home: string;
  let machine: UserMachine;
  beforeEach(async () => {
    home = await mkdtemp(join(tmpdir(), 'coinop-clients-'));
    machine = { platform: 'linux', home, env: {} };
  });
  afterEach(() => rm(home, { recursive: true, force: true }));

  const install = (dryRun = false) => configureClient('cursor', { machine, entry: ENTRY, dryRun });
  const uninstall = () => configureClient('cursor', { machine, entry: null, dryRun: false });

  test('is changed as a whole, kept beside itself, and left alone when nothing changes', async () => {
    const { path } = clientFile('cursor', machine);
    await mkdir(dirname(path));
    await writeFile(path, '{ "mcpServers": {} }', { mode: 0o640 });
    expect(orThrow(await install(true))).toMatchObject({ changed: true, backup: null });
    expect(await readFile(path, 'utf8')).toBe('{ "mcpServers": {} }');
    const { backup } = orThrow(await install());
    expect(await readFile(backup ?? '', 'utf8')).toBe('{ "mcpServers": {} }');
    expect((await stat(path)).mode & 0o777).toBe(0o640);
    expect(orThrow(await install())).toMatchObject({ changed: false, backup: null });
    orThrow(await uninstall());
    expect(parse(await readFile(path, 'utf8'))).toEqual({ mcpServers: {} });
    await writeFile(path, '{ "theme": "dark" }');
    expect(orThrow(await install())).toMatchObject({ changed: true, backup });
    expect(await readFile(backup ?? '', 'utf8')).toBe('{ "mcpServers": {} }'); // from before it was ever touched
    expect((await readdir(dirname(path))).toSorted()).toEqual(['mcp.json', 'mcp.json.before-coinop']);
  });

  test('is made where there was none, for its owner only, and not by taking out', async () => {
    const { path } = clientFile('cursor', machine);
    expect(orThrow(await uninstall())).toMatchObject({ changed: false });
    await expect(stat(path)).rejects.toThrow('ENOENT');
    expect(orThrow(await install())).toMatchObject({ changed: true, backup: null });
    expect((await stat(path)).mode & 0o777).toBe(0o600);
  });

  test('stays where a link leads', async () => {
    const { path } = clientFile('cursor', machine);
    await mkdir(dirname(path));
    await writeFile(join(home, 'dotfile.json'), '{}');
    await symlink(join(home, 'dotfile.json'), path);
    orThrow(await install());
    expect(parse(await readFile(join(home, 'dotfile.json'), 'utf8'))).toEqual({
      mcpServers: { coinop: ENTRY },
    });
  });

  test('is left alone when it cannot be read', async () => {
    const { path } = clientFile('cursor', machine);
    await mkdir(dirname(path));
    await writeFile(path, '{ broken');
    expect(await install()).toMatchObject({ failure: { code: 'config-unreadable', data: { path } } });
    expect(await readFile(path, 'utf8')).toBe('{ broken');
  });

  test('is looked for only where its client is installed', async () => {
    expect(await installedClients(machine)).toEqual([]);
    await mkdir(join(home, '.cursor'));
    await mkdir(join(home, '.codeium', 'windsurf'), { recursive: true });
    expect(await installedClients(machine)).toEqual(['cursor', 'windsurf']);
  });
});
