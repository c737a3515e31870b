import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { text as readAll } from 'node:stream/consumers';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { BUNDLED_BIN, commandEnv, coinop } from './coinop.ts';

let home: string;
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'coinop-cli-'));
});
afterAll(() => rm(home, { recursive: true, force: true }));

const NOWHERE = ['--relay', 'ws://127.0.0.1:1'];

function expectNoTrace(stderr: string): void {
  expect(stderr).not.toMatch(/\n\s+at |node:internal|\.ts:\d+/);
}

/** Runs a shell line in which `coinop` is the command; gives the exit code of the first in a pipe. */
async function shell(line: string): Promise<{ code: number | null; stderr: string }> {
  const child = spawn(
    'bash',
    ['-c', `set -o pipefail; coinop() { "${process.execPath}" "${BUNDLED_BIN}" "$@"; }; ${line}`],
    {
      env: commandEnv(home),
      stdio: ['ignore', 'ignore', 'pipe'],
    },
  );
  const stderr = await readAll(child.stderr);
  if (child.exitCode === null) await once(child, 'close');
  return { code: child.exitCode, stderr };
}

describe('what is broken on this machine is told with a code, not a stack trace', () => {
  test('a home that is a file', async () => {
    const path = join(home, 'a-file');
    await writeFile(path, '');
    const ended = await coinop(['--home', path, 'key'], { home });
    expect(ended).toMatchObject({ code: 1, stdout: '' });
    expect(ended.stderr).toMatch(/a-file.*\(system-error\)/);
    expectNoTrace(ended.stderr);
  });

  test('books that are no database', async () => {
    const dir = await mkdtemp(join(home, 'broken-'));
    await mkdir(join(dir, 'customer'));
    await writeFile(join(dir, 'customer', 'ledger.sqlite'), 'this is no database, '.repeat(100));
    for (const args of [
      ['trace', 'ab'.repeat(32), ...NOWHERE],
      ['resume', ...NOWHERE],
    ]) {
      const ended = await coinop(['--json', ...args], { home: dir });
      expect(ended).toMatchObject({ code: 1, stdout: '' });
      expect(JSON.parse(ended.stderr)).toMatchObject({ error: { code: 'not-a-database' } });
    }
  });

  test('a bank that is damaged ends the start, and nothing keeps the process', async () => {
    const dir = await mkdtemp(join(home, 'market-'));
    await mkdir(join(dir, 'market', 'bank'), { recursive: true });
    await writeFile(join(dir, 'market', 'bank', 'bank.sqlite'), 'this is no database, '.repeat(100));
    const ended = await coinop(['up', '--once', '--port', '0'], { home: dir });
    expect(ended).toMatchObject({ code: 1, stdout: '' });
    expectNoTrace(ended.stderr);
    expect(ended.stderr).toMatch(/✖ .*\([a-z-]+\)/);
  });

  test('a disk that is full while the answer is written', async () => {
    const ended = await shell('coinop kinds > /dev/full');
    expect(ended.code).toBe(1);
    expect(ended.stderr).toMatch(/disk is full.*\(system-error\)/);
    expectNoTrace(ended.stderr);
  });

  test('a reader that has seen enough is no failure', async () => {
    expect(await shell('coinop kinds | head -n 1')).toEqual({ code: 0, stderr: '' });
  });
});

test.each([
  [['buy', '5001', 'x'], /--max/],
  [['buy', '5001', 'x', '--max', '0x10'], /whole number/],
  [['buy', '5001', 'x', '--max', ''], /whole number/],
  [['wallet', '--role', 'bank'], /choices/],
  [['nonsense'], /unknown command/],
])('with --json a usage error is one line of JSON: %j', async (args, words) => {
  const ended = await coinop(['--json', ...args], { home });
  expect(ended).toMatchObject({ code: 2, stdout: '' });
  expect(JSON.parse(ended.stderr)).toEqual({
    error: { code: 'usage', message: expect.stringMatching(words) as string },
  });
});

test('empty variables count as unset', async () => {
  const ended = await coinop(['buy', '5001', 'x', '--max', '1'], {
    home,
    env: { COINOP_RELAYS: ' ', NWC_URL: '' },
  });
  expect(ended.code).toBe(6);
});
