import { createBlobClient, createMemoryFiles } from '../../../../src/blobs/index.ts';
import { unixNow } from '../../../../src/clock/index.ts';
import { createCustomer, type Customer, type PurchaseUpdate } from '../../../../src/customer/index.ts';
import { createBrowserGuardedFetch } from '../../../../src/http/index.ts';
import { openBrowserLedger, type BrowserLedger } from '../../../../src/ledger/browser.ts';
import { failure, success, type Outcome } from '../../../../src/protocol/index.ts';
import { ownPurchaseOf, type OwnPurchase } from '../../../../src/reputation/index.ts';
import type { EngineCalls, WalletChoice, WalletState } from '../../contract.ts';
import type { OwnersDesk } from '../desk.ts';
import type { PageLine } from '../page-line.ts';
import type { Surroundings } from '../surroundings.ts';
import { HAS_BOUGHT, keptWork, type Vault } from '../vault.ts';
import type { Working } from '../working/working.ts';
import { openCorrespondence, type Correspondence } from './correspondence.ts';
import { openPurse, type Purse } from './purse.ts';
import { createRuns, type Runs } from './runs.ts';
import { hedgeOf, wishOf, type WishTerms } from './wishes.ts';

/** Everything of one identity that takes books: its wallet and what it buys. */
export interface Shop {
  readonly purse: Purse;
  readonly runs: Runs;
  readonly correspondence: Correspondence;
  readonly customer: Customer;
  readonly ledger: BrowserLedger;
  ownHistory(): Promise<readonly OwnPurchase[]>;
  /** Fills the books while they are empty; the shop is to be opened anew then. Fails as `BrowserLedger.importText`. */
  importBooks(json: string): Promise<Outcome<void>>;
  connectWallet(choice: WalletChoice): Promise<Outcome<WalletState>>;
  disconnectWallet(): Promise<Outcome<void>>;
  post(job: EngineCalls['market.post']['input']): Promise<EngineCalls['market.post']['output']>;
  hedge(hedge: EngineCalls['market.hedge']['input']): Promise<EngineCalls['market.hedge']['output']>;
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
  const files = {
    client: createBlobClient({ fetch }),
    kept: createMemoryFiles(KEPT_BYTES),
    keptUnpaid: createMemoryFiles(KEPT_BYTES),
  };
  const runs = createRuns({ desk, customer: () => customer, qr: () => purse.qr, heard });
  const hire = (): Customer =>
    createCustomer({
      signer: desk.signer,
      ledger,
      wallet: purse.wallet,
      relays: desk.relays,
      relayUrls: desk.relayUrls,
      caps: purse.caps,
      files,
      now: unixNow,
      records: (pubkeys) => desk.directory.records(pubkeys),
      onChange: ({ state }) => {
        runs.changed();
        if (state !== 'requested') void purse.refresh().catch(() => undefined); // told again at the next change
      },
    });
  let customer = hire();
  /** Resolves when there is a customer at work. */
  let hiring: Promise<void> = Promise.resolve();
  for (const handle of await customer.resume()) runs.follow(handle);

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
    asksAlways: purse.asksAlways,
    signal: desk.signal,
  });
  /** Changes the wallet while nobody pays with it, and buys on with the new one. */
  const rewallet = async <Value>(change: () => Promise<Outcome<Value>>): Promise<Outcome<Value>> => {
    const open = await ledger.purchases.listOpen(desk.pubkey);
    const work = await working;
    const isPaying = purse.qr === null && open.some(({ state }) => PAYING.has(state)); // a phone is asked nothing
    if (isPaying || (await work?.hasOpenMoney()) === true)
      return failure(
        'payment-open',
        'A payment by or to the connected wallet is on its way: wait until it is settled.',
      );
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
  const buy = async (wish: Parameters<Customer['buy']>[0]) => {
    await vault.write(HAS_BOUGHT, true);
    await hiring;
    const bought = await customer.buy(wish);
    if (!bought.ok) return bought;
    runs.follow(bought.value);
    runs.changed();
    return success({ requestId: bought.value.requestId });
  };

  let working: Promise<Working> | null = null;
  const openWorking = (): Promise<Working> =>
    (working ??= import('../working/working.ts').then(async ({ createWorking }) => {
      const opened = createWorking({
        ownerPubkey: desk.pubkey,
        vault,
        ledger: () => Promise.resolve(ledger),
        wallet: () => (purse.qr === null ? purse.wallet : null), // nobody can be paid by a code that it shows itself
        files: () => ({ ...files, servers: surroundings.blobServers }),
        relayUrls: () => desk.relayUrls,
      });
      await opened.reopen();
      return opened;
    }));
  if ((await vault.read(keptWork(desk.pubkey).profile)) !== null) void openWorking();

  return {
    purse,
    runs,
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
    async importBooks(json) {
      const imported = await ledger.importText(json);
      if (imported.ok) await vault.write(HAS_BOUGHT, true);
      return imported;
    },
    connectWallet: (choice) => rewallet(() => purse.connect(choice)),
    disconnectWallet: () =>
      rewallet(async () => {
        await purse.disconnect();
        return success(undefined);
      }),
    async post(job) {
      const known = await customer.byIdempotencyKey(job.idempotencyKey);
      if (known !== null) return success({ requestId: known.requestId });
      const wish = await wishOf(job, terms());
      return wish.ok ? buy(wish.value) : wish;
    },
    async hedge({ requestId, maxAmountMsat, idempotencyKey }) {
      const purchase = await customer.get(requestId);
      if (purchase === null || purchase.customerPubkey !== desk.pubkey)
        return failure('not-found', 'This key has no such purchase.');
      const deadlineSeconds = Math.max(60, purchase.deadlineAt - purchase.openedAt);
      const wish = hedgeOf(purchase, { maxAmountMsat, idempotencyKey, deadlineSeconds }, terms());
      return wish.ok ? buy(wish.value) : wish;
    },
    async close() {
      await (await working)?.close();
      await customer.close();
      await purse.close();
      await ledger.close();
    },
  };
}
