import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { NWCClient } from '@getalby/sdk/nwc';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { marketWalletUri } from '../../src/market/index.ts';
import { coinop, startCoinop, type Running } from './coinop.ts';

let home: string;
let otherHome: string;
let market: Running;
let relayUrl: string;
const clients: NWCClient[] = [];

beforeAll(async () => {
  vi.spyOn(console, 'error').mockImplementation(() => undefined); // the SDK prints each refusal
  home = await mkdtemp(join(tmpdir(), 'coinop-cli-'));
  otherHome = await mkdtemp(join(tmpdir(), 'coinop-cli-'));
  market = startCoinop(['up', '--no-demo', '--port', '0'], { home });
  relayUrl = (await market.says(/ws:\/\/127\.0\.0\.1:\d+/))[0];
  await market.says(/The market is open/);
}, 60_000);
afterAll(async () => {
  for (const client of clients) client.close();
  expect(await market.interrupt()).toBe(0);
  await rm(home, { recursive: true, force: true });
  await rm(otherHome, { recursive: true, force: true });
  vi.restoreAllMocks();
});

async function open(uri: string): Promise<NWCClient> {
  const client = new NWCClient({ nostrWalletConnectUrl: uri });
  clients.push(client);
  await expect
    .poll(() => client.getWalletServiceInfo().catch(() => null), { timeout: 20_000 })
    .not.toBeNull();
  return client;
}

async function connect(name: string, ...args: readonly string[]) {
  const ended = await coinop(['wallet', 'connect', '--name', name, ...args], { home });
  expect(ended).toMatchObject({ code: 0 });
  const { uri, ...facts } = JSON.parse(ended.stdout) as Record<string, unknown>;
  return { uri: String(uri), facts, said: ended.stderr };
}

test('a connection is handed out, spends within its limits, is listed and ended', async () => {
  const terms = ['--budget', '30', '--renew', 'day', '--expires', '30d'];
  const { uri, facts, said } = await connect('agent', ...terms, '--methods', 'pay_invoice,get_balance');
  expect(facts).toMatchObject({ name: 'agent', state: 'open', usedSats: 0, budgetSats: 30, renews: 'daily' });
  expect(said).toMatch(/Whoever has this URI can spend up to 30 sat daily, routing fees included/);
  expect(said).not.toContain(new URL(uri).searchParams.get('secret'));

  const agent = await open(uri);
  const payee = await open((await connect('payee', '--role', 'provider')).uri);
  const { invoice } = await payee.makeInvoice({ amount: 20_000 });
  expect(await agent.payInvoice({ invoice })).toMatchObject({ preimage: expect.any(String) });
  const { invoice: second } = await payee.makeInvoice({ amount: 20_000 });
  await expect(agent.payInvoice({ invoice: second })).rejects.toMatchObject({ code: 'QUOTA_EXCEEDED' });
  await expect(agent.makeInvoice({ amount: 1_000 })).rejects.toMatchObject({ code: 'RESTRICTED' });

  const listed = await coinop(['wallet', 'connections'], { home });
  expect(JSON.parse(listed.stdout)).toMatchObject({
    name: 'agent',
    usedSats: 20,
    methods: expect.any(String),
  });
  expect(listed.stdout).not.toMatch(/secret|nostr\+walletconnect/);
  expect(await coinop(['wallet', 'disconnect', 'agent'], { home })).toMatchObject({ code: 0, stdout: '' });
  await expect(agent.payInvoice({ invoice: second })).rejects.toMatchObject({ code: 'UNAUTHORIZED' });
  const again = await coinop(['wallet', 'disconnect', 'agent'], { home });
  expect(again).toMatchObject({ code: 1, stderr: expect.stringContaining('unknown-connection') });
}, 120_000);

test('connections in front of any NWC wallet are served by a command of their own, one at a time', async () => {
  const env = { NWC_URL: (await marketWalletUri(join(home, 'market'), 'customer')) ?? '' };
  const args = ['--relay', relayUrl];
  const handedOut = await coinop(['wallet', 'connect', '--name', 'teammate', '--budget', '9', ...args], {
    home: otherHome,
    env,
  });
  expect(handedOut).toMatchObject({ code: 0 });
  const serving = startCoinop(['wallet', 'serve', ...args], { home: otherHome, env });
  await serving.says(/serving the wallet's connections/);
  const second = await coinop(['wallet', 'serve', ...args], { home: otherHome, env });
  expect(second).toMatchObject({ code: 1, stderr: expect.stringContaining('connections-served') });
  const teammate = await open((JSON.parse(handedOut.stdout) as { uri: string }).uri);
  expect(await teammate.getBalance()).toEqual({ balance: 9_000 });
  expect(await serving.interrupt()).toBe(0);
}, 120_000);

test.each([
  [['connect', '--name', 'a', '--methods', 'fly'], 2, /fly is no method/],
  [['connect', '--name', 'a', '--expires', 'soon'], 2, /a number and a unit/],
  [['connect', '--name', 'a', '--renew', 'year'], 2, /Allowed choices/],
  [['connect'], 2, /--name/],
  [['disconnect', 'nobody'], 1, /unknown-connection/],
  [['serve'], 1, /connections-served/],
])('wallet %j is refused in words', async (args, code, words) => {
  const ended = await coinop(['wallet', ...args], { home });
  expect(ended).toMatchObject({ code, stdout: '' });
  expect(ended.stderr).toMatch(words);
});
