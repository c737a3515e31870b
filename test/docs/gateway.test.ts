import { execFile } from 'node:child_process';
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { MockLanguageModelV4 } from 'ai/test';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { answer } from '../../examples/ai-sdk.ts';
import { buyJob, type Shop } from '../../examples/buy-over-http.ts';
import { summarizeTool } from '../../examples/langchain.ts';
import { BUNDLED_BIN, commandEnv, coinop, startCoinop, type Running } from '../cli/coinop.ts';
import { faultOf } from '../conformance/cited-test.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const run = promisify(execFile);
const page = await readFile(join(ROOT, 'docs/gateway.md'), 'utf8');
const examples = await readFile(join(ROOT, 'docs/examples.md'), 'utf8');
const TEXT = 'They sell day and night. They take coins. They ask no questions.';

describe('a gateway before the market of this machine', () => {
  let home: string;
  let market: Running;
  let gateway: Running;
  let url: string;
  let shop: Shop;
  /** What people type finds `coinop` by npx, and Node where the checkout has it. */
  let shell: NodeJS.ProcessEnv;

  beforeAll(async () => {
    home = await mkdtemp(join(tmpdir(), 'coinop-gateway-docs-'));
    market = startCoinop(['up', '--no-demo', '--port', '0'], { home });
    await market.says(/The market is open/);
    gateway = startCoinop(['gateway', '--port', '0'], { home });
    url = (await gateway.says(/gateway on (http:\S+) takes 5 %, at least 5 sat \(play money\)/))[1] ?? '';
    await writeFile(
      join(home, 'npx'),
      `#!/bin/sh\nshift\nexec "${process.execPath}" "${BUNDLED_BIN}" "$@"\n`,
    );
    await chmod(join(home, 'npx'), 0o755);
    const env = commandEnv(home, { GATEWAY: url });
    shell = { ...env, PATH: `${home}:${join(process.execPath, '..')}:${env['PATH']}` };
    shop = {
      gateway: url,
      maxSats: 50,
      async payInvoice(invoice, maxSats) {
        const paid = await coinop(['wallet', 'pay', invoice, '--max', String(maxSats)], { home });
        expect(paid).toMatchObject({ code: 0, stdout: expect.stringMatching(/^[0-9a-f]{64}\n$/) });
        return paid.stdout.trim();
      },
    };
  }, 120_000);
  afterAll(async () => {
    expect(await gateway.interrupt()).toBe(0);
    await market.interrupt();
    await rm(home, { recursive: true, force: true });
  }, 60_000);

  test('sells a job to curl in two commands, as the page says', async () => {
    const commands = [...page.matchAll(/```sh\n(.*?)```/gs)].map(([, block = '']) => block.trim());
    expect(commands[0]).toBe('npx coinop gateway');
    const curls = commands.slice(1).map((command) => command.replaceAll('http://127.0.0.1:8402', url));
    const printed: string[] = [];
    for (const command of curls) {
      const { stdout } = await run('bash', ['-euc', command], { cwd: home, env: shell });
      printed.push(stdout);
    }
    expect(curls).toHaveLength(2);
    expect(JSON.parse(await readFile(join(home, 'quote.json'), 'utf8'))).toMatchObject({
      code: 'payment-required',
      invoice: expect.stringMatching(/^lnbcrt/),
    });
    expect(JSON.parse(printed[1] ?? '')).toMatchObject({
      state: 'done',
      result: { content: expect.any(String) },
    });
  }, 120_000);

  test('is paid once by `coinop wallet pay`, which shows the proof again, and nothing above its --max', async () => {
    const quote = JSON.parse(await readFile(join(home, 'quote.json'), 'utf8')) as { invoice: string };
    const shown = await shop.payInvoice(quote.invoice, 50);
    expect(await shop.payInvoice(quote.invoice, 50)).toBe(shown);
    const refused = await coinop(['wallet', 'pay', quote.invoice, '--max', '1'], { home });
    expect([refused.code, refused.stdout]).toEqual([4, '']);
    const outgoing = await coinop(['wallet', '--list', '--json'], { home });
    expect(outgoing.stdout.match(/"direction":"outgoing"/g)).toHaveLength(1);
  }, 120_000);

  test('sells to the shell script of the examples', async () => {
    const { stdout } = await run(join(ROOT, 'examples/curl-l402.sh'), { cwd: home, env: shell });
    expect(JSON.parse(stdout)).toMatchObject({ state: 'done' });
    await expect(
      run(join(ROOT, 'examples/curl-l402.sh'), { cwd: home, env: { ...shell, MAX_SATS: '4' } }),
    ).rejects.toMatchObject({ stderr: expect.stringContaining('Nothing is sold for less') });
  }, 120_000);

  test('sells to a model with a tool of the Vercel AI SDK', async () => {
    const usage = {
      inputTokens: { total: 1, noCache: 1, cacheRead: 0, cacheWrite: 0 },
      outputTokens: { total: 1, text: 1, reasoning: 0 },
    };
    const warnings: never[] = [];
    const model = new MockLanguageModelV4({
      doGenerate: async ({ prompt }) => {
        const told = prompt.find(({ role }) => role === 'tool');
        const finishReason = { unified: told ? 'stop' : 'tool-calls', raw: undefined } as const;
        const call = { toolCallId: 'one', toolName: 'summarize', input: JSON.stringify({ text: TEXT }) };
        const content = told
          ? [{ type: 'text' as const, text: `It says: ${JSON.stringify(told.content)}` }]
          : [{ type: 'tool-call' as const, ...call }];
        return { content, finishReason, usage, warnings };
      },
    });
    expect(await answer(model, `Summarize: ${TEXT}`, shop)).toMatch(
      /It says: .*"toolName":"summarize".*sell/,
    );
    expect(model.doGenerateCalls).toHaveLength(2);
  }, 120_000);

  test('sells to a tool of LangChain', async () => {
    expect(await summarizeTool(shop).invoke({ text: TEXT })).toContain('sell');
  }, 120_000);

  test('sells nothing above the cap of the buyer', async () => {
    await expect(buyJob(5001, { inputs: [TEXT] }, { ...shop, maxSats: 4 })).rejects.toThrow(
      'Nothing is sold for less',
    );
  }, 120_000);

  test('has books of what clients paid, which agree with its wallet', async () => {
    const books = await coinop(['--json', 'wallet', 'books', '--jobs', '--role', 'gateway'], { home });
    expect(books.stdout).toMatch(/"type":"client".*"state":"done"/);
    const reconciled = await coinop(['wallet', 'reconcile', '--role', 'gateway'], { home });
    expect(reconciled).toMatchObject({ code: 0, stdout: '' });
  }, 60_000);

  test('takes the options of the page', async () => {
    const { stdout } = await coinop(['gateway', '--help'], { home });
    const rows = [...page.matchAll(/^\| (`--.*?`) +\|/gm)].map(([, cell = '']) => cell);
    const documented = rows.flatMap((cell) => cell.match(/--[a-z-]+/g) ?? []);
    const taken = [...stdout.matchAll(/^ +(--[a-z-]+)/gm)].map(([, option = '']) => option);
    const ofAccounts = ['--relay', '--wallet-file'];
    expect(documented.toSorted()).toEqual(taken.filter((option) => !ofAccounts.includes(option)).toSorted());
  });
});

test('the tests that the page names exist, once, and run', () => {
  const citations = [...page.matchAll(/`([\w./-]+\.ts)` › “([^”]+)”(?: with “([^”]+)”)?/g)].map(
    ([, file = '', title = '', row]) => ({ file, title, ...(row === undefined ? {} : { row }) }),
  );
  expect(citations.map(faultOf).filter((fault) => fault !== null)).toEqual([]);
  expect(page.match(/›/g)).toHaveLength(citations.length);
});

test('the examples that the other page names are short', async () => {
  const files = [...examples.matchAll(/\]\(\.\.\/(examples\/[\w./-]+)\)/g)].map(([, file = '']) => file);
  expect(files.length).toBeGreaterThan(3);
  for (const file of files) {
    const lines = (await readFile(join(ROOT, file), 'utf8')).split('\n');
    expect([file, lines.length <= 61]).toEqual([file, true]);
  }
});
