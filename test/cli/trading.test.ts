import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { unixNow } from '../../src/clock/index.ts';
import type { Ledger } from '../../src/ledger/index.ts';
import { openSqlLedger } from '../../src/ledger/sql.ts';
import { coinop, startCoinop, type Finished, type Running } from './coinop.ts';
import { DRAWING, openPlannedSeller } from './planned-seller.ts';

/** The customer's commands, one after the other, against one market on this machine. */

const TEXT = 'Vending machines sell without a clerk. They take coins. They give goods.';
/** What the market's services ask. */
const PRICE_SATS = 10;

let home: string;
let market: Running;
let provider: string;
/** `http://…` */
let marketUrl: string;

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'coinop-trading-'));
  await writeFile(join(home, 'text.txt'), TEXT);
  market = startCoinop(['up', '--no-demo', '--port', '0'], { home });
  const host = (await market.says(/ws:\/\/(127\.0\.0\.1:\d+)/))[1] ?? '';
  await market.says(/The market is open/);
  marketUrl = `http://${host}`;
  const names = await fetch(`${marketUrl}/.well-known/nostr.json?name=services`);
  provider = ((await names.json()) as { names: { services: string } }).names.services;
}, 60_000);

afterAll(async () => {
  expect(await market.interrupt()).toBe(0);
  await rm(home, { recursive: true, force: true });
}, 60_000);

/** Every command of this file as people write it. */
const ran = new Set<string>();

function run(...args: readonly string[]): Promise<Finished> {
  ran.add(asWritten(args));
  return coinop(args, { home });
}

/** With the names of its ids instead of the ids; what has spaces is quoted. */
function asWritten(args: readonly string[]): string {
  const names = ['<job>', '<offer>'];
  const words = args.map((word) => {
    if (word.startsWith('31990:')) return '<service>';
    if (word === provider) return '<provider>';
    if (/^[0-9a-f]{8,64}$/.test(word)) return names.shift() ?? word;
    return word.includes(' ') ? `'${word}'` : word;
  });
  return ['npx coinop', ...words].join(' ');
}

const buy = (...args: readonly string[]) => run('buy', '5001', 'text.txt', '--max', '50', ...args);

function rows({ stdout }: Finished): Record<string, unknown>[] {
  const lines = stdout.trim().split('\n').filter(Boolean);
  return lines.map((line) => JSON.parse(line) as Record<string, unknown>);
}

/** The customer's books, read beside the commands. */
async function inBooks<Value>(look: (ledger: Ledger) => Promise<Value>): Promise<Value> {
  const ledger = openSqlLedger({ path: join(home, 'customer', 'ledger.sqlite'), now: unixNow });
  try {
    return await look(ledger);
  } finally {
    await ledger.close();
  }
}

const latestJob = () => inBooks(async ({ purchases }) => (await purchases.listRecent({ limit: 1 }))[0]);

/** What was spent on everything so far. */
const spentSats = () =>
  inBooks(async ({ purchases, spending }) => {
    const [latest] = await purchases.listRecent({ limit: 1 });
    return Number((await spending.spent(latest?.customerPubkey ?? '')).everMsat) / 1000;
  });

test('find lists who sells a kind, with price and liveness', async () => {
  expect(rows(await run('find', '5001', 'summarization', '--max', '10', '--alive'))).toMatchObject([
    {
      service: `31990:${provider}:summarization`,
      priceMsat: `${PRICE_SATS}000`,
      liveness: { step: expect.stringMatching(/heartbeat|replies/) as string },
      setAside: null,
    },
  ]);
}, 60_000);

test('doctor finds a working market in order', async () => {
  const checked = await run('doctor');
  expect(checked).toMatchObject({ code: 0, stderr: '' });
  const byName = Object.fromEntries(rows(checked).map((check) => [check['check'], check]));
  expect(byName).toMatchObject({
    relay: { status: 'ok', found: expect.stringMatching(/^writes and reads, \d+ ms$/) as string },
    'relay limits': { status: 'ok', data: { max_message_length: expect.any(Number) as number } },
    clock: { status: 'ok' },
    wallet: { status: 'ok', data: { network: 'regtest', playMoney: true } },
    hold: { status: 'ok', data: { blocks: expect.any(Number) as number } },
    budget: { status: 'warn', todo: expect.stringContaining('[budget]') as string },
    disk: { data: { freeBytes: expect.any(Number) as number } },
  });
  expect(checked.stdout).not.toMatch(/nsec1|secret=/);
}, 60_000);

describe('offers are compared before money moves', () => {
  test('a dry run shows what would be taken and why, withdraws, and spends nothing', async () => {
    const tried = await buy('--dry-run');
    expect(tried).toMatchObject({ code: 0 });
    const [offer, ...others] = rows(tried);
    expect(others).toEqual([]);
    expect(offer).toMatchObject({ provider, amountMsat: `${PRICE_SATS}000`, chosen: true, refused: null });
    expect(offer?.['why']).not.toEqual([]);
    expect(tried.stderr).toMatch(
      /Would take \w{12} for 10 sat, with fees at most 15 sat: .*Nothing was spent/,
    );
    expect(await latestJob()).toMatchObject({ state: 'cancelled', offer: null });
    expect(await spentSats()).toBe(0);
  }, 60_000);

  test('in a pipe --ask lists the offers and leaves the choice to take, within what it allows', async () => {
    const asked = await buy('--ask', '--deadline', '600');
    expect(asked).toMatchObject({ code: 3, stderr: expect.stringContaining('approval-needed') as string });
    const [offer] = rows(asked);
    const job = String(offer?.['requestId']).slice(0, 12);
    const next = [`coinop take ${job}`, `coinop cancel ${job}`];
    expect(rows(await run('jobs', '--limit', '1'))).toMatchObject([{ kind: 5001, state: 'requested', next }]);
    const offerId = String(offer?.['offer']).slice(0, 8);
    const tooDear = await run('take', job, offerId, '--max', '9');
    expect(tooDear).toMatchObject({ code: 4, stderr: expect.stringContaining('above-max') as string });
    expect(await spentSats()).toBe(0);
    const taken = await run('take', job, offerId, '--max', '10');
    expect(taken).toMatchObject({ code: 0, stdout: expect.stringMatching(/machine/i) as string });
    expect(await run('take', job, offerId, '--max', '10')).toMatchObject({ code: 0, stdout: taken.stdout });
    expect(await spentSats()).toBe(PRICE_SATS);
  }, 120_000);

  test('cancel withdraws what waits, and relays hear of it; resume does not wait for a person', async () => {
    const job = String(rows(await buy('--ask'))[0]?.['requestId']);
    const resumed = await run('resume');
    expect(resumed).toMatchObject({ code: 0, stdout: '' });
    expect(resumed.stderr).toMatch(/next: coinop take/);
    const cancelled = await run('cancel', job.slice(0, 8), '--reason', 'changed my mind');
    expect(rows(cancelled)).toEqual([{ requestId: job, state: 'cancelled', told: true }]);
    expect(await latestJob()).toMatchObject({ requestId: job, state: 'cancelled' });
  }, 120_000);
});

test('a job is bought once for one idempotency key, then rated with proof and printed again', async () => {
  const before = await spentSats();
  const once = ['--json', 'buy', '5001', 'text.txt', '--max', '50', '--idempotency-key', 'k1'];
  const [first, second] = [await run(...once), await run(...once)];
  expect([first.code, second.code]).toEqual([0, 0]);
  expect(rows(second)).toEqual(rows(first));
  expect(await spentSats()).toBe(before + PRICE_SATS);

  const { requestId = '' } = (await latestJob()) ?? {};
  const job = requestId.slice(0, 12);
  expect(rows(await run('rate', job, '4', 'good'))).toMatchObject([
    { requestId, stars: 4, showsPayment: true, told: true },
  ]);
  const resent = await run('resend', job);
  expect(resent).toMatchObject({ code: 0, stdout: expect.stringMatching(/machine/i) as string });
}, 180_000);

test('a hedged purchase is an order under one maximum', async () => {
  const bought = await run('--json', 'buy', '5001', 'text.txt', '--max', '50', '--hedge', 'worst');
  expect(bought).toMatchObject({ code: 0 });
  const { requestId = '' } = (await latestJob()) ?? {};
  expect(rows(bought)).toMatchObject([
    {
      content: expect.stringMatching(/machine/i) as string,
      jobs: [{ requestId, provider }],
      order: { spentMsat: `${PRICE_SATS}000`, purchases: [{ requestId, state: 'received' }] },
    },
  ]);
}, 60_000);

describe('own lists', () => {
  test('favorites are public and can be searched', async () => {
    const service = `31990:${provider}:summarization`;
    expect(rows(await run('favorite', 'add', service))).toEqual([{ service, favorite: true }]);
    expect(rows(await run('find', '--favorites'))).toMatchObject([{ service, favorite: true }]);
    expect(rows(await run('favorite', 'remove', service))).toEqual([{ service, favorite: false }]);
  }, 120_000);

  test('who is blocked is set aside with the reason, and nothing is bought there; nobody else can read it', async () => {
    expect(rows(await run('block', 'add', provider))).toEqual([{ whom: provider, blocked: true }]);
    expect((await stat(join(home, 'customer', 'providers.json'))).mode & 0o077).toBe(0);
    const [shown, tried] = await Promise.all([run('find', '5001', '--all'), buy('--dry-run')]);
    expect(rows(shown)).toMatchObject([
      { provider, setAside: { code: 'blocked' }, record: { own: { paidAndDelivered: 3 } } },
    ]);
    expect(tried).toMatchObject({ code: 3, stderr: expect.stringContaining('no-offer') as string });
  }, 120_000);
});

test('what is prepaid with a provider pays for jobs, and the rest comes back', async () => {
  await run('block', 'remove', provider);
  const before = await spentSats();
  const topUp = await run('balance', 'top-up', provider, '200');
  expect(topUp.stderr).toBe('');
  expect(rows(topUp)).toMatchObject([{ provider, amountMsat: '200000', balanceMsat: '200000' }]);
  const bought = await buy('--exchange', 'balance');
  expect(bought).toMatchObject({ code: 0, stdout: expect.stringMatching(/machine/i) as string });
  expect(await latestJob()).toMatchObject({
    state: 'received',
    offer: { exchange: 'balance', bolt11: null },
  });
  expect(await spentSats()).toBe(before + 200);
  const left = { provider, toppedUpMsat: '200000', drawnMsat: '10000', leftMsat: '190000' };
  expect(rows(await run('balance', 'list'))).toMatchObject([left]);
  const back = rows(await run('balance', 'withdraw', provider, '100'));
  expect(back).toMatchObject([{ amountMsat: '100000', state: 'received' }]);
  expect(await run('balance', 'withdraw', provider, '100')).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('nothing-left') as string,
  });
}, 240_000);

test('a job that was promised in steps is revised and continued, within what is allowed, and paid once', async () => {
  const seller = await openPlannedSeller(marketUrl);
  try {
    const wish = ['buy', `${DRAWING}`, 'text.txt', '--to', seller.pubkey, '--exchange', 'prepay'];
    const first = await run(...wish, '--max', '25');
    expect(first).toMatchObject({ code: 0, stdout: `drawn: ${TEXT}\n` });
    const job = (await latestJob())?.requestId.slice(0, 12) ?? '';
    const steps = async () => rows(await run('continue', job));
    expect(await steps()).toMatchObject([
      { step: 'milestone', number: 1, title: 'A sketch', state: 'received', isNext: false },
      { step: 'milestone', number: 2, title: 'The drawing', amountMsat: '30000', isNext: true },
      { step: 'revision', number: 1, amountMsat: '0', isNext: true },
    ]);
    const before = await spentSats();
    expect(await run('continue', job, 'milestone', '--max', '29')).toMatchObject({
      code: 4,
      stderr: expect.stringContaining('above-max') as string,
    });
    const revised = await run('continue', job, 'revision', '--text', 'bluer, please');
    expect(revised).toMatchObject({ code: 0, stdout: expect.stringContaining('bluer') as string });
    expect(await spentSats()).toBe(before);
    const drawn = await run('continue', job, 'milestone', '--max', '30');
    expect(drawn).toMatchObject({ code: 0, stdout: expect.stringContaining('drawn: ') as string });
    expect((await latestJob())?.offer).toMatchObject({ exchange: 'prepay', amountMsat: 30_000n });
    expect(await spentSats()).toBeGreaterThanOrEqual(before + 30);
    expect(await spentSats()).toBeLessThan(before + 60);
    expect((await steps()).map(({ state }) => state)).toEqual(['received', 'received', 'received']);
    const more = await run('--json', 'continue', job, 'milestone', '--max', '30');
    expect(more).toMatchObject({ code: 3, stderr: expect.stringContaining('step-not-agreed') as string });
  } finally {
    await seller.close();
  }
}, 240_000);

// The last purchase of all: of a provider whom it accused the customer buys nothing by itself.
test('what was delivered can be disputed', async () => {
  const recent = await inBooks(({ purchases }) => purchases.listRecent({ limit: 10 }));
  const { requestId = '' } = recent.find(({ state }) => state === 'received') ?? {};
  const disputed = await run('dispute', requestId.slice(0, 12), '--reason', 'the words are not mine');
  expect(rows(disputed)).toMatchObject([
    { requestId, state: 'received', told: true, possible: expect.any(Array) as [] },
  ]);
}, 60_000);

test('every command of docs/cli.md has been run above', async () => {
  const page = await readFile(new URL('../../docs/cli.md', import.meta.url), 'utf8');
  const blocks = [...page.matchAll(/```sh\n(.*?)```/gs)].map(([, block = '']) => block.trim());
  const commands = blocks.flatMap((block) => block.split('\n'));
  expect(commands.length).toBeGreaterThan(10);
  expect(commands.filter((command) => !ran.has(command))).toEqual([]);
});
