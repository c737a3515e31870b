import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { coinop, startCoinop, type Running } from './coinop.ts';

describe('the commands against a market on this machine', () => {
  let home: string;
  let market: Running;
  let host: string;

  beforeAll(async () => {
    home = await mkdtemp(join(tmpdir(), 'coinop-cli-'));
    market = startCoinop(['up', '--no-demo', '--port', '0'], { home });
    host = (await market.says(/ws:\/\/(127\.0\.0\.1:\d+)/))[1] ?? '';
    await market.says(/The market is open/);
  }, 60_000);

  afterAll(async () => {
    expect(await market.interrupt()).toBe(0);
    await rm(home, { recursive: true, force: true });
  });

  test('buy extracts a document first when the kind takes only text', async () => {
    const bought = await coinop(
      ['buy', '5001', `http://${host}/sample/vending-machines.pdf`, '--max', '50'],
      { home },
    );
    expect(bought).toMatchObject({ code: 0 });
    expect(bought.stdout).toMatch(/machine/i);
    expect(bought.stderr).toMatch(/extracting it first/);
    expect(bought.stdout).not.toMatch(/extracting/);
  }, 60_000);

  test('buy --json tells what was paid, and trace shows the job', async () => {
    const bought = await coinop(['--json', 'buy', '5001', '-', '--max', '20'], {
      home,
      stdin: 'Vending machines sell without a clerk. They take coins. They give goods.',
    });
    expect(bought.code).toBe(0);
    const [job] = (
      JSON.parse(bought.stdout) as { jobs: { requestId: string; preimage: string; settlement: string }[] }
    ).jobs;
    expect(job).toMatchObject({
      exchange: 'hold',
      settlement: 'settled',
      preimage: expect.stringMatching(/^[0-9a-f]{64}$/),
    });
    expect(bought.stderr).toMatch(/took the offer of .* by hold\. The provider is trusted not to take/);
    const traced = await coinop(['trace', job?.requestId.slice(0, 10) ?? ''], { home });
    const lines = traced.stdout
      .trim()
      .split('\n')
      .map((line) => (JSON.parse(line) as { what: string }).what);
    expect(lines).toEqual(['request', 'payment-required', 'processing', 'result', 'paid', 'accepted']);
  }, 60_000);

  test('serve sells a command in any language, and buy pays for it', async () => {
    const serving = startCoinop(['serve', '--kind', '5050', '--price', '5', '--exec', 'tr a-z A-Z'], {
      home,
    });
    await serving.says(/selling kind 5050/);
    const bought = await coinop(['buy', '5050', '-', '--max', '10'], { home, stdin: 'hello' });
    expect(bought).toMatchObject({ code: 0, stdout: 'HELLO\n' });
    await serving.says(/"work":"closed","money":"settled"/);
    expect(await serving.interrupt()).toBe(0);
  }, 60_000);

  test('a purchase whose command was killed goes on with resume', async () => {
    const slow = 'sleep 2; tr a-z A-Z';
    const serving = startCoinop(['serve', '--kind', '5051', '--price', '5', '--exec', slow], { home });
    await serving.says(/selling kind 5051/);
    await writeFile(join(home, 'words.txt'), 'hello');
    const buying = startCoinop(['buy', '5051', 'words.txt', '--max', '10'], { home });
    await serving.says(/"work":"working"/);
    buying.child.kill('SIGKILL');
    const resumed = await coinop(['resume'], { home });
    expect(resumed).toMatchObject({ code: 0 });
    expect(JSON.parse(resumed.stdout)).toMatchObject({ ended: 'received', content: 'HELLO' });
    expect(await coinop(['resume'], { home })).toMatchObject({ code: 0, stdout: '' });
    expect(await serving.interrupt()).toBe(0);
  }, 60_000);

  test('Ctrl-C withdraws a purchase that nobody has answered', async () => {
    await writeFile(join(home, 'words.txt'), 'hello');
    const buying = startCoinop(['buy', '5999', 'words.txt', '--max', '10'], { home });
    await buying.says(/waiting for offers/);
    expect(await buying.interrupt()).toBe(130);
    expect(await coinop(['resume'], { home })).toMatchObject({ code: 0, stdout: '' });
  }, 60_000);

  test('wallet and key show play money and public keys, never secrets', async () => {
    const wallet = await coinop(['--json', 'wallet'], { home });
    expect(JSON.parse(wallet.stdout)).toMatchObject({ network: 'regtest', playMoney: true, hold: true });
    const key = await coinop(['key'], { home });
    expect(
      key.stdout
        .trim()
        .split('\n')
        .map((line) => (JSON.parse(line) as { role: string }).role),
    ).toEqual(['customer', 'provider']);
    expect(key.stdout + key.stderr + wallet.stdout + wallet.stderr).not.toMatch(/nsec1|secret=/);
    expect((await stat(join(home, 'customer', 'key'))).mode & 0o077).toBe(0);
  }, 60_000);

  test('a maximum below every offer ends with code 3 and nothing spent', async () => {
    const before = await coinop(['--json', 'wallet'], { home });
    const bought = await coinop(['buy', '5001', '-', '--max', '1', '--deadline', '5'], {
      home,
      stdin: 'Some words. More words.',
    });
    expect(bought).toMatchObject({ code: 3, stdout: '' });
    expect(bought.stderr).toMatch(/no-offer/);
    const after = await coinop(['--json', 'wallet'], { home });
    expect(after.stdout).toBe(before.stdout);
  }, 60_000);

  test('a cap in coinop.toml ends with code 4', async () => {
    const project = await mkdtemp(join(home, 'project-'));
    await writeFile(join(project, 'coinop.toml'), '[budget]\nper_job_sat = 2\n');
    const bought = await coinop(['buy', '5001', '-', '--max', '50', '--deadline', '10'], {
      home,
      cwd: project,
      stdin: 'Some words. More words.',
    });
    expect([3, 4]).toContain(bought.code);
    expect(bought.stdout).toBe('');
  }, 60_000);

  test('a second market in the same home is refused', async () => {
    const second = await coinop(['up', '--once', '--port', '0'], { home });
    expect(second).toMatchObject({ code: 1 });
    expect(second.stderr).toMatch(/market-running/);
  }, 60_000);
});

describe('bad input gets a clear, coded error', () => {
  let home: string;
  beforeAll(async () => {
    home = await mkdtemp(join(tmpdir(), 'coinop-cli-'));
  });
  afterAll(() => rm(home, { recursive: true, force: true }));

  test.each([
    [['buy', '5001', 'x'], 2, /--max/],
    [['buy', '4999', 'x', '--max', '1'], 2, /whole number from 5000/],
    [['buy', '5001', 'x', '--max', '1.5'], 2, /whole number/],
    [['nonsense'], 2, /unknown command/],
    [['buy', '5001', 'x', '--max', '1', '--exchange', 'hold,barter'], 2, /"barter" is none of hold, reveal/],
    [['buy', '5001', 'x', '--max', '1'], 6, /no-relays/],
    [
      ['buy', '5001', 'does-not-exist', '--max', '1', '--relay', 'ws://127.0.0.1:1'],
      2,
      /neither a URL nor a file/,
    ],
    [['buy', '5001', 'x', '--max', '1', '--relay', 'http://x'], 2, /not a relay URL/],
    [['trace', 'zz', '--relay', 'ws://127.0.0.1:1'], 2, /neither a job id/],
    [['wallet'], 1, /wallet-missing/],
  ])('%j', async (args, code, words) => {
    const ended = await coinop(args, { home });
    expect(ended).toMatchObject({ code, stdout: '' });
    expect(ended.stderr).toMatch(words);
    expect(ended.stderr).not.toMatch(/ at .*\.ts:\d+/);
  });

  test('an unknown field in coinop.toml is named', async () => {
    const project = await mkdtemp(join(home, 'project-'));
    await writeFile(join(project, 'coinop.toml'), 'relay = "ws://x"\n');
    const ended = await coinop(['wallet'], { home, cwd: project });
    expect(ended).toMatchObject({ code: 2 });
    expect(ended.stderr).toMatch(/coinop\.toml.*relay/);
  });

  test('a key file that others can read is refused', async () => {
    const exposed = await mkdtemp(join(home, 'exposed-'));
    await coinop(['key'], { home: exposed });
    const path = join(exposed, 'customer', 'key');
    const { chmod } = await import('node:fs/promises');
    await chmod(path, 0o644);
    const ended = await coinop(['key'], { home: exposed });
    expect(ended.code).toBe(1);
    expect(ended.stderr).toMatch(/key-file-exposed/);
    expect(ended.stderr).not.toContain((await readFile(path, 'utf8')).trim());
  });

  test('a taken port is named', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => taken.once('listening', resolve));
    const { port } = taken.address() as { port: number };
    const ended = await coinop(['up', '--once', '--port', String(port)], { home });
    taken.close();
    expect(ended).toMatchObject({ code: 1, stdout: '' });
    expect(ended.stderr).toMatch(/port-taken/);
  });
});
