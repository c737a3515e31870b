import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { BUNDLED_BIN, commandEnv, startCoinop, type Running } from '../cli/coinop.ts';
import { buildPackage } from '../fixtures/built-package.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const run = promisify(execFile);
const readme = await readFile(join(ROOT, 'README.md'), 'utf8');

/** Every line of every `sh` block. */
const commands = [...readme.matchAll(/```sh\n(.*?)```/gs)].flatMap(([, block = '']) =>
  block.trim().split('\n'),
);

/** Commands that are run elsewhere: by the gate itself, and by the test of `npm start` below. */
const RUN_ELSEWHERE = ['npm ci', 'npm start', 'npm test'];

describe('every command of the README does what it says', () => {
  let home: string;
  let market: Running;
  let host: string;
  let lastJob = '';

  beforeAll(async () => {
    home = await mkdtemp(join(tmpdir(), 'coinop-readme-'));
    market = startCoinop(['up', '--no-demo', '--port', '0'], { home });
    host = (await market.says(/ws:\/\/(127\.0\.0\.1:\d+)/))[1] ?? '';
    await market.says(/The market is open/);
  }, 60_000);

  afterAll(async () => {
    await market.interrupt();
    await rm(home, { recursive: true, force: true });
  });

  /** The line as a shell runs it, against the market of this test. */
  function shell(line: string, wallet?: string): ChildProcess {
    const text = line
      .replaceAll('npx coinop', `"${process.execPath}" "${BUNDLED_BIN}"`)
      .replaceAll('127.0.0.1:7777', host)
      .replace('<job>', lastJob);
    return spawn('bash', ['-c', `exec 3>&1; ${text}`], {
      cwd: ROOT,
      env: commandEnv(home, wallet === undefined ? {} : { NWC_URL: wallet }),
      detached: true,
    });
  }

  async function finish(line: string): Promise<string> {
    const child = shell(line);
    let [stdout, stderr] = ['', ''];
    child.stdout?.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
    child.stderr?.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
    await once(child, 'close');
    expect([line, child.exitCode, stderr]).toEqual([line, 0, expect.any(String)]);
    lastJob = /for job ([0-9a-f]{64})/.exec(stderr)?.[1] ?? lastJob;
    return stdout;
  }

  test('all of them, in order', async () => {
    const serving: ChildProcess[] = [];
    try {
      for (const line of commands.filter((command) => !RUN_ELSEWHERE.includes(command))) {
        if (!line.includes('coinop serve')) {
          expect(await finish(line), line).not.toBe('');
          continue;
        }
        const child = shell(line);
        serving.push(child);
        let told = '';
        child.stderr?.on('data', (chunk: Buffer) => (told += chunk.toString()));
        while (!told.includes('selling')) {
          if (child.exitCode !== null) throw new Error(told);
          if (child.stderr) await once(child.stderr, 'data');
        }
      }
    } finally {
      for (const child of serving) {
        if (child.pid) process.kill(-child.pid, 'SIGINT');
        await once(child, 'close');
      }
    }
  }, 180_000);

  test('the ten-line provider sells to the ten-line customer, as built for the package', async () => {
    for (const name of ['provider', 'customer']) {
      const source = await readFile(join(ROOT, `examples/${name}.ts`), 'utf8');
      expect(readme).toContain(`<!-- examples/${name}.ts -->\n\n\`\`\`ts\n${source}\`\`\``);
      expect(source.split('\n').filter(Boolean).length).toBeLessThanOrEqual(10);
    }
    await buildPackage();
    const wallets = join(home, 'market', 'wallets');
    const uri = async (role: string) =>
      (JSON.parse(await readFile(join(wallets, `${role}.json`), 'utf8')) as { uri: string }).uri;
    const env = async (role: string) => commandEnv(home, { RELAY: `ws://${host}`, NWC_URL: await uri(role) });
    const provider = spawn(process.execPath, [join(ROOT, 'examples/provider.ts')], {
      cwd: home,
      env: await env('provider'),
    });
    try {
      const [told] = (await once(provider.stdout, 'data')) as [Buffer];
      expect(told.toString()).toMatch(/selling as [0-9a-f]{64}/);
      const bought = await run(process.execPath, [join(ROOT, 'examples/customer.ts')], {
        cwd: home,
        env: await env('customer'),
      });
      expect(bought.stdout).toBe('HELLO\n');
    } finally {
      provider.kill('SIGKILL');
      await once(provider, 'close');
    }
  }, 120_000);
});

test('npm start prints the timeline and the summary of a real sale', async () => {
  const home = await mkdtemp(join(tmpdir(), 'coinop-start-'));
  try {
    const { stdout, stderr } = await run(
      'npm',
      ['start', '--silent', '--', '--once', '--port', '0', '--json'],
      {
        cwd: ROOT,
        env: { ...commandEnv(home) },
      },
    );
    const sale = JSON.parse(stdout) as { summary: string; spentMsat: string; timeline: { what: string }[] };
    expect(stderr).toMatch(/play money/);
    expect(sale.summary.split(' ').length).toBeGreaterThan(10);
    expect(BigInt(sale.spentMsat)).toBeGreaterThan(0n);
    expect(sale.timeline.map(({ what }) => what)).toEqual(
      expect.arrayContaining([
        'asks for kind 5000, at most',
        'offers',
        'pays the hold invoice',
        'delivers',
        'asks for kind 5001, at most',
        'hold is settled',
      ]),
    );
  } finally {
    await rm(home, { recursive: true, force: true });
  }
}, 90_000);
