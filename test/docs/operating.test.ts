import { execFile } from 'node:child_process';
import { chmod, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { createMetrics } from '../../src/operations/metrics/registry.ts';
import { BUNDLED_BIN, commandEnv, coinop, startCoinop, type Running } from '../cli/coinop.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const page = await readFile(join(ROOT, 'docs/operating.md'), 'utf8');
const bash = promisify(execFile);
const commands = [...page.matchAll(/```sh\n(.*?)```/gs)]
  .flatMap(([, block = '']) => block.trim().split('\n'))
  .map((line) => line.trim());
const names = new Set((await createMetrics().registry.getMetricsAsJSON()).map(({ name }) => name));

describe('the page names', () => {
  test('every number that is published, and no other', () => {
    const [, table = ''] = page.split('| metric ');
    const listed = [...(table.split('\n\n')[0] ?? '').matchAll(/`(coinop_\w+)`/g)].map(([, name]) => name);
    expect(new Set(listed)).toEqual(names);
    expect(listed).toHaveLength(names.size);
  });

  test('only numbers that there are in its alerts', () => {
    const alerts = /```yaml\n(.*?)```/s.exec(page)?.[1] ?? '';
    const used = [...alerts.matchAll(/coinop_\w+/g)].map(([name]) => name);
    expect(alerts.match(/expr:/g)?.length).toBeGreaterThan(5);
    expect(used.filter((name) => !names.has(name))).toEqual([]);
  });
});

describe('a provider of the market on this machine', () => {
  let home: string;
  let market: Running;
  let serving: Running;
  let shell: NodeJS.ProcessEnv;
  let url: string;
  const ran = new Set<string>();

  beforeAll(async () => {
    home = await mkdtemp(join(tmpdir(), 'coinop-operating-'));
    market = startCoinop(['up', '--no-demo', '--port', '0'], { home });
    await market.says(/The market is open/);
    await writeFile(
      join(home, 'npx'),
      `#!/bin/sh\nshift\nexec "${process.execPath}" "${BUNDLED_BIN}" "$@"\n`,
    );
    await chmod(join(home, 'npx'), 0o755);
    await writeFile(join(home, 'passphrase'), 'correct horse battery staple', { mode: 0o600 });
    const env = commandEnv(home);
    shell = { ...env, PATH: `${home}:${join(process.execPath, '..')}:${env['PATH']}` };
  }, 120_000);
  afterAll(async () => {
    market.child.kill('SIGTERM');
    expect(await codeOf(market)).toEqual([0, null]); // `up` ends so as well
    await rm(home, { recursive: true, force: true });
  }, 60_000);

  /** How it ended: exit code and signal. */
  async function codeOf({ child }: Running) {
    await vi.waitFor(() => expect(child.exitCode ?? child.signalCode).not.toBe(null), { timeout: 60_000 });
    return [child.exitCode, child.signalCode];
  }

  /** Runs a command of the page as it is written, with the id of a job and the port of today. */
  async function run(command: string, job = ''): Promise<string> {
    expect(commands).toContain(command);
    ran.add(command);
    const today = command.replaceAll('http://127.0.0.1:9464', url).replaceAll('<job>', job);
    const token = commands.find((each) => each.startsWith('TOKEN=')) ?? '';
    if (today.includes('$TOKEN')) ran.add(token);
    const { stdout } = await bash('bash', ['-euc', today.includes('$TOKEN') ? `${token}\n${today}` : today], {
      cwd: home,
      env: shell,
    });
    return stdout;
  }

  const buy = async (kind: number, text: string) => {
    const bought = await coinop(['--json', 'buy', String(kind), '-', '--max', '20'], { home, stdin: text });
    const [job] = (JSON.parse(bought.stdout || '{"jobs":[]}') as { jobs: { requestId: string }[] }).jobs;
    return { code: bought.code, job: job?.requestId.slice(0, 12) ?? '' };
  };
  const facts = (stdout: string) => JSON.parse(stdout.trim().split('\n')[0] ?? '') as Record<string, unknown>;

  test('is run, watched and decided on by the commands of the page', async () => {
    const start = commands[0] ?? '';
    expect(start).toMatch(
      /^npx coinop serve --kind 5050 --price 5 --exec 'tr a-z A-Z' --admin 127\.0\.0\.1:9464$/,
    );
    ran.add(start);
    const args = [
      'serve',
      '--kind',
      '5050',
      '--price',
      '5',
      '--exec',
      'tr a-z A-Z',
      '--admin',
      '127.0.0.1:0',
    ];
    serving = startCoinop(args, { home });
    url = (await serving.says(/Operators find this process at (http:\S+\d)\./))[1] ?? '';
    await serving.says(/selling kind 5050/);
    expect(facts(await run('curl -fsS http://127.0.0.1:9464/healthz'))).toEqual({ alive: true });
    expect(facts(await run('curl -fsS http://127.0.0.1:9464/readyz'))).toMatchObject({ ready: true });
    const [whole, part] = [await buy(5050, 'hello'), await buy(5050, 'good bye')];
    expect([whole.code, part.code]).toEqual([0, 0]);
    await serving.says(new RegExp(`"job":"${part.job}\\w+".*"work":"closed","money":"settled"`));
    expect(await run('curl -fsS http://127.0.0.1:9464/metrics')).toContain(
      'coinop_earned_msat_total{kind="5050"} 10000',
    );

    expect((await run('npx coinop jobs --selling --limit 5')).trim().split('\n')).toHaveLength(2);
    expect(facts(await run('npx coinop jobs show <job>', whole.job))).toMatchObject({
      books: { earned: '-5000' },
    });
    const refund = await run('npx coinop jobs refund <job> --yes', whole.job);
    expect(facts(refund)).toMatchObject({ work: 'closed', money: 'refund-due', goodwillMsat: '5000' });
    const smaller = await run('npx coinop jobs refund <job> --amount 2 --yes', part.job);
    expect(facts(smaller)).toMatchObject({ money: 'refund-due', goodwillMsat: '2000' });
    const again = await coinop(['jobs', 'refund', part.job, '--yes'], { home });
    expect(again).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/owed-already|under-way|refunded/) as string,
    });
    const unasked = await coinop(['jobs', 'refund', part.job], { home });
    expect(unasked).toMatchObject({ code: 2, stderr: expect.stringContaining('--yes') as string });
    expect(await run('npx coinop jobs --selling --open')).toContain(whole.job);

    for (const command of commands.filter((each) => each.includes('$TOKEN'))) {
      const said = facts(await run(command));
      if (command.endsWith('/status')) expect(said).toMatchObject({ takingJobs: true });
      if (command.includes('owing')) expect(said['jobs']).toHaveLength(2);
      if (command.endsWith('/pause')) expect(said).toEqual({ takingJobs: false });
    }
    expect((await stat(join(home, 'admin-token'))).mode & 0o077).toBe(0);
    serving.child.kill('SIGTERM');
    expect(await codeOf(serving)).toEqual([0, null]);
  }, 180_000);

  test('does what failed again after a retry that was decided while it did not run', async () => {
    const repaired = join(home, 'repaired');
    const args = ['serve', '--kind', '5051', '--price', '0', '--exec', `test -e ${repaired} && tr a-z A-Z`];
    serving = startCoinop(args, { home });
    await serving.says(/selling kind 5051/);
    const buying = startCoinop(['buy', '5051', 'passphrase', '--max', '1'], { home });
    const [, id = ''] = await serving.says(
      /"job":"(\w+)".*"work":"failed","money":"none".*"code":"handler-failed"/,
    );
    buying.child.kill('SIGKILL'); // it would wait for other offers
    await codeOf(buying);
    expect(await serving.interrupt()).toBe(0);
    await writeFile(repaired, '');
    const retried = await run('npx coinop jobs retry <job> --yes', id.slice(0, 12));
    expect(facts(retried)).toMatchObject({ work: 'accepted', failure: null, attempts: 0 });
    serving = startCoinop(args, { home });
    await serving.says(new RegExp(`"job":"${id}".*"work":"closed","money":"none"`));
    serving.child.kill('SIGTERM');
    expect(await codeOf(serving)).toEqual([0, null]);
  }, 120_000);

  test.each([
    ['once, after its grace', ['SIGTERM'], '0', 0],
    ['twice, at once', ['SIGTERM', 'SIGTERM'], '600', 143],
  ] as const)(
    'ends when it is asked %s, and leaves nothing that it started',
    async (_, signals, grace, code) => {
      const [kind, pids] = [5052 + code, join(home, `pids-${code}`)];
      const stubborn = `echo $$ >> ${pids}; trap '' TERM INT; sleep 1000 & echo $! >> ${pids}; while :; do wait; done`;
      const args = ['serve', '--kind', String(kind), '--price', '0', '--grace', grace, '--exec', stubborn];
      serving = startCoinop(args, { home });
      await serving.says(new RegExp(`selling kind ${kind}`));
      const buying = startCoinop(['buy', String(kind), 'passphrase', '--max', '1'], { home });
      const started = await vi.waitFor(
        async () => {
          const lines = (await readFile(pids, 'utf8')).trim().split('\n').map(Number);
          expect(lines).toHaveLength(2);
          return lines;
        },
        { timeout: 60_000, interval: 50 },
      );
      for (const [index, signal] of signals.entries()) {
        if (index > 0) await serving.says(/finishing what is running/);
        serving.child.kill(signal);
      }
      expect(await codeOf(serving)).toEqual([code, null]);
      for (const pid of started)
        await vi.waitFor(() => expect(() => process.kill(pid, 0)).toThrow(/ESRCH/), { timeout: 20_000 });
      buying.child.kill('SIGKILL');
      await codeOf(buying);
    },
    120_000,
  );

  test('ends gateway and mcp in the same way', async () => {
    const running = [
      startCoinop(['gateway', '--port', '0'], { home }),
      startCoinop(['mcp', '--http', '0'], { home }),
    ];
    await Promise.all([running[0]?.says(/gateway on http/), running[1]?.says(/MCP on http/)]);
    for (const each of running) each.child.kill('SIGTERM');
    for (const each of running) expect(await codeOf(each)).toEqual([0, null]);
  }, 120_000);

  test('is backed up and checked by the commands of the page, and every command of it has been run', async () => {
    await run('npx coinop backup coinop.backup --passphrase-file passphrase');
    expect((await stat(join(home, 'coinop.backup'))).size).toBeGreaterThan(1000);
    expect(await run('npx coinop doctor')).toContain('"check":"wallet"');
    await run('npx coinop wallet reconcile');
    expect(commands.filter((command) => !ran.has(command))).toEqual([]);
  }, 120_000);
});
