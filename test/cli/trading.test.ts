import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { unixNow } from '../../src/clock/index.ts';
import { openSqlLedger } from '../../src/ledger/sql.ts';
import { coinop, startCoinop, type Finished, type Running } from './coinop.ts';

/** The customer's commands, one after the other, against one market on this machine. */

const TEXT = 'Vending machines sell without a clerk. They take coins. They give goods.';
/** What the market's services ask. */
const PRICE_SATS = 10;

let home: string;
let market: Running;
let provider: string;

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'coinop-trading-'));
  await writeFile(join(home, 'text.txt'), TEXT);
  market = startCoinop(['up', '--no-demo', '--port', '0'], { home });
  const host = (await market.says(/ws:\/\/(127\.0\.0\.1:\d+)/))[1] ?? '';
  await market.says(/The market is open/);
  const names = await fetch(`http://${host}/.well-known/nostr.json?name=services`);
  provider = ((await names.json()) as { names: { services: string } }).names.services;
}, 60_000);

afterAll(async () => {
  expect(await market.interrupt()).toBe(0);
  await rm(home, { recursive: true, force: true });
}, 60_000);

const run = (...args: readonly string[]) => coinop(args, { home });
const buy = (...args: readonly string[]) => run('buy', '5001', 'text.txt', '--max', '50', ...args);

function rows({ stdout }: Finished): Record<string, unknown>[] {
  const lines = stdout.trim().split('\n').filter(Boolean);
  return lines.map((line) => JSON.parse(line) as Record<string, unknown>);
}

/** The latest job, as `coinop jobs` tells it. */
async function latestJob(): Promise<Record<string, unknown>> {
  const [job] = rows(await run('jobs', '--limit', '1'));
  return job ?? expect.unreachable('no job');
}

/** What the customer's books say was spent on everything so far. */
async function spentSats(): Promise<number> {
  const path = join(home, 'customer', 'ledger.sqlite');
  const ledger = openSqlLedger({ path, now: unixNow });
  try {
    const [latest] = await ledger.purchases.listRecent({ limit: 1 });
    const { everMsat } = await ledger.spending.spent(latest?.customerPubkey ?? '');
    return Number(everMsat) / 1000;
  } finally {
    await ledger.close();
  }
}

test('find lists services by kind or by words, with price and liveness', async () => {
  const [byKind, byWords] = await Promise.all([
    run('find', '5001', '--sort', 'price'),
    run('find', 'text', 'extraction', '--max', '10', '--alive'),
  ]);
  expect(rows(byKind)).toMatchObject([
    {
      service: `31990:${provider}:summarization`,
      priceMsat: `${PRICE_SATS}000`,
      liveness: { step: expect.stringMatching(/heartbeat|replies/) as string },
      setAside: null,
    },
  ]);
  expect(rows(byWords)).toMatchObject([{ name: 'Text extraction' }]);
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
    expect(await latestJob()).toMatchObject({ state: 'cancelled', next: [] });
    expect(await spentSats()).toBe(0);
  }, 60_000);

  test('in a pipe --ask lists the offers and leaves the choice to take, within what it allows', async () => {
    const asked = await buy('--ask', '--deadline', '600');
    expect(asked).toMatchObject({ code: 3, stderr: expect.stringContaining('approval-needed') as string });
    const [offer] = rows(asked);
    const job = String(offer?.['requestId']).slice(0, 12);
    const offerId = String(offer?.['offer']);
    const next = [`coinop take ${job}`, `coinop cancel ${job}`];
    expect(await latestJob()).toMatchObject({ state: 'requested', next });
    expect(rows(await run('take', job))).toMatchObject([{ offer: offerId, chosen: true }]);
    const tooDear = await run('take', job, offerId, '--max', '9');
    expect(tooDear).toMatchObject({ code: 4, stderr: expect.stringContaining('above-max') as string });
    expect(await spentSats()).toBe(0);
    const taken = await run('take', job, offerId.slice(0, 8), '--max', '10');
    expect(taken).toMatchObject({ code: 0, stdout: expect.stringMatching(/machine/i) as string });
    expect(await spentSats()).toBe(PRICE_SATS);
  }, 120_000);

  test('cancel withdraws what waits, once, and relays hear of it', async () => {
    const job = String(rows(await buy('--ask'))[0]?.['requestId']);
    const resumed = await run('resume');
    expect(resumed).toMatchObject({ code: 0, stdout: '' });
    expect(resumed.stderr).toMatch(/next: coinop take/);
    const cancelled = await run('cancel', job.slice(0, 8), '--reason', 'changed my mind');
    expect(rows(cancelled)).toEqual([{ requestId: job, state: 'cancelled', told: true }]);
    const again = await run('cancel', job);
    expect(again).toMatchObject({ code: 1, stderr: expect.stringContaining('too-late') as string });
    expect(await run('jobs', '--open')).toMatchObject({ stdout: '', stderr: 'Nothing is open.\n' });
  }, 120_000);

  test.each([
    [['--to', 'somebody'], /malformed-pubkey/],
    [['--redundancy', '2/3', '--dry-run'], /compare the offers for one request/],
  ])(
    '%j is refused in words',
    async (args, words) => {
      expect(await buy(...args)).toMatchObject({
        code: 2,
        stdout: '',
        stderr: expect.stringMatching(words) as string,
      });
    },
    30_000,
  );
});

describe('a job that was bought', () => {
  test('is bought once for one idempotency key', async () => {
    const before = await spentSats();
    const once = ['--json', 'buy', '5001', 'text.txt', '--max', '50', '--idempotency-key', 'k1'];
    const [first, second] = [await run(...once), await run(...once)];
    expect([first.code, second.code]).toEqual([0, 0]);
    expect(rows(second)).toEqual(rows(first));
    expect(await spentSats()).toBe(before + PRICE_SATS);
    const other = await run('buy', '5000', 'text.txt', '--max', '50', '--idempotency-key', 'k1');
    expect(other).toMatchObject({ code: 2, stderr: expect.stringContaining('key-used') as string });
  }, 120_000);

  test('is rated with proof, printed again, and disputed, by the beginning of its id', async () => {
    const { requestId } = await latestJob();
    const job = String(requestId).slice(0, 12);
    expect(rows(await run('rate', job, '4', 'good'))).toMatchObject([
      { requestId, stars: 4, showsPayment: true, told: true },
    ]);
    const [resent, traced, disputed] = [
      await run('resend', job),
      await run('trace', job),
      await run('dispute', job, '--reason', 'the words are not mine'),
    ];
    expect(resent).toMatchObject({ code: 0, stdout: expect.stringMatching(/machine/i) as string });
    expect(traced.stdout).toMatch(/rated 75 %/);
    expect(rows(disputed)).toMatchObject([
      { requestId, state: 'reviewed', told: true, possible: expect.any(Array) as [] },
    ]);
  }, 120_000);

  test('is looked for among the own jobs', async () => {
    const unknown = await run('rate', 'abcdef', '5');
    expect(unknown).toMatchObject({ code: 1, stderr: expect.stringContaining('job-unknown') as string });
  }, 60_000);
});

describe('own lists', () => {
  test('favorites are public and can be searched', async () => {
    const service = `31990:${provider}:summarization`;
    expect(rows(await run('favorite', 'add', service))).toEqual([{ service, favorite: true }]);
    expect(rows(await run('find', '--favorites'))).toMatchObject([{ service, favorite: true }]);
    expect(rows(await run('favorite', 'remove', service))).toEqual([{ service, favorite: false }]);
    expect(await run('favorite', 'list')).toMatchObject({ code: 0, stdout: '' });
  }, 120_000);

  test('who is blocked is set aside with the reason, and nothing is bought there; nobody else can read it', async () => {
    expect(rows(await run('block', 'add', provider))).toEqual([{ whom: provider, blocked: true }]);
    const file = join(home, 'customer', 'providers.json');
    expect((await stat(file)).mode & 0o077).toBe(0);
    const [shown, tried] = await Promise.all([run('find', '5001', '--all'), buy('--dry-run')]);
    expect(rows(shown)).toMatchObject([
      { provider, setAside: { code: 'blocked' }, record: { own: { paidAndDelivered: 2 } } },
    ]);
    expect(tried).toMatchObject({ code: 3, stderr: expect.stringContaining('no-offer') as string });
    await writeFile(file, '{"blocked":["everybody"]}');
    const broken = await run('block', 'remove', provider);
    expect(broken).toMatchObject({ code: 1, stderr: expect.stringContaining('malformed-lists') as string });
  }, 120_000);
});
