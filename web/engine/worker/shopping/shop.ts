import { createBlobClient, createMemoryFiles } from '../../../../src/blobs/index.ts';
import { unixNow } from '../../../../src/clock/index.ts';
import {
  createCustomer,
  type Customer,
  type CustomerOptions,
  type PurchaseHandle,
  type PurchaseUpdate,
} from '../../../../src/customer/index.ts';
import { createBrowserGuardedFetch } from '../../../../src/http/index.ts';
import { openBrowserLedger, type BrowserLedger } from '../../../../src/ledger/browser.ts';
import type { Purchase } from '../../../../src/ledger/index.ts';
import {
  failure,
  isPaidInEcash,
  parseJobRequest,
  success,
  type Outcome,
} from '../../../../src/protocol/index.ts';
import { ownPurchaseOf, type OwnPurchase } from '../../../../src/reputation/index.ts';
import type { EngineCalls, WalletChoice, WalletState } from '../../contract.ts';
import { isPaidInto } from '../../paid-into.ts';
import type { OwnersDesk } from '../desk.ts';
import { openShopEcash, type ShopEcash } from '../ecash/shop-ecash.ts';
import type { PageLine } from '../page-line.ts';
import type { Surroundings } from '../surroundings.ts';
import { withoutRepeating } from '../moving/paid-elsewhere.ts';
import { HAS_BOUGHT, keptWork, type Vault } from '../vault.ts';
import type { Working } from '../working/working.ts';
import { openCorrespondence, type Correspondence } from './correspondence.ts';
import { openCounter, type Counter } from './counter.ts';
import { hedgingPolicy } from './hedges.ts';
import { openPurse, type Purse } from './purse.ts';
import { keepAskedWords } from './asked-words.ts';
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
  /** Why nothing is bought here; `null` while it is. */
  readonly elsewhere: Counter['elsewhere'];
  /** Resolves when it is known who buys. Fails with `bought-elsewhere`. */
  here(): Promise<Outcome<void>>;
  /** Buys here again, and has the other browser stop. */
  takeOver(): Promise<Outcome<void>>;
  readonly ledger: BrowserLedger;
  ownHistory(): Promise<readonly OwnPurchase[]>;
  /** Everything of this identity as text, its worker key under the password. Fails as `packUp`. */
  exportBooks(password: string | null): Promise<Outcome<string>>;
  /** Fills the books while they are empty; the shop is to be opened anew then. Fails as `unpack`. */
  importBooks(json: string, password: string | null): Promise<Outcome<void>>;
  connectWallet(choice: WalletChoice): Promise<Outcome<WalletState>>;
  /** Who asks to be asked every time pays nothing unasked that was posted before that, either. */
  setBudget(budgetMsat: WalletState['budgetMsat']): Promise<WalletState>;
  disconnectWallet(): Promise<Outcome<void>>;
  post(job: EngineCalls['market.post']['input']): Promise<EngineCalls['market.post']['output']>;
  hedge(hedge: EngineCalls['market.hedge']['input']): Promise<EngineCalls['market.hedge']['output']>;
  /** Nobody pays the invoice that a run shows to a phone. Fails with `not-shown`. */
  notPaying(requestId: string): Promise<Outcome<void>>;
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
/** A purchase that nothing was paid for yet. */
const UNPAID: ReadonlySet<string> = new Set(['requested', 'offered', 'approved']);
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
    spending: ledger.spending,
    caps: purse.caps,
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
  const together = keepTogether(() => counter.customer);
  const asked = keepAskedWords({ signer: desk.signer, vault });
  const runs = createRuns({
    desk,
    customer: () => counter.customer,
    qr: () => purse.qr,
    together,
    asked,
    heard,
  });
  const policy = hedgingPolicy();
  const customerWith = (pays: Pick<CustomerOptions, 'wallet' | 'ecash'>): Customer =>
    createCustomer({
      ...pays,
      signer: desk.signer,
      ledger,
      relays: desk.relays,
      relayUrls: desk.relayUrls,
      caps: purse.caps,
      policy,
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
  const counter = await openCounter({
    desk,
    vault,
    ledger,
    hire: (paidElsewhere) =>
      customerWith({
        wallet: purse.wallet && withoutRepeating(purse.wallet, paidElsewhere),
        ecash: ecash.purse,
      }),
    rest: () => customerWith({ wallet: null }),
    async resume(customer) {
      for (const purchase of await ledger.purchases.listOpen(desk.pubkey)) policy.note(purchase);
      for (const handle of await customer.resume()) runs.follow(handle);
      for (const purchase of await ledger.purchases.listOpen(desk.pubkey)) together.look(purchase);
      runs.changed(); // some may have ended meanwhile
    },
  });
  await counter.begin();

  /** A payee that works for a shown invoice has been paid. */
  function heard(requestId: string, update: PurchaseUpdate): void {
    const { qr } = purse;
    if (qr === null || !['progress', 'partial', 'result'].includes(update.type)) return;
    void counter.customer.get(requestId).then((purchase) => {
      const { paymentHash, providerPubkey, exchange } = purchase?.offer ?? {};
      if (purchase?.state !== 'paying' || !paymentHash || !('providerPubkey' in update)) return;
      if (update.providerPubkey === providerPubkey)
        qr.payeeActs(paymentHash, exchange === 'hold' ? 'held' : 'spent');
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
  /** Makes a change while nobody buys, and buys and sells on after it. */
  const rehire = async <Value>(change: () => Promise<Value>): Promise<Value> => {
    const work = await working;
    try {
      return await counter.whileIdle(change);
    } finally {
      await work?.reopen();
    }
  };
  /** What was posted under a budget, to be paid without asking, is not paid without that budget. */
  const withdrawUnasked = async (): Promise<void> => {
    for (const purchase of await ledger.purchases.listOpen(desk.pubkey))
      if (paysUnasked(purchase)) await counter.customer.cancel(purchase.requestId);
  };
  const isSentByWallet = ({ state, offer }: Purchase): boolean =>
    PAYING.has(state) && !counter.paidElsewhere.has(offer?.paymentHash ?? '');
  /** Changes the wallet while nobody pays with it, and buys on with the new one. */
  const rewallet = async <Value>(
    next: WalletState['by'],
    change: () => Promise<Outcome<Value>>,
  ): Promise<Outcome<Value>> => {
    const open = await ledger.purchases.listOpen(desk.pubkey);
    const work = await working;
    const isPaying = purse.qr === null && open.some(isSentByWallet); // a phone is asked nothing
    if (isPaying || (await ecash.isBeingPaid())) return PAYMENT_OPEN;
    const owed = await work?.needsWallet(next);
    if (owed) return { ok: false, failure: owed };
    await withdrawUnasked();
    return rehire(async () => {
      await counter.walletLeaves();
      const changed = await change();
      await ecash.walletChanged();
      return changed;
    });
  };
  const buy = async (wish: Parameters<Customer['buy']>[0]) => {
    await vault.write(HAS_BOUGHT, true);
    return followed(await counter.customer.buy(wish));
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
        wallet: () => (isPaidInto(purse.state.value.by) ? purse.wallet : null),
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
      return counter.customer;
    },
    elsewhere: counter.elsewhere,
    here: () => counter.here(),
    async takeOver() {
      await counter.takeOver();
      return counter.here();
    },
    ledger,
    async ownHistory() {
      const purchases = await counter.customer.list({ limit: MAX_HISTORY });
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
      const packed = await (work === null ? pack() : work.whileClosed(pack));
      await counter.claim();
      return packed;
    },
    async importBooks(json, password) {
      const { unpack } = await import('../moving/move.ts');
      return unpack({ vault, ledger, ecash, ownerPubkey: desk.pubkey }, json, password);
    },
    connectWallet: (choice) => rewallet(choice.by, () => purse.connect(choice)),
    async setBudget(budgetMsat) {
      if (budgetMsat === null) await withdrawUnasked();
      return purse.setBudget(budgetMsat);
    },
    disconnectWallet: () =>
      rewallet(null, async () => {
        await purse.disconnect();
        return success(undefined);
      }),
    async post(job) {
      const known = await Promise.all(keysOf(job).map((key) => counter.customer.byIdempotencyKey(key)));
      const wishes = known.includes(null) ? await wishesOf(job, terms()) : success([]);
      if (!wishes.ok) return wishes;
      const requestIds = known.map((purchase) => purchase?.requestId ?? null);
      for (const [place, wish] of wishes.value.entries()) {
        if (requestIds[place] != null) continue;
        const bought = await buy(wish);
        if (!bought.ok) return bought; // the same job again posts what is missing
        requestIds[place] = bought.value.requestId;
        const words = job.inputs.find(({ type }) => type === 'text');
        if (job.encrypted && words !== undefined) await asked.keep(bought.value.requestId, words.data);
      }
      return success({ requestId: requestIds[0] ?? '' });
    },
    async hedge({ requestId, maxAmountMsat, idempotencyKey }) {
      const purchase = await counter.customer.get(requestId);
      if (purchase === null || purchase.customerPubkey !== desk.pubkey)
        return failure('not-found', 'This key has no such purchase.');
      const deadlineSeconds = Math.max(60, purchase.deadlineAt - purchase.openedAt);
      const wish = hedgeOf(purchase, { maxAmountMsat, idempotencyKey, deadlineSeconds }, terms());
      return wish.ok ? buy(wish.value) : wish;
    },
    async notPaying(requestId) {
      const purchase = await counter.customer.get(requestId);
      const hash = purchase?.customerPubkey === desk.pubkey ? purchase.offer?.paymentHash : null;
      if (hash == null || purse.qr?.refuse(hash) !== true)
        return failure('not-shown', 'No invoice of this run is shown to be paid.');
      return success(undefined);
    },
    async continueJob({ requestId, step, number, text }) {
      const words = text.trim() === '' ? {} : { text };
      return followed(await counter.customer.continueJob(requestId, { step, number, ...words }));
    },
    async close() {
      await (await working)?.close();
      await counter.close();
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

function paysUnasked({ approval, state, request }: Purchase): boolean {
  const read = parseJobRequest(request);
  const isFree = read.ok && read.value.exchanges.join() === 'free';
  return approval === 'automatic' && UNPAID.has(state) && !isFree;
}
