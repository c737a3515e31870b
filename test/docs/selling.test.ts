import { spawn, spawnSync } from 'node:child_process';
import { cp, mkdtemp, readFile, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { BUNDLED_BIN, commandEnv, coinop, startCoinop, type Finished, type Running } from '../cli/coinop.ts';
import { openHttpStage, type HttpStage } from '../fixtures/http-stage.ts';

/** What docs/selling.md says, done: its files are sold from, its commands are run. */

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const EXAMPLES = join(ROOT, 'examples/selling');
const page = await readFile(join(ROOT, 'docs/selling.md'), 'utf8');
const commands = [...page.matchAll(/```sh\n(.*?)```/gs)].flatMap(([, block = '']) =>
  block.trim().split('\n'),
);
const GONE = `
[[service]]
name = "Gone"
kind = 5094
price_sat = 1
exec = "no-such-program -x"
`;
const hasPython = spawnSync('python3', ['--version']).status === 0;

let home: string;
let market: Running;
let endpoint: HttpStage;
let model: HttpStage;
let serving: Running;
let toml: string;
/** Jobs that the endpoint was asked to do. */
const posted: { readonly key: string | null; readonly token: string | null }[] = [];

const env = {
  WEATHER_TOKEN: 'sk-weather',
  PATH: `${dirname(process.execPath)}:${process.env['PATH'] ?? ''}`,
};

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'coinop-selling-'));
  await cp(EXAMPLES, home, { recursive: true });
  await symlink(join(ROOT, 'node_modules'), join(home, 'node_modules'));
  endpoint = await openHttpStage((request) => {
    if (request.method !== 'POST') return new Response('only POST', { status: 405 });
    posted.push({ key: request.headers.get('idempotency-key'), token: request.headers.get('authorization') });
    return Response.json({ sky: 'blue' });
  });
  model = await openHttpStage(async (request) => {
    if (request.method !== 'POST') return Response.json({ data: [] });
    const { messages } = (await request.json()) as { messages: { role: string; content: string }[] };
    const words = messages.map(({ role, content }) => `${role}: ${content}`).join(' | ');
    const event = { choices: [{ delta: { content: words }, finish_reason: 'stop' }] };
    return new Response(`data: ${JSON.stringify(event)}\n\ndata: [DONE]\n\n`, {
      headers: { 'content-type': 'text/event-stream' },
    });
  });
  toml = inPlace(await readFile(join(EXAMPLES, 'coinop.toml'), 'utf8'));
  await writeFile(join(home, 'coinop.toml'), toml);
  market = startCoinop(['up', '--no-demo', '--port', '0'], { home });
  await market.says(/The market is open/);
}, 120_000);

afterAll(async () => {
  expect(await serving.interrupt()).toBe(0);
  expect(await market.interrupt()).toBe(0);
  await endpoint.close();
  await model.close();
  await rm(home, { recursive: true, force: true });
}, 120_000);

/** With the addresses of this test. */
function inPlace(text: string): string {
  return text.replaceAll('127.0.0.1:8080', endpoint.host).replaceAll('127.0.0.1:11434', model.host);
}

function rows({ stdout }: Finished): Record<string, unknown>[] {
  const lines = stdout.trim().split('\n').filter(Boolean);
  return lines.map((line) => JSON.parse(line) as Record<string, unknown>);
}

const buy = async (kind: number, text: string, ...flags: readonly string[]) => {
  const bought = await coinop(['buy', String(kind), '-', '--max', '20', ...flags], {
    home,
    env,
    stdin: text,
  });
  expect(bought).toMatchObject({ code: 0 });
  return bought.stdout.trim();
};

test('the files on the page are the examples', async () => {
  for (const name of (await readdir(EXAMPLES)).filter((file) => file !== 'tools.ts')) {
    const source = (await readFile(join(EXAMPLES, name), 'utf8')).trimEnd();
    expect(page, name).toContain(`<!-- examples/selling/${name} -->`);
    expect(page, name).toContain(`\n${source}\n\`\`\``);
  }
});

test('a check says what would be sold, for how much and by what, and what is missing', async () => {
  await writeFile(join(home, 'coinop.toml'), toml + GONE + GONE.replace('Gone', 'Gone too'));
  const offline = { ...env, COINOP_HOME: join(home, 'offline') }; // no market is known there, and no relay
  const checked = await coinop(['serve', '--check'], { home, env: offline });
  expect(checked).toMatchObject({ code: 1, stderr: expect.stringContaining('services-missing') as string });
  expect(rows(checked)).toMatchObject([
    { service: 'Word count', kind: 5090, price: '2 sat', by: 'exec', key: null, status: 'ok' },
    { service: 'Posters', kind: 5091, price: '0 sat', by: 'exec', key: 'posters', status: 'ok' },
    { service: 'Backwards', kind: 5092, price: '1 sat and more', by: 'module', status: 'ok' },
    { service: 'Weather', kind: 5093, by: 'http', status: 'ok' },
    { service: 'Chat', kind: 5050, by: 'model', status: 'ok' },
    { service: 'Dice', kind: 5910, by: 'mcp', status: 'ok' },
    { service: 'Summarization', kind: 5001, by: 'shelf summarization', status: 'ok' },
    { service: 'Gone', status: 'tool-missing', todo: expect.stringContaining('no-such-program') as string },
    { service: 'Gone too', status: 'tool-missing' },
  ]);
  expect(checked.stderr).toContain('Gone: id = "coinop-5094"; Gone too: id = "coinop-5094-2"');
  expect(checked.stdout + checked.stderr).not.toContain('sk-weather');
}, 120_000);

describe('one process sells them all', () => {
  beforeAll(async () => {
    serving = startCoinop(['serve', '--grace', '2'], { home, env });
    await serving.says(/not sold: Gone\. The program no-such-program is not there/);
    for (const kind of [5090, 5091, 5092, 5093, 5050, 5910, 5001])
      await serving.says(new RegExp(`selling kind ${kind} `));
  }, 120_000);

  test('under two keys', async () => {
    const [, own] = await serving.says(/selling kind 5090 .* as ([0-9a-f]{64})/);
    const [, posters] = await serving.says(/selling kind 5091 .* as ([0-9a-f]{64})/);
    expect(posters).not.toBe(own);
  });

  const pythonMissing = !hasPython && process.env['CI'] === undefined;
  test.concurrent('a program in Python', { skip: pythonMissing, timeout: 180_000 }, async () => {
    expect(JSON.parse(await buy(5090, 'three more words'))).toEqual({ words: 3 });
  });

  test.concurrent(
    'a program in shell, whose result is a file, under its own key',
    async () => {
      expect(await buy(5091, 'Vote for us')).toMatch(/^(data:image\/svg\+xml|https?:)/);
    },
    180_000,
  );

  test.concurrent(
    'a file of TypeScript',
    async () => {
      expect(await buy(5092, 'money in, data out')).toBe('tuo atad ,ni yenom');
    },
    180_000,
  );

  test.concurrent(
    'an endpoint, which gets key and token',
    async () => {
      expect(JSON.parse(await buy(5093, 'Lisbon'))).toEqual({ sky: 'blue' });
      expect(posted).toEqual([
        { key: expect.stringMatching(/^[0-9a-f]{64}$/) as string, token: 'Bearer sk-weather' },
      ]);
    },
    180_000,
  );

  test.concurrent(
    'a language model',
    async () => {
      expect(await buy(5050, 'What is money?')).toMatch(/^system: Be brief\..* \| user: What is money\?$/s);
    },
    180_000,
  );

  test.concurrent(
    'a tool',
    async () => {
      expect(await buy(5910, '{"sides":6}')).toMatch(/^rolled [1-6] of 6$/);
    },
    180_000,
  );

  test('the file is read again on SIGHUP; one with a fault changes nothing', async () => {
    await writeFile(join(home, 'coinop.toml'), toml.replace('kind = 5092', 'kind = 5092\nprize_sat = 1'));
    serving.child.kill('SIGHUP');
    await serving.says(/service .?"Backwards.*prize_sat.* is not known; did you mean .*service\.price_sat/);
    await writeFile(
      join(home, 'coinop.toml'),
      toml.replace('name = "Posters"\nkind = 5091', 'name = "Leaflets"\nkind = 5095'),
    );
    serving.child.kill('SIGHUP');
    await serving.says(/read the services again/);
    await serving.says(/selling kind 5095 \(Leaflets\)/);
    expect(await buy(5095, 'Vote for us')).toMatch(/^(data:image\/svg\+xml|https?:)/);
    expect(await buy(5092, 'still here')).toBe('ereh llits');
  }, 120_000);
});

test('every other command on the page sells as it stands', async () => {
  const others = commands.filter((line) => !['npx coinop serve', 'npx coinop serve --check'].includes(line));
  expect(others.length).toBe(10);
  await writeFile(join(home, 'blocked.txt'), `${'ab'.repeat(32)} # never paid\n`);
  const bin = `"${process.execPath}" "${BUNDLED_BIN}"`;
  await Promise.all(
    others
      .filter((line) => hasPython || !line.includes('python3'))
      .map(async (line) => {
        const child = spawn('bash', ['-c', `exec ${inPlace(line).replace('npx coinop', bin)}`], {
          cwd: home,
          env: commandEnv(home, env),
          stdio: ['ignore', 'ignore', 'pipe'],
        });
        let told = '';
        for await (const chunk of child.stderr) {
          told += String(chunk);
          if (told.includes('● selling kind')) child.kill('SIGINT');
        }
        expect(told, line).toContain('● selling kind');
      }),
  );
}, 120_000);
