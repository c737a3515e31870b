import { createBlobClient, createMemoryFiles } from '../../../../src/blobs/index.ts';
import { unixNow } from '../../../../src/clock/index.ts';
import {
  createCustomer,
  type Customer,
  type PurchaseHandle,
  type PurchaseUpdate,
} from '../../../../src/customer/index.ts';
import { createBrowserGuardedFetch } from '../../../../src/http/index.ts';
import { openBrowserLedger, type BrowserLedger } from '../../../../src/ledger/browser.ts';
import { failure, isPaidInEcash, success, type Outcome } from '../../../../src/protocol/index.ts';
import { ownPurchaseOf, type OwnPurchase } from '../../../../src/reputation/index.ts';
import type { EngineCalls, WalletChoice, WalletState } from '../../contract.ts';
import type { OwnersDesk } from '../desk.ts';
import { openShopEcash, type ShopEcash } from '../ecash/shop-ecash.ts';
import type { PageLine } from '../page-line.ts';
import type { Surroundings } from '../surroundings.ts';
import { HAS_BOUGHT, keptWork, type Vault } from '../vault.ts';
import type { Working } from '../working/working.ts';
import { openCorrespondence, type Correspondence } from './correspondence.ts';
import { openPurse, type Purse } from './purse.ts';
import { createRuns, type Runs } from './runs.ts';
import { keepTogether, type Together } from './together.ts';
import { hedgeOf, keysOf, wishesOf, type WishTerms } from './wishes.ts';

/** Everything of one identity that takes books: its wallet and what it buys. */
export interface Shop {
  readonly purse: Purse;
  readonly ecash: ShopEcash;
  readonly runs: Runs;
  readonly correspondence: Correspondence;
  readonly together: Together;
  readonly customer: Customer;
  readonly ledger: BrowserLedger;
  ownHistory(): Promise<readonly OwnPurchase[]>;
  /** Everything of this identity as text, its worker key under the password. Fails as `packUp`. */
  exportBooks(password: string | null): Promise<Outcome<string>>;
  /** Fills the books while they are empty; the shop is to be opened anew then. Fails as `unpack`. */
  importBooks(json: string, password: string | null): Promise<Outcome<void>>;
  connectWallet(choice: WalletChoice): Promise<Outcome<WalletState>>;
  disconnectWallet(): Promise<Outcome<void>>;
  post(job: EngineCalls['market.post']['input']): Promise<EngineCalls['market.post']['output']>;
  hedge(hedge: EngineCalls['market.hedge']['input']): Promise<EngineCalls['market.hedge']['output']>;
  continueJob(
    step: EngineCalls['market.continue']['input'],
  ): Promise<EngineCalls['market.continue']['output']>;
  /** The workbench, which is loaded only now. */
  openWorking(): Promise<Working>;
  close(): Promise<void>;
}

/** The database of the books in this origin. */
export const BOOKS = 'coinop-books';

const KEPT_BYTES = 64 * 2 ** 20;
const MAX_HISTORY = 500;
/** Files may come from the machine itself where the page does. */
const LOOPBACK = /^(127\.0\.0\.1|localhost|\[::1\])$/;
/** A purchase whose money is on its way belongs to the wallet that sent it. */
const PAYING: ReadonlySet<string> = new Set(['paying', 'locked', 'unreconciled']);

/** Opens the books, the wallet and the customer, which goes on with what is open. Throws `StoreError`. */
export async function openShop(parts: {
  readonly desk: OwnersDesk;
  readonly vault: Vault;
  readonly line: PageLine;
  readonly surroundings: Surroundings;
  /** The address of the page's folder. */
  readonly base: string;
}): Promise<Shop> {
  const { desk, vault, line, surroundings, base } = parts;
  const { host, hostname } = new URL(base);
  const fetch = createBrowserGuardedFetch({ allowHosts: LOOPBACK.test(hostname) ? [host] : [] });
  const ledger = await openBrowserLedger({ name: BOOKS, now: unixNow });
  const purse = await openPurse({
    desk,
    ledger,
    vault,
    line,
    surroundings,
    base,
    onShow: () => runs.changed(),
  });
  const ecash = await openShopEcash({
    desk,
    vault,
    base,
    hostMint: surroundings.mintUrl,
    network: surroundings.playMoney ? 'regtest' : 'bitcoin',
    connected: () => (purse.qr === null ? purse.wallet : null), // a phone pays nothing by itself
    onMoved: () => void purse.refresh().catch(() => undefined), // told again at the next change
    whileIdle: (change) => rehire(change),
    async hasOpenJobs() {
      const bought = await ledger.purchases.listOpen(desk.pubkey);
      if (bought.some(({ offer }) => offer !== null && isPaidInEcash(offer.exchange))) return true;
      const providerPubkey = (await working)?.state.value.workerPubkey;
      if (providerPubkey == null) return false;
      const sold = await ledger.sales.listOpen({ providerPubkey, limit: MAX_HISTORY });
      return sold.some(({ exchange }) => isPaidInEcash(exchange));
    },
  });
  const files = {
    client: createBlobClient({ fetch }),
    kept: createMemoryFiles(KEPT_BYTES),
    keptUnpaid: createMemoryFiles(KEPT_BYTES),
  };
  const together = keepTogether(() => customer);
  const runs = createRuns({ desk, customer: () => customer, qr: () => purse.qr, together, heard });
  const hire = (): Customer =>
    createCustomer({
      signer: desk.signer,
      ledger,
      wallet: purse.wallet,
      relays: desk.relays,
      relayUrls: desk.relayUrls,
      ecash: ecash.purse,
      caps: purse.caps,
      files,
      now: unixNow,
      records: (pubkeys) => desk.directory.records(pubkeys),
      onChange: (purchase) => {
        const { state } = purchase;
        runs.changed();
        together.look(purchase);
        if (state === 'requested') return;
        void purse.refresh().catch(() => undefined); // told again at the next change
        void ecash.refresh().catch(() => undefined);
      },
    });
  const resume = async (): Promise<void> => {
    for (const handle of await customer.resume()) runs.follow(handle);
    for (const purchase of await ledger.purchases.listOpen(desk.pubkey)) together.look(purchase);
  };
  let customer = hire();
  /** Resolves when there is a customer at work. */
  let hiring: Promise<void> = Promise.resolve();
  await resume();

  /** A payee that works for a shown invoice has been paid. */
  function heard(requestId: string, update: PurchaseUpdate): void {
    const { qr } = purse;
    if (qr === null || !['progress', 'partial', 'result'].includes(update.type)) return;
    void customer.get(requestId).then((purchase) => {
      const { paymentHash, providerPubkey } = purchase?.offer ?? {};
      if (purchase?.state !== 'paying' || !paymentHash || !('providerPubkey' in update)) return;
      if (update.providerPubkey === providerPubkey) qr.payeeActs(paymentHash);
    });
  }
  const terms = (): WishTerms => ({
    signer: desk.signer,
    fetch,
    blobServers: surroundings.blobServers,
    paysBy: purse.wallet === null ? null : purse.qr === null ? 'wallet' : 'phone',
    paysInEcash: ecash.purse !== null,
    asksAlways: purse.asksAlways || (purse.wallet === null && ecash.purse !== null), // no budget bounds it
    signal: desk.signal,
  });
  /** Makes a change while nobody buys, and buys on after it. */
  const rehire = async <Value>(change: () => Promise<Value>): Promise<Value> => {
    const work = await working;
    const rehired = Promise.withResolvers<void>();
    hiring = rehired.promise;
    await customer.close();
    try {
      return await change();
    } finally {
      customer = hire();
      for (const handle of await customer.resume()) runs.follow(handle);
      await work?.reopen();
      rehired.resolve();
    }
  };
  /** Changes the wallet while nobody pays with it, and buys on with the new one. */
  const rewallet = async <Value>(change: () => Promise<Outcome<Value>>): Promise<Outcome<Value>> => {
    const open = await ledger.purchases.listOpen(desk.pubkey);
    const work = await working;
    const isPaying = purse.qr === null && open.some(({ state }) => PAYING.has(state)); // a phone is asked nothing
    if (isPaying || (await ecash.isBeingPaid())) return PAYMENT_OPEN;
    const owed = await work?.needsWallet();
    if (owed) return { ok: false, failure: owed };
    return rehire(async () => {
      const changed = await change();
      await ecash.walletChanged();
      return changed;
    });
  };
  const buy = async (wish: Parameters<Customer['buy']>[0]) => {
    await vault.write(HAS_BOUGHT, true);
    await hiring;
    return followed(await customer.buy(wish));
  };
  const followed = <Code extends string>(bought: Outcome<PurchaseHandle, Code>) => {
    if (!bought.ok) return bought;
    runs.follow(bought.value);
    runs.changed();
    return success({ requestId: bought.value.requestId });
  };

  let working: Promise<Working> | null = null;
  const openWorking = (): Promise<Working> =>
    (working ??= import('../working/working.ts').then(async ({ createWorking }) => {
      const opened = createWorking({
        desk,
        vault,
        ledger: () => Promise.resolve(ledger),
        ecash: (owner) => ecash.inNameOf(owner),
        wallet: () => (purse.qr === null ? purse.wallet : null), // nobody can be paid by a code that it shows itself
        fetch,
        files: () => ({ ...files, servers: surroundings.blobServers }),
        relayUrls: () => desk.relayUrls,
      });
      await opened.reopen();
      return opened;
    }));
  if ((await vault.read(keptWork(desk.pubkey).profile)) !== null) void openWorking();

  return {
    purse,
    ecash,
    runs,
    together,
    correspondence: openCorrespondence({ desk, ledger, vault }),
    openWorking,
    get customer() {
      return customer;
    },
    ledger,
    async ownHistory() {
      const purchases = await customer.list({ limit: MAX_HISTORY });
      const told = await Promise.all(
        purchases.map(async (purchase) =>
          ownPurchaseOf(purchase, await ledger.purchases.payments(purchase.requestId)),
        ),
      );
      return told.filter((purchase) => purchase !== null);
    },
    async exportBooks(password) {
      const { packUp } = await import('../moving/move.ts');
      const pack = () => packUp({ vault, ledger, ecash, ownerPubkey: desk.pubkey }, password);
      const work = await working;
      return work === null ? pack() : work.whileClosed(pack);
    },
    async importBooks(json, password) {
      const { unpack } = await import('../moving/move.ts');
      return unpack({ vault, ledger, ecash, ownerPubkey: desk.pubkey }, json, password);
    },
    connectWallet: (choice) => rewallet(() => purse.connect(choice)),
    disconnectWallet: () =>
      rewallet(async () => {
        await purse.disconnect();
        return success(undefined);
      }),
    async post(job) {
      const known = await Promise.all(keysOf(job).map((key) => customer.byIdempotencyKey(key)));
      const wishes = known.includes(null) ? await wishesOf(job, terms()) : success([]);
      if (!wishes.ok) return wishes;
      const requestIds = known.map((purchase) => purchase?.requestId ?? null);
      for (const [place, wish] of wishes.value.entries()) {
        if (requestIds[place] != null) continue;
        const bought = await buy(wish);
        if (!bought.ok) return bought; // the same job again posts what is missing
        requestIds[place] = bought.value.requestId;
      }
      return success({ requestId: requestIds[0] ?? '' });
    },
    async hedge({ requestId, maxAmountMsat, idempotencyKey }) {
      const purchase = await customer.get(requestId);
      if (purchase === null || purchase.customerPubkey !== desk.pubkey)
        return failure('not-found', 'This key has no such purchase.');
      const deadlineSeconds = Math.max(60, purchase.deadlineAt - purchase.openedAt);
      const wish = hedgeOf(purchase, { maxAmountMsat, idempotencyKey, deadlineSeconds }, terms());
      return wish.ok ? buy(wish.value) : wish;
    },
    async continueJob({ requestId, step, number, text }) {
      await hiring;
      const words = text.trim() === '' ? {} : { text };
      return followed(await customer.continueJob(requestId, { step, number, ...words }));
    },
    async close() {
      await (await working)?.close();
      await customer.close();
      await ecash.close();
      await purse.close();
      await ledger.close();
    },
  };
}

const PAYMENT_OPEN = failure(
  'payment-open',
  'A payment of yours is on its way, and only the wallet that sent it knows its end: wait until its run is settled, or cancel it there while nothing has been paid.',
);
