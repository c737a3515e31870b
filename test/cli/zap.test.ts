import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { generateSecretKey, pubkeyOf, formatNpub } from '../../src/keys/index.ts';
import { coinop, startCoinop, type Running } from './coinop.ts';

describe('coinop zap, against a market on this machine', () => {
  let home: string;
  let market: Running;
  /** Of the market's provider. */
  let address: string;
  let npub: string;
  let pubkey: string;

  beforeAll(async () => {
    home = await mkdtemp(join(tmpdir(), 'coinop-zap-'));
    market = startCoinop(['up', '--no-demo', '--port', '0'], { home });
    const host = (await market.says(/ws:\/\/(127\.0\.0\.1:\d+)/))[1] ?? '';
    await market.says(/The market is open/);
    address = `services@${host}`;
    const names = await fetch(`http://${host}/.well-known/nostr.json?name=services`);
    pubkey = ((await names.json()) as { names: { services: string } }).names.services;
    npub = formatNpub(pubkey);
  }, 60_000);

  afterAll(async () => {
    expect(await market.interrupt()).toBe(0);
    await rm(home, { recursive: true, force: true });
  });

  const balance = async (): Promise<bigint> => {
    const told = await coinop(['--json', 'wallet'], { home });
    return BigInt((JSON.parse(told.stdout) as { spendableMsat: string }).spendableMsat);
  };

  test('pays a lightning address once, and waits for the receipt', async () => {
    const before = await balance();
    const zapped = await coinop(['--json', 'zap', address, '21', '--comment', 'thanks'], { home });
    expect(zapped).toMatchObject({ code: 0 });
    expect(zapped.stderr).toMatch(/paid 21 sat.*\n.*waiting for the receipt/);
    expect(JSON.parse(zapped.stdout)).toMatchObject({
      recipient: pubkey,
      payTo: address,
      amountMsat: '21000',
      playMoney: true,
      preimage: expect.stringMatching(/^[0-9a-f]{64}$/),
      receipt: expect.stringMatching(/^[0-9a-f]{64}$/),
    });
    expect(await balance()).toBe(before - 21_000n);
  }, 60_000);

  test.each(['npub', 'hex'])('finds the address of a person in its profile: %s', async (written) => {
    const zapped = await coinop(['--json', 'zap', written === 'npub' ? npub : pubkey, '2'], { home });
    expect(zapped).toMatchObject({ code: 0 });
    expect(JSON.parse(zapped.stdout)).toMatchObject({ recipient: pubkey, payTo: address });
  });

  test('is held to the caps of the configuration', async () => {
    const project = await mkdtemp(join(home, 'project-'));
    await writeFile(join(project, 'coinop.toml'), '[budget]\nper_job_sat = 10\n');
    const before = await balance();
    const refused = await coinop(['zap', address, '21'], { home, cwd: project });
    expect(refused).toMatchObject({ code: 4, stdout: '' });
    expect(refused.stderr).toMatch(/over-budget/);
    expect(await balance()).toBe(before);
  }, 60_000);

  test.each([
    [['zap', 'nobody', '1'], 2, /malformed-recipient/],
    [['zap', formatNpub(pubkeyOf(generateSecretKey())), '1'], 1, /address-missing/],
    [['zap', `note1${'q'.repeat(58)}`, '1'], 2, /malformed-recipient/],
    [['zap', 'x', '0'], 2, /whole number from 1/],
  ])('%j is refused', async (args, code, words) => {
    const refused = await coinop(args, { home });
    expect(refused).toMatchObject({ code, stdout: '' });
    expect(refused.stderr).toMatch(words);
  });

  test('a job of the market can be paid by a zap', async () => {
    const bought = await coinop(['--json', 'buy', '5001', '-', '--max', '20', '--exchange', 'zap'], {
      home,
      stdin: 'Vending machines sell without a clerk. They take coins. They give goods.',
    });
    expect(bought).toMatchObject({ code: 0 });
    expect(JSON.parse(bought.stdout)).toMatchObject({ jobs: [{ exchange: 'zap' }] });
  }, 60_000);
});
