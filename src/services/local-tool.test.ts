import { existsSync } from 'node:fs';
import process from 'node:process';
import { describe, expect, it, vi, onTestFinished } from 'vitest';
import { lacks } from '../../test/fixtures/local-tools.ts';
import { anyToolMissing, runTool, toolMissing, toolResult, type ToolUse } from './local-tool.ts';

const SHELL = { command: 'sh', packages: 'dash' };
const LIMITS = { timeoutMs: 20_000, maxMemoryBytes: 2 ** 30, maxOutputBytes: 100_000 };

const run = (script: string, told: Partial<ToolUse> = {}) =>
  runTool(SHELL, {
    args: ['-c', script],
    limits: LIMITS,
    signal: new AbortController().signal,
    ...told,
  });
const output = async (script: string, told?: Partial<ToolUse>) =>
  Buffer.from(toolResult(await run(script, told), 'The input'))
    .toString()
    .trim();

describe('tools of this machine', () => {
  it('work in a folder of their own, which is gone afterwards, with an empty home and environment', async () => {
    vi.stubEnv('COINOP_TEST_SECRET', 'not for tools');
    onTestFinished(() => void vi.unstubAllEnvs());
    const files = { 'input.txt': Buffer.from('hello') };
    expect(await output('cat input.txt; ls -A "$HOME"', { files })).toBe('hello');
    const folder = await output('pwd');
    expect(folder).toContain('coinop-tool-');
    expect(existsSync(folder)).toBe(false);
    const names = (await output('env')).split('\n').map((line) => line.split('=')[0] ?? '');
    const known = ['PATH', 'HOME', 'TMPDIR', 'LANG', 'OMP_THREAD_LIMIT', 'PWD', 'OLDPWD', 'SHLVL', '_'];
    expect(names.filter((name) => !known.includes(name))).toEqual([]);
  });

  it('give standard input to, and take a file from', async () => {
    expect(await output('cat > out', { stdin: Buffer.from('in and out'), result: 'out' })).toBe('in and out');
    expect(await run('true', { result: 'out' })).toMatchObject({ failure: { code: 'failed' } });
    expect(await run('exit 3')).toMatchObject({ failure: { code: 'failed' } });
  });

  it.skipIf(lacks('prlimit'))('keep to limits of memory, files and time', async () => {
    expect(await output('ulimit -v; ulimit -n; ulimit -c')).toBe(`${2 ** 20}\n64\n0`);
    expect(await run('head -c 200000 /dev/zero')).toMatchObject({ failure: { code: 'output-too-large' } });
    const large = { result: 'out' };
    expect(await run('head -c 200000 /dev/zero > out', large)).toMatchObject({ failure: { code: 'output-too-large' } });
    const short = { limits: { ...LIMITS, timeoutMs: 300 } };
    expect(await run('sleep 60', short)).toMatchObject({ failure: { code: 'timeout' } });
  }); // prettier-ignore

  it('are named with what to install when they are missing', async () => {
    const lost = { command: 'no-such-tool', packages: 'its-package' };
    expect(await toolMissing(SHELL)).toBeNull();
    expect(await anyToolMissing([SHELL, lost])).toMatchObject({
      code: 'tool-missing',
      message: 'no-such-tool is not installed; on Debian: apt install its-package',
    });
    vi.stubEnv('PATH', '');
    onTestFinished(() => void vi.unstubAllEnvs());
    expect(await toolMissing(SHELL)).toMatchObject({ code: 'tool-missing' });
    expect(process.env['PATH']).toBe('');
  });
});
