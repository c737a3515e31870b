import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { EXIT } from '../../src/cli/exit-codes.ts';
import { coinop, commandEnv } from './coinop.ts';

const run = promisify(execFile);
let home: string;
let script: string;

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'coinop-completion-'));
  const printed = await coinop(['completion', 'bash'], { home });
  expect(printed).toMatchObject({ code: 0, stderr: '' });
  script = join(home, 'completion.bash');
  await writeFile(script, printed.stdout);
  await writeFile(join(home, 'a word.txt'), '');
});
afterAll(() => rm(home, { recursive: true, force: true }));

/** Presses Tab in a real bash after the words; the last one may be begun or empty. Nothing of coinop is started. */
async function tab(...words: readonly string[]): Promise<string[]> {
  const typed = ['coinop', ...words];
  const quoted = typed.map((word) => `'${word}'`).join(' ');
  const bash = `set -eu; PATH=; source '${script}'; COMP_WORDS=(${quoted}); COMP_CWORD=${typed.length - 1}; _coinop || true; printf '%s\\n' "\${COMPREPLY[@]-}"`;
  const { stdout, stderr } = await run('bash', ['--norc', '-c', bash], {
    cwd: home,
    env: commandEnv(home),
  });
  expect(stderr).toBe('');
  return stdout.split('\n').filter(Boolean);
}

test('commands and subcommands are completed, after options and their values too', async () => {
  expect(await tab('wa')).toEqual(['wallet']);
  expect(await tab('')).toEqual(expect.arrayContaining(['buy', 'serve', 'jobs', 'doctor', 'completion']));
  expect(await tab('wallet', 'conn')).toEqual(['connect', 'connections']);
  expect(await tab('--home', 'wallet', 'jo')).toEqual(['jobs']);
  expect(await tab('wallet', '--role', 'customer', 'rec')).toEqual(['reconcile']);
});

test('options are those of the command and of the whole program', async () => {
  expect(await tab('buy', '5001', '-', '--ma')).toEqual(['--max']);
  expect(await tab('wallet', 'connect', '--')).toEqual(
    expect.arrayContaining(['--json', '--home', '--role', '--budget', '--help']),
  );
});

test('values are completed where they are known, and files where a file is wanted', async () => {
  expect(await tab('wallet', '--role', '')).toEqual(expect.arrayContaining(['customer', 'provider']));
  expect(await tab('wallet', '--role', '=', 'p')).toEqual(['provider']);
  expect(await tab('completion', '')).toEqual(['bash', 'zsh', 'fish']);
  expect(await tab('buy', '5001', 'a')).toEqual(['a word.txt']);
  expect(await tab('buy', '--wallet-file', 'comp')).toEqual(['completion.bash']);
  expect(await tab('buy', '--max', '')).toEqual([]);
});

test('what was typed is never run', async () => {
  expect(await tab('buy', '$(touch ran)', '`touch ran`', '--')).toContain('--max');
  expect(await tab('buy', '5001', 'ran')).toEqual([]);
});

test('docs/cli.md names every command, and every exit code', async () => {
  const page = await readFile(new URL('../../docs/cli.md', import.meta.url), 'utf8');
  expect((await tab('')).filter((name) => !page.includes(`\`${name}\``))).toEqual([]);
  const codes = [...page.matchAll(/^\| (\d+) +\|/gm)].map(([, code]) => Number(code));
  expect(codes).toEqual(Object.values(EXIT));
});
