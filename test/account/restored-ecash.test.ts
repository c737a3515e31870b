import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import {
  openAccount,
  restoreBackup,
  totalBooks,
  writeBackup,
  type Account,
  type AccountEcash,
  type RestoredReport,
} from '../../src/account/index.ts';
import { unixNow } from '../../src/clock/index.ts';
import { connectWallets, type MarketWallets } from '../../src/market/connections.ts';
import { createCustomer } from '../../src/customer/index.ts';
import type { Sale } from '../../src/ledger/index.ts';
import { orThrow } from '../../src/protocol/index.ts';
import { service, startProvider, type Provider, type Service } from '../../src/provider/index.ts';
import { openBank, openMint, type Bank, type Mint } from '../../src/regtest/index.ts';
import { createInlineVerifier } from '../../src/relays/index.ts';
import { startLyingMint, type LyingMint } from '../ecash/lying-mint.ts';
import { balanceSat, openTestWallet, sats } from '../ecash/stage.ts';
import { openRelayStage, type RelayStage } from '../fixtures/relay-stage.ts';
import { untilState } from '../customer/stage.ts';

/** A backup is encrypted under a key that takes its time to derive. */
vi.setConfig({ testTimeout: 120_000 });

const PASSPHRASE = 'correct horse battery staple';
const ROLES = ['customer', 'provider'] as const;
let stageDir: string;
let relay: RelayStage;
let bank: Bank;
let mint: Mint;
let proxy: LyingMint;
let wallets: MarketWallets;
beforeAll(async () => {
  stageDir = await mkdtemp(join(tmpdir(), 'coinop-restored-'));
  relay = await openRelayStage();
  bank = await openBank({ dir: stageDir, roles: [...ROLES, 'mint'] });
  mint = await openMint({ dir: stageDir, wallet: bank.wallet('mint') });
  proxy = await startLyingMint(mint.url);
  const relayUrl = relay.relay.url;
  wallets = await connectWallets({ dir: stageDir, bank, relayUrl, verifier: createInlineVerifier() });
}, 60_000);
afterAll(async () => {
  await wallets.close();
  await proxy.close();
  await mint.close();
  await bank.close();
  await relay.close();
  await rm(stageDir, { recursive: true, force: true });
}, 60_000);

let dir: string;
let opened: Account[];
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'coinop-restored-'));
  opened = [];
});
afterEach(async () => {
  proxy.lie();
  for (const account of opened) await account.close();
  await rm(dir, { recursive: true, force: true });
});

type Role = (typeof ROLES)[number];

/** The account of a role in the first home, or in the one that was restored. */
async function open(
  role: Role,
  home: 'home' | 'elsewhere',
  reports: RestoredReport[] = [],
): Promise<Account> {
  const account = orThrow(
    await openAccount({
      dir: join(dir, home, role),
      relayUrls: [relay.relay.url],
      walletUri: wallets.uris[role],
      mints: { urls: [proxy.url], network: 'regtest' },
      allowHosts: [new URL(proxy.url).host],
      onRestored: (report) => reports.push(report),
    }),
  );
  opened.push(account);
  return account;
}

async function back(): Promise<void> {
  const path = join(dir, 'saved.coinop');
  const home = join(dir, 'home');
  orThrow(await writeBackup({ home, accounts: ROLES, path, passphrase: PASSPHRASE, now: unixNow }));
}

async function restore(): Promise<void> {
  const path = join(dir, 'saved.coinop');
  const home = join(dir, 'elsewhere');
  orThrow(await restoreBackup({ path, passphrase: PASSPHRASE, home, now: unixNow }));
}

/** What an account can be asked for its ecash. */
function ecashOf({ ecash }: Account) {
  if (ecash === null) throw new Error('It trusts no mint.');
  return ecash;
}

async function buyEcash(account: Account, amount: number, key: string): Promise<void> {
  const wish = { key, mintUrl: proxy.url, amountMsat: sats(amount), feeLimitMsat: sats(10) };
  orThrow(await ecashOf(account).mint(wish));
}

/** Another wallet takes it in. */
async function spend(account: Account, amount: number): Promise<void> {
  const wish = {
    key: `spend ${amount}`,
    mintUrl: proxy.url,
    amountMsat: sats(amount),
    lock: 'none',
  } as const;
  const { token } = orThrow(await ecashOf(account).send(wish));
  const other = openTestWallet({ mintUrls: [proxy.url] });
  const taken = { key: 'take', ecash: token, lock: { kind: 'none' }, minAmountMsat: sats(amount) } as const;
  orThrow(await other.redeem(taken));
}

/** A first machine that goes on after its backup: it buys more ecash, and spends some of what it had. */
async function backUpAndGoOn(): Promise<void> {
  const first = await open('customer', 'home');
  await buyEcash(first, 64, 'before');
  await back();
  await buyEcash(first, 32, 'after');
  await spend(first, 10);
  expect(await balanceSat(ecashOf(first))).toBe(86);
  await first.close();
}

describe('the ecash of a restored account', () => {
  test('is all there: what was made after the backup is found, what was spent is not counted', async () => {
    await backUpAndGoOn();
    await restore();
    const reports: RestoredReport[] = [];
    const account = await open('customer', 'elsewhere', reports);
    const ecash = ecashOf(account);
    expect(await balanceSat(ecash)).toBe(86);
    const inEcash = reports[0]?.findings.filter(({ subject }) => subject === 'ecash');
    expect(inEcash).toEqual([]);
    const books = { ledger: account.ledger, ecash, pubkey: account.signer.pubkey };
    expect((await totalBooks(books, () => undefined)).get('ecash')).toBe(86_000n);
    await spend(account, 80);
    expect(await balanceSat(ecash)).toBe(6);
  });

  test('waits for a mint that does not answer, and is found at the next start', async () => {
    await backUpAndGoOn();
    await restore();
    proxy.lie(async () => 'break');
    const early = await open('customer', 'elsewhere');
    expect(await balanceSat(ecashOf(early))).toBe(64);
    await early.close();
    proxy.lie();
    const account = await open('customer', 'elsewhere');
    await expect.poll(() => balanceSat(ecashOf(account)), { timeout: 20_000 }).toBe(86);
    await spend(account, 80);
  });
});

const TEXT = 'a red fox';
let kind = 5300;

/** Sells under a kind of its own; closed with its account. */
async function sell(account: Account, told: Partial<Service>): Promise<Provider> {
  kind += 1;
  const sold = service({ kind, priceSats: 21, handler: async ({ text }) => text.toUpperCase() });
  return orThrow(await startProvider({ ...account, services: [{ ...sold, ...told }] }));
}

const wishOf = (provider: Provider) => ({
  kind,
  inputs: [TEXT],
  maxAmountMsat: sats(21),
  deadlineSeconds: 60,
  targets: [provider.pubkey],
  policy: { offerWaitMs: 50 },
});

const CAPS = { caps: { perJobMsat: sats(100) } };

test('a payment in ecash that may have been made since is parked: these books do not make it', async () => {
  const provider = await sell(await open('provider', 'home'), { exchanges: ['ecash-htlc'] });
  const first = await open('customer', 'home');
  await buyEcash(first, 64, 'before');
  const never: AccountEcash['lock'] = (_wish, call) =>
    new Promise((_resolve, reject) =>
      call?.signal?.addEventListener('abort', () => reject(new Error('it ends'))),
    );
  const doomed = createCustomer({ ...first, ...CAPS, ecash: { ...ecashOf(first), lock: never } });
  const { requestId } = orThrow(await doomed.buy(wishOf(provider)));
  await untilState(doomed, requestId, 'paying');
  await back();
  await doomed.close();
  await first.close();

  await restore();
  const reports: RestoredReport[] = [];
  const account = await open('customer', 'elsewhere', reports);
  expect(reports[0]?.findings).toContainEqual(
    expect.objectContaining({ code: 'payment-parked', standing: 'serious', requestId, amountMsat: 21_000n }),
  );
  const troubles: string[] = [];
  const customer = createCustomer({ ...account, ...CAPS, onTrouble: ({ code }) => troubles.push(code) });
  await customer.resume();
  await expect.poll(() => troubles, { timeout: 20_000 }).toContain('unknown-send');
  expect(await customer.get(requestId)).toMatchObject({ state: 'unreconciled' });
  expect(await balanceSat(ecashOf(account))).toBe(64);
  await customer.close();
  await provider.close();
});

describe('a job that was open when the backup was made', () => {
  /** A paid job whose work is under way at the backup. */
  async function backUpAtWork(end: (work: PromiseWithResolvers<string>) => void, untilEnd: Sale['work']) {
    const seller = await open('provider', 'home');
    const buyer = await open('customer', 'home');
    const work = Promise.withResolvers<string>();
    const begun = Promise.withResolvers<void>();
    const handler = () => {
      begun.resolve();
      return work.promise;
    };
    const provider = await sell(seller, { exchanges: ['prepay'], handler });
    const customer = createCustomer({ ...buyer, ...CAPS });
    const { requestId } = orThrow(await customer.buy(wishOf(provider)));
    await begun.promise;
    await back();
    end(work);
    await vi.waitFor(
      async () =>
        expect(await seller.ledger.sales.get(provider.pubkey, requestId)).toMatchObject({ work: untilEnd }),
      { timeout: 20_000 },
    );
    await provider.close();
    await customer.close();
    for (const account of [seller, buyer]) await account.close();
    await restore();
    return { requestId, providerPubkey: provider.pubkey };
  }

  test.each<[string, (work: PromiseWithResolvers<string>) => void, Sale['work']]>([
    ['was delivered since', (work) => work.resolve('done'), 'closed'],
    ['failed since', (work) => work.reject(new Error('out of paper')), 'failed'],
  ])('and %s is not worked on again, and its money is left to a person', async (_what, end, untilEnd) => {
    const { requestId, providerPubkey } = await backUpAtWork(end, untilEnd);
    const reports: RestoredReport[] = [];
    const account = await open('provider', 'elsewhere', reports);
    const codes = reports[0]?.findings
      .filter((finding) => finding.requestId === requestId)
      .map(({ code }) => code);
    expect(codes).toEqual(['ended-elsewhere', 'refund-parked']);
    expect(await account.ledger.sales.get(providerPubkey, requestId)).toMatchObject({
      work: 'failed',
      money: 'unreconciled',
      failure: { code: 'ended-elsewhere' },
    });
  });

  test('and was not answered since goes on', async () => {
    const { requestId, providerPubkey } = await backUpAtWork(() => undefined, 'working');
    const account = await open('provider', 'elsewhere');
    expect(await account.ledger.sales.get(providerPubkey, requestId)).toMatchObject({
      work: 'working',
      money: 'settled',
    });
  });
});
