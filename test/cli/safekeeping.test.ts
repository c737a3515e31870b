import { mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { unixNow } from '../../src/clock/index.ts';
import { marketWalletUri } from '../../src/market/index.ts';
import { openNwcWallet, type Wallet } from '../../src/money/index.ts';
import { msat, orThrow } from '../../src/protocol/index.ts';
import { createInlineVerifier, createRelayPool } from '../../src/relays/index.ts';
import { coinop, startCoinop, type Running } from './coinop.ts';

const PASSPHRASE = 'correct horse battery staple';
let home: string;
let market: Running;
let relayUrl: string;
let sampleUrl: string;
const relays = createRelayPool({ verifier: createInlineVerifier() });
let payee: Wallet;

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'coinop-cli-'));
  market = startCoinop(['up', '--port', '0'], { home });
  relayUrl = (await market.says(/ws:\/\/127\.0\.0\.1:\d+/))[0];
  sampleUrl = (await market.says(/buy 5001 (\S+) --max/))[1] ?? '';
  const uri = (await marketWalletUri(join(home, 'market'), 'provider')) ?? '';
  payee = orThrow(openNwcWallet({ uri, relays, now: unixNow }));
}, 120_000);
afterAll(async () => {
  await payee.close();
  await relays.close();
  expect(await market.interrupt()).toBe(0);
  await rm(home, { recursive: true, force: true });
});

async function invoice(sats: number): Promise<string> {
  const wish = { amountMsat: msat(BigInt(sats) * 1000n), description: 'out', expirySeconds: 600 };
  return orThrow(await payee.makeInvoice(wish)).bolt11 ?? '';
}

const lines = (text: string) =>
  text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);

test('money is withdrawn to an invoice once, and the books of everything sum to zero', async () => {
  const bolt11 = await invoice(3);
  const withdrawn = await coinop(['--json', 'withdraw', bolt11, '--role', 'customer'], { home });
  expect(withdrawn).toMatchObject({ code: 0 });
  expect(lines(withdrawn.stdout)).toMatchObject([{ amountMsat: '3000' }]);
  expect(withdrawn.stdout).not.toContain('preimage');
  const again = await coinop(['withdraw', bolt11, '--role', 'customer'], { home });
  expect(again).toMatchObject({ code: 1, stderr: expect.stringContaining('already-paid') });

  const books = await coinop(['--json', 'wallet', 'books', '--jobs'], { home });
  expect(books).toMatchObject({ code: 0 });
  const [extract, summarize, payment, sums] = lines(books.stdout);
  expect([extract, summarize]).toMatchObject([
    { type: 'purchase', state: 'received' },
    { type: 'purchase', state: 'received' },
  ]);
  expect(payment).toMatchObject({ type: 'payment', state: 'withdrawal, settled' });
  expect(sums).toMatchObject({ sumMsat: '0', totals: { withdrawn: '3000' } });
}, 120_000);

test('after the first sale and a withdrawal books and wallet are found to agree', async () => {
  const reconciled = await coinop(['wallet', 'reconcile'], { home });
  expect(reconciled).toMatchObject({ code: 0, stdout: '' });
  expect(reconciled.stderr).toMatch(/Compared 0 sale\(s\), 2 purchase\(s\) and \d payment\(s\)/);
}, 60_000);

test('what the market sells itself is known to who shares its wallet', async () => {
  const reconciled = await coinop(['--json', 'wallet', 'reconcile', '--role', 'provider'], { home });
  expect(lines(reconciled.stdout)).toMatchObject([{ code: 'unknown-incoming', amountMsat: '3000' }]);
  expect(lines(reconciled.stdout)).toHaveLength(1); // what was withdrawn to it above
}, 60_000);

test('a job is paid in ecash, which the books and the mint agree on', async () => {
  const bought = await coinop(
    ['--json', 'buy', '5000', sampleUrl, '--max', '50', '--exchange', 'ecash-htlc'],
    { home },
  );
  expect(bought).toMatchObject({ code: 0 });
  const wallet = await coinop(['--json', 'wallet'], { home });
  expect(lines(wallet.stdout)).toMatchObject([
    { ecash: [{ mintUrl: expect.stringMatching(/^http:\/\/127\.0\.0\.1:/), amountMsat: expect.anything() }] },
  ]);
  const books = await coinop(['--json', 'wallet', 'books', '--jobs'], { home });
  const sums = lines(books.stdout).at(-1);
  expect(sums).toMatchObject({ sumMsat: '0', totals: { 'on-its-way': '0' } });
  expect(JSON.stringify(lines(books.stdout))).toContain('ecash-bought');
  const reconciled = await coinop(['wallet', 'reconcile'], { home });
  expect(reconciled).toMatchObject({ code: 0, stdout: '' });
}, 120_000);

test('what the books do not know is told, and the exit code says so', async () => {
  const uri = (await marketWalletUri(join(home, 'market'), 'customer')) ?? '';
  const wallet = orThrow(openNwcWallet({ uri, relays, now: unixNow }));
  orThrow(await wallet.pay({ bolt11: await invoice(1), feeLimitMsat: msat(5_000n) }));
  await wallet.close();
  const reconciled = await coinop(['--json', 'wallet', 'reconcile'], { home });
  expect(reconciled).toMatchObject({ code: 7, stderr: expect.stringContaining('books-differ') });
  expect(lines(reconciled.stdout)).toMatchObject([
    { code: 'unknown-outgoing', standing: 'open', amountMsat: '1000' },
  ]);
}, 60_000);

describe('a backup', () => {
  test('moves everything to another machine, which compares its books first', async () => {
    const file = join(home, 'saved.coinop');
    const passphraseFile = join(home, 'passphrase');
    expect((await coinop(['block', 'add', 'ee'.repeat(32)], { home })).code).toBe(0);
    await writeFile(passphraseFile, `${PASSPHRASE}\n`, { mode: 0o600 });
    const made = await coinop(['--json', 'backup', file, '--passphrase-file', passphraseFile], { home });
    expect(made).toMatchObject({ code: 0 });
    expect(lines(made.stdout)).toMatchObject([
      {
        contains: expect.arrayContaining([
          'customer/key',
          'customer/providers.json',
          'customer/ledger.sqlite',
          'customer/ecash.sqlite',
        ]),
      },
    ]);
    const elsewhere = join(home, 'elsewhere');
    const env = { COINOP_PASSPHRASE: PASSPHRASE };
    const restored = await coinop(['restore', file, '--dir', elsewhere], { home, env });
    expect(restored).toMatchObject({ code: 0, stderr: expect.stringContaining('one machine only') });
    expect(await readFile(join(elsewhere, 'customer', 'key'), 'utf8')).toBe(
      await readFile(join(home, 'customer', 'key'), 'utf8'),
    );

    const withoutWallet = await coinop(['wallet', 'books'], { home: elsewhere });
    expect(withoutWallet).toMatchObject({
      code: 7,
      stderr: expect.stringContaining('restored-unreconciled'),
    });
    const wallet = { NWC_URL: (await marketWalletUri(join(home, 'market'), 'customer')) ?? '' };
    const first = await coinop(['wallet', 'books', '--relay', relayUrl], { home: elsewhere, env: wallet });
    expect(first).toMatchObject({ code: 0, stderr: expect.stringMatching(/restored from a backup/) });
    const second = await coinop(['wallet', 'books', '--relay', relayUrl], { home: elsewhere, env: wallet });
    expect(second).toMatchObject({ code: 0, stderr: '', stdout: first.stdout });

    await symlink(join(home, 'market'), join(elsewhere, 'market')); // where its mint is found
    const [before, after] = [
      await coinop(['wallet'], { home }),
      await coinop(['wallet'], { home: elsewhere }),
    ];
    expect(after).toMatchObject({ code: 0, stdout: before.stdout });
  }, 180_000);

  test.each([
    [['backup', 'a.coinop'], {}, 1, /passphrase-missing/],
    [['backup', 'a.coinop'], { COINOP_PASSPHRASE: 'short' }, 2, /at least 8/],
    [['restore', 'a.coinop'], { COINOP_PASSPHRASE: PASSPHRASE }, 1, /restore-target-exists/],
    [['restore', 'a.coinop', '--dir', 'new'], { COINOP_PASSPHRASE: PASSPHRASE }, 1, /no-such-backup/],
    [['withdraw', 'me@example.com'], {}, 1, /amount-missing/],
    [['withdraw', 'nonsense', '--amount', '5'], {}, 1, /malformed-pay-address/],
  ])('%j is refused in words', async (args, env, code, words) => {
    const ended = await coinop(args, { home, env });
    expect(ended).toMatchObject({ code, stdout: '' });
    expect(ended.stderr).toMatch(words);
  });

  test('a provider forwards by its rule while it serves, and tells when it cannot', async () => {
    const other = await mkdtemp(join(tmpdir(), 'coinop-cli-'));
    await writeFile(join(other, 'config.toml'), '[forward]\nto = "me@127.0.0.1:1"\nabove_sats = 0\n');
    const env = { NWC_URL: (await marketWalletUri(join(home, 'market'), 'provider')) ?? '' };
    const service = ['--kind', '5050', '--price', '5', '--exec', 'cat', '--relay', relayUrl];
    const serving = startCoinop(['serve', ...service], { home: other, env });
    await serving.says(/selling kind 5050/);
    await serving.says(/"code":"url-private"/);
    expect(await serving.interrupt()).toBe(0);
    await rm(other, { recursive: true, force: true });
  }, 60_000);

  test('a forwarding rule that contradicts itself is refused', async () => {
    const other = await mkdtemp(join(tmpdir(), 'coinop-cli-'));
    const rule = '[forward]\nto = "me@example.com"\nabove_sats = 10\nkeep_sats = 20\n';
    await writeFile(join(other, 'config.toml'), rule);
    const ended = await coinop(['wallet'], { home: other });
    expect(ended).toMatchObject({ code: 2, stderr: expect.stringMatching(/forward keep_sats must not be/) });
    await rm(other, { recursive: true, force: true });
  });
});
