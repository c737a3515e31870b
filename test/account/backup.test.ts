import { readdirSync, statSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { packFiles } from '../../src/account/backup/archive.ts';
import { readMark, reconcileRestored } from '../../src/account/backup/restored.ts';
import { seal } from '../../src/account/backup/sealed-stream.ts';
import { openAccount, restoreBackup, writeBackup, type RestoredReport } from '../../src/account/index.ts';
import { unixNow } from '../../src/clock/index.ts';
import { generateSecretKey, pubkeyOf, secretKeySigner } from '../../src/keys/index.ts';
import { loadOrCreateKeyFile } from '../../src/keys/node.ts';
import type { Ledger, PurchaseState } from '../../src/ledger/index.ts';
import { openSqlLedger } from '../../src/ledger/sql.ts';
import type { Wallet } from '../../src/money/index.ts';
import { openSqlNwcConnections } from '../../src/money/sql.ts';
import { failure, msat, orThrow } from '../../src/protocol/index.ts';
import { buy, openBuyingStage, untilState, type BuyingStage } from '../customer/stage.ts';
import { NOTHING_ELSE, someEvent } from './stage.ts';

const PASSPHRASE = 'correct horse battery staple';
let dir: string;
let home: string;
let path: string;
beforeEach(makePlace);
afterEach(() => rm(dir, { recursive: true, force: true }));

async function makePlace(): Promise<void> {
  dir = await mkdtemp(join(tmpdir(), 'coinop-backup-'));
  home = join(dir, 'home');
  path = join(dir, 'saved.coinop');
}

const back = (told: Partial<Parameters<typeof writeBackup>[0]> = {}) =>
  writeBackup({
    home,
    accounts: ['customer', 'provider'],
    path,
    passphrase: PASSPHRASE,
    now: unixNow,
    ...told,
  });
const restore = (told: Partial<Parameters<typeof restoreBackup>[0]> = {}) =>
  restoreBackup({ path, passphrase: PASSPHRASE, home: join(dir, 'elsewhere'), now: unixNow, ...told });

function openLedger(account: string, from = home): Ledger {
  return openSqlLedger({ path: join(from, account, 'ledger.sqlite'), now: unixNow });
}

/** A home with a key, a ledger that is in use, another database and a configuration. */
async function fillHome(): Promise<{ readonly ledger: Ledger; readonly key: string }> {
  orThrow(await loadOrCreateKeyFile(join(home, 'provider', 'key')));
  const ledger = openLedger('provider');
  const request = someEvent('cc'.repeat(32));
  await ledger.sales.open({ providerPubkey: 'aa'.repeat(32), serviceId: 'echo', request });
  const ecash = new DatabaseSync(join(home, 'provider', 'ecash.sqlite'));
  ecash.exec("CREATE TABLE proofs (secret TEXT) STRICT; INSERT INTO proofs VALUES ('a secret proof')");
  ecash.close();
  await writeFile(join(home, 'config.toml'), 'max_sats_per_day = 7\n');
  return { ledger, key: await readFile(join(home, 'provider', 'key'), 'utf8') };
}

describe('a backup', () => {
  /** Made once for those that read it: to derive its key takes a second. */
  let whole: Buffer;
  beforeAll(async () => {
    await makePlace();
    await (await fillHome()).ledger.close();
    orThrow(await back());
    whole = await readFile(path);
    await rm(dir, { recursive: true, force: true });
  });

  it('holds key, books, other databases and configuration, and only its passphrase opens it', async () => {
    const { ledger, key } = await fillHome();
    const names = [
      'backup.json',
      'provider/key',
      'provider/ledger.sqlite',
      'provider/ecash.sqlite',
      'config.toml',
    ];
    expect(orThrow(await back())).toEqual(names);
    await ledger.close();
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    const written = (await readFile(path)).toString('latin1');
    for (const secret of [key.trim(), 'SQLite format', 'a secret proof', 'max_sats'])
      expect(written).not.toContain(secret);

    expect(orThrow(await restore()).files).toEqual(names.slice(1));
    const elsewhere = join(dir, 'elsewhere');
    expect(await readFile(join(elsewhere, 'provider', 'key'), 'utf8')).toBe(key);
    expect((await stat(join(elsewhere, 'provider', 'key'))).mode & 0o777).toBe(0o600);
    expect(await readFile(join(elsewhere, 'config.toml'), 'utf8')).toBe('max_sats_per_day = 7\n');
    const restored = openLedger('provider', elsewhere);
    expect(await restored.sales.listRecent({ limit: 9 })).toHaveLength(1);
    await restored.close();
    expect((await readdir(dir)).toSorted()).toEqual(['elsewhere', 'home', 'saved.coinop']);
  });

  it('holds the wallet connection only when asked to', async () => {
    await (await fillHome()).ledger.close();
    const walletUri = 'nostr+walletconnect://x?secret=y';
    expect(orThrow(await back({ walletUri }))).toContain('wallet.nwc');
    orThrow(await restore());
    expect(await readFile(join(dir, 'elsewhere', 'wallet.nwc'), 'utf8')).toBe(`${walletUri}\n`);
  });

  it('leaves nothing beside its file that is not encrypted, and removes what a crash left', async () => {
    await (await fillHome()).ledger.close();
    const leftOver = join(home, '.backup-draft');
    await mkdir(leftOver);
    await writeFile(join(leftOver, 'wallet'), 'nostr+walletconnect://x?secret=y');
    const target = join(dir, 'target');
    await mkdir(target);
    await writeFile(join(target, '.saved.coinop.1.coinop-part'), 'half of one');
    const seen: string[][] = [];
    const backedUp = await writeBackup({
      home,
      accounts: ['provider'],
      path: join(target, 'saved.coinop'),
      walletUri: 'nostr+walletconnect://x?secret=y',
      now: unixNow,
      get passphrase() {
        seen.push(readdirSync(target));
        expect(readdirSync(leftOver)).not.toContain('wallet');
        expect(statSync(leftOver).mode & 0o777).toBe(0o700);
        return PASSPHRASE;
      },
    });
    expect(orThrow(backedUp)).toContain('wallet.nwc');
    expect(seen).not.toEqual([]);
    expect(seen.flat().filter((name) => !name.endsWith('.coinop-part'))).toEqual([]);
    expect(await readdir(target)).toEqual(['saved.coinop']);
    expect(await readdir(home)).not.toContain('.backup-draft');
  });

  it('is made by one process at a time', async () => {
    await (await fillHome()).ledger.close();
    const [one, other] = await Promise.all([back(), back({ path: join(dir, 'second.coinop') })]);
    expect([one, other].filter(({ ok }) => ok)).toHaveLength(1);
    expect([one, other]).toContainEqual(
      expect.objectContaining({ failure: expect.objectContaining({ code: 'backup-running' }) }),
    );
  });

  it('ends the wallet connections that were handed out when it is restored', async () => {
    await (await fillHome()).ledger.close();
    const connections = openSqlNwcConnections({ path: join(home, 'provider', 'connections.sqlite') });
    const clientPubkey = pubkeyOf(generateSecretKey());
    const budget = { amountMsat: msat(1000n), renewal: 'never' } as const;
    const grant = { clientPubkey, serviceSecretKey: generateSecretKey(), budget, createdAt: unixNow() };
    orThrow(await connections.add({ ...grant, name: 'agent', scope: 'own-payments' }));
    orThrow(await back());
    await connections.close();
    expect(orThrow(await restore())).toMatchObject({ endedConnections: 1 });
    const restored = openSqlNwcConnections({
      path: join(dir, 'elsewhere', 'provider', 'connections.sqlite'),
    });
    expect(await restored.get(clientPubkey)).toMatchObject({ revokedAt: expect.any(Number) });
    const payment = { clientPubkey, bolt11: 'lnbcrt1example', paymentHash: 'ab'.repeat(32) };
    const cost = { amountMsat: msat(1n), feeLimitMsat: msat(0n) };
    expect(await restored.payments.reserve({ ...payment, ...cost }, unixNow())).toMatchObject({
      failure: { code: 'wallet-unauthorized' },
    });
    await restored.close();
  });

  it('overwrites nothing, on either way', async () => {
    await (await fillHome()).ledger.close();
    await writeFile(path, 'something else');
    expect(await back()).toMatchObject({ failure: { code: 'backup-exists' } });
    expect(await readFile(path, 'utf8')).toBe('something else');
    await rm(path);
    orThrow(await back());
    expect(await restore({ home })).toMatchObject({ failure: { code: 'restore-target-exists' } });
    expect(await restore({ path: join(dir, 'nothing') })).toMatchObject({
      failure: { code: 'no-such-backup' },
    });
    expect((await readdir(dir)).toSorted()).toEqual(['home', 'saved.coinop']);
  });

  it('of a home without accounts is refused', async () => {
    await mkdir(home);
    expect(await back()).toMatchObject({ failure: { code: 'nothing-to-back-up' } });
    expect(await readdir(dir)).toEqual(['home']);
  });

  it.each<[string, (bytes: Buffer) => Buffer, string]>([
    ['is cut off', (bytes) => bytes.subarray(0, -1), 'wrong-passphrase'],
    ['lost its last chunk', (bytes) => bytes.subarray(0, headOf(bytes) + 65_552), 'wrong-passphrase'],
    ['has a flipped bit', (bytes) => flipped(bytes, -100), 'wrong-passphrase'],
    ['has something appended', (bytes) => Buffer.concat([bytes, Buffer.from('more')]), 'wrong-passphrase'],
    ['has its chunks swapped', swapped, 'wrong-passphrase'],
    ['has another header', (bytes) => replaced(bytes, '"p":1', '"p":2'), 'wrong-passphrase'],
    ['wants gigabytes', (bytes) => replaced(bytes, '"n":131072', '"n":9999999'), 'not-a-backup'],
    ['is something else', () => Buffer.from('SQLite format 3'), 'not-a-backup'],
    ['is empty', () => Buffer.alloc(0), 'not-a-backup'],
  ])('that %s restores nothing', async (_what, damage, code) => {
    await writeFile(path, damage(whole));
    expect(await restore()).toMatchObject({ failure: { code } });
    expect(await readdir(dir)).toEqual(['saved.coinop']);
  });

  it('does not open with another passphrase', async () => {
    await writeFile(path, whole);
    expect(await restore({ passphrase: 'another passphrase' })).toMatchObject({
      failure: { code: 'wrong-passphrase' },
    });
  });

  it.each(['../evil', '/etc/evil', 'a/b/c', 'provider/..', ''])('writes no file called %j', async (name) => {
    const file = join(dir, 'file');
    await writeFile(file, 'evil');
    const pieces: Uint8Array[] = [];
    for await (const piece of seal(packFiles([{ name, path: file }]), PASSPHRASE)) pieces.push(piece);
    await writeFile(path, Buffer.concat(pieces));
    expect(await restore()).toMatchObject({ failure: { code: 'not-a-backup' } });
    expect((await readdir(dir)).toSorted()).toEqual(['file', 'saved.coinop']);
  });
});

describe('a restored account', () => {
  let stage: BuyingStage;
  const walletNeeded = new AbortController();
  beforeAll(async () => {
    stage = await openBuyingStage();
  }, 60_000);
  afterEach(() => stage.sweep());
  afterAll(() => stage.close());

  const signer = secretKeySigner(generateSecretKey());
  const paidTimes = async () =>
    orThrow(await stage.wallet().list({ direction: 'outgoing', limit: 1000 })).filter(
      ({ state }) => state === 'settled',
    ).length;

  /** What an account does when it is opened: compares, repairs, removes its mark. */
  async function reconcileAt(elsewhere: string, ledger: Ledger, wallet: Wallet | null) {
    const mark = await readMark(join(elsewhere, 'customer'));
    if (mark === null) throw new Error('It is not marked.');
    const { signal } = walletNeeded;
    const parts = {
      ...NOTHING_ELSE,
      dir: join(elsewhere, 'customer'),
      mark,
      ledger,
      wallet,
      signal,
      now: unixNow,
    };
    return reconcileRestored({ ...parts, pubkey: signer.pubkey });
  }

  it.each<[string, PurchaseState]>([
    ['before the wallet was asked', 'paying'],
    ['while the money was locked', 'locked'],
  ])(
    'goes on with a purchase backed up %s, and pays it once',
    async (_when, state) => {
      const seller = await stage.openProvider('alice');
      const original = openLedger('customer');
      const customer = stage.openCustomer({ signer, ledger: original });
      const before = await paidTimes();
      await buy(customer);
      const request = await seller.nextRequest();
      if (state === 'paying') {
        const ready = Promise.withResolvers<void>();
        const reserving = original.purchases.reserve.bind(original.purchases);
        original.purchases.reserve = async (...call) => {
          const reserved = await reserving(...call);
          orThrow(await back({ accounts: ['customer'] }));
          ready.resolve();
          return reserved;
        };
        void seller.quote(request, 21).then((quote) => quotes.resolve(quote));
        await ready.promise;
      } else void seller.quote(request, 21).then((quote) => quotes.resolve(quote));
      const quote = await quotes.promise;
      await seller.untilHeld(quote);
      if (state === 'locked') {
        await untilState(customer, request.id, 'locked');
        orThrow(await back({ accounts: ['customer'] }));
      }
      await customer.close(); // the first machine is gone for good
      await original.close();

      const elsewhere = join(dir, 'elsewhere');
      orThrow(await restore());
      const ledger = openLedger('customer', elsewhere);
      expect(await ledger.purchases.get(request.id)).toMatchObject({ state });
      expect(await reconcileAt(elsewhere, ledger, stage.wallet())).toMatchObject({ ok: true });
      expect(await readMark(join(elsewhere, 'customer'))).toBeNull();
      const [purchase] = await stage.openCustomer({ signer, ledger }).resume();
      await seller.deliver(request, 'a fox');
      await seller.settle(quote);
      expect(await purchase?.result()).toMatchObject({
        ok: true,
        value: { content: 'a fox', settlement: 'settled' },
      });
      expect(await paidTimes()).toBe(before + 1);
      await stage.sweep();
      await ledger.close();
    },
    60_000,
  );
  let quotes: PromiseWithResolvers<
    Awaited<ReturnType<Awaited<ReturnType<typeof stage.openProvider>>['quote']>>
  >;
  beforeEach(() => {
    quotes = Promise.withResolvers();
  });

  it('ends purchases that were not paid yet, for the first machine may have paid them since', async () => {
    const ledger = openLedger('customer');
    const request = someEvent(signer.pubkey);
    const terms = {
      relays: ['wss://relay.example'],
      maxAmountMsat: msat(1000n),
      deadlineAt: unixNow() + 600,
    };
    await ledger.purchases.open({ request, ...terms, publish: [] });
    await ledger.close();
    orThrow(await back());
    orThrow(await restore());
    const elsewhere = join(dir, 'elsewhere');
    const restored = openLedger('customer', elsewhere);
    expect(await reconcileAt(elsewhere, restored, stage.wallet())).toMatchObject({
      value: { endedPurchases: 1 },
    });
    expect(await restored.purchases.get(request.id)).toMatchObject({ state: 'cancelled' });
    await restored.close();
  });

  it('is not opened while it cannot compare its books with its wallet', async () => {
    const key = generateSecretKey();
    const ledger = openLedger('customer');
    const limits = ledger.spending.limits(pubkeyOf(key), { perJobMsat: msat(10n ** 9n) });
    const wish = { amountMsat: msat(1000n), feeLimitMsat: msat(1n), counterparty: 'x', purpose: 'zap' };
    orThrow(await limits.reserve({ ...wish, paymentHash: 'ab'.repeat(32), bolt11: 'lnbcrt1example' }));
    await ledger.close();
    orThrow(await back());
    orThrow(await restore());
    const options = { dir: join(dir, 'elsewhere', 'customer'), relayUrls: [], secretKey: key };
    expect(await openAccount(options)).toMatchObject({ failure: { code: 'restored-unreconciled' } });
    expect(await openAccount(options)).toMatchObject({ failure: { code: 'restored-unreconciled' } });
    const restored = openLedger('customer', join(dir, 'elsewhere'));
    const silent = {
      ...stage.wallet(),
      lookup: async () => failure('wallet-timeout', 'No answer.'),
    } as Wallet;
    const mark = await readMark(options.dir);
    if (mark === null) throw new Error('The mark is gone.');
    const { signal } = walletNeeded;
    const parts = { ...NOTHING_ELSE, dir: options.dir, mark, ledger: restored, signal, now: unixNow };
    expect(await reconcileRestored({ ...parts, wallet: silent, pubkey: pubkeyOf(key) })).toMatchObject({
      failure: { code: 'restored-unreconciled' },
    });
    expect(await readMark(options.dir)).toEqual(mark);
    await restored.close();
  });

  it('that never had money opens without a wallet, and says that it was restored', async () => {
    await (await fillHome()).ledger.close();
    orThrow(await back());
    orThrow(await restore());
    const reports: RestoredReport[] = [];
    const options = { dir: join(dir, 'elsewhere', 'provider'), relayUrls: [] };
    const onRestored = (report: RestoredReport) => reports.push(report);
    await orThrow(await openAccount({ ...options, onRestored })).close();
    await orThrow(await openAccount({ ...options, onRestored })).close();
    expect(reports).toMatchObject([{ reconciliation: null, endedPurchases: 0 }]);
  });
});

const CHUNK = 65_552;

function headOf(bytes: Buffer): number {
  return bytes.indexOf('\n', bytes.indexOf('\n') + 1) + 1;
}

function flipped(bytes: Buffer, at: number): Buffer {
  const copy = Buffer.from(bytes);
  copy[copy.length + at] = (copy[copy.length + at] ?? 0) ^ 1;
  return copy;
}

function swapped(bytes: Buffer): Buffer {
  const head = headOf(bytes);
  const [first, second] = [
    bytes.subarray(head, head + CHUNK),
    bytes.subarray(head + CHUNK, head + 2 * CHUNK),
  ];
  return Buffer.concat([bytes.subarray(0, head), second, first, bytes.subarray(head + 2 * CHUNK)]);
}

function replaced(bytes: Buffer, from: string, to: string): Buffer {
  return Buffer.from(bytes.toString('latin1').replace(from, to), 'latin1');
}
