import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, vi } from 'vitest';
import { reconcile, type Finding, type ReconcileOptions } from '../../src/account/index.ts';
import { createGuardedFetch } from '../../src/http/node.ts';
import type { ChosenOffer, Ledger, Purchase, Sale, SaleChange } from '../../src/ledger/index.ts';
import { openSqlLedger } from '../../src/ledger/sql.ts';
import type { Wallet } from '../../src/money/index.ts';
import {
  msat,
  orThrow,
  success,
  type ExchangeMode,
  type Msat,
  type NostrEvent,
} from '../../src/protocol/index.ts';
import { openBankStage } from '../fixtures/bank-stage.ts';

export const PRICE_MSAT = msat(21_000n);
export const OTHER = 'ee'.repeat(32);
/** The key whose books are looked at. */
export const OURS = 'aa'.repeat(32);

/** Real wallets on both sides and, for each test, a ledger in a file. */
export interface AccountStage {
  /** The wallet of the account, and that of somebody else. */
  readonly wallet: Wallet;
  readonly otherWallet: Wallet;
  /** Seconds by which the account's clock is ahead of the machine's. */
  readonly clock: { aheadSeconds: number };
  readonly now: () => number;
  /** A new directory with an empty ledger; both go with the stage. */
  openBooks(): Promise<{ readonly dir: string; readonly ledger: Ledger }>;
  sweep(): Promise<void>;
  close(): Promise<void>;
}

export async function openAccountStage(): Promise<AccountStage> {
  const { bank, close } = await openBankStage();
  const clock = { aheadSeconds: 0 };
  const now = () => Math.floor(Date.now() / 1000) + clock.aheadSeconds;
  const opened: { readonly dir: string; readonly ledger: Ledger }[] = [];
  const sweep = async () => {
    clock.aheadSeconds = 0;
    for (const { dir, ledger } of opened.splice(0)) {
      await ledger.close();
      await rm(dir, { recursive: true, force: true });
    }
  };
  return {
    wallet: bank.wallet('provider'),
    otherWallet: bank.wallet('customer'),
    clock,
    now,
    async openBooks() {
      const dir = await mkdtemp(join(tmpdir(), 'coinop-account-'));
      const books = { dir, ledger: openSqlLedger({ path: join(dir, 'ledger.sqlite'), now }) };
      opened.push(books);
      return books;
    },
    sweep,
    async close() {
      await sweep();
      await close();
    },
  };
}

/** Compares and repairs, unless told otherwise; resolves to the findings about what the ledger knows. */
export async function findings(
  stage: AccountStage,
  ledger: Ledger,
  told: Partial<ReconcileOptions> = {},
): Promise<Finding[]> {
  const found: Finding[] = [];
  orThrow(
    await reconcile({
      ledger,
      wallet: stage.wallet,
      ecash: null,
      pubkey: OURS,
      dryRun: false,
      since: 0,
      onFinding: (finding) => found.push(finding),
      now: stage.now,
      signal: new AbortController().signal,
      ...told,
    }),
  );
  return found.filter(({ subject }) => subject !== 'wallet');
}

/** A wallet that never heard of anything: another one than the books were written with. */
export function anotherWallet(wallet: Wallet): Wallet {
  return { ...wallet, lookup: async () => success(null), list: async () => success([]) };
}

/** A wallet that holds both sides of its payments: of each hash it shows the other side, unless it lists them. */
export function bothSidesWallet(ours: Wallet, theirs: Wallet): Wallet {
  return { ...ours, lookup: (payment, call) => theirs.lookup(payment, call) };
}

/** A wallet that was asked to pay an invoice and could not. */
export function failedToPay(wallet: Wallet, hash: string): Wallet {
  return {
    ...wallet,
    lookup: async ({ paymentHash }, call) =>
      paymentHash === hash
        ? success({
            direction: 'outgoing',
            state: 'failed',
            paymentHash,
            bolt11: null,
            amountMsat: PRICE_MSAT,
            feePaidMsat: msat(0n),
            preimage: null,
            createdAt: 1,
            settledAt: null,
            settleDeadlineHeight: null,
          })
        : wallet.lookup({ paymentHash }, call),
  };
}

/** A hold invoice of ours that the other wallet pays; resolves when the money is held. */
export async function heldInvoice({ wallet, otherWallet }: AccountStage) {
  const preimage = randomBytes(32);
  const paymentHash = createHash('sha256').update(preimage).digest('hex');
  const made = orThrow(
    await wallet.makeHoldInvoice({
      amountMsat: PRICE_MSAT,
      paymentHash,
      description: 'a test',
      expirySeconds: 600,
    }),
  );
  const invoice = { bolt11: made.bolt11 ?? '', paymentHash, preimage: preimage.toString('hex') };
  const paying = otherWallet.pay({ bolt11: invoice.bolt11, feeLimitMsat: msat(5_000n) });
  await vi.waitFor(
    async () => expect(orThrow(await wallet.lookup({ paymentHash }))?.state).toBe('accepted'),
    { timeout: 20_000 },
  );
  return { invoice, paying };
}

/** What a restored account has besides: no ecash, and relays on which nothing was said. */
export const NOTHING_ELSE = {
  ecash: null,
  relays: { query: async (): Promise<NostrEvent[]> => [] },
  relayUrls: [],
} as const;

/** An event of the right shape; ledgers do not verify. */
export function someEvent(pubkey: string, kind = 5050): NostrEvent {
  const id = randomBytes(32).toString('hex');
  return { id, pubkey, created_at: 1, kind, tags: [], content: '', sig: 'ff'.repeat(64) };
}

export async function invoiceOf(wallet: Wallet, amountMsat: Msat = PRICE_MSAT, expirySeconds = 600) {
  const made = orThrow(await wallet.makeInvoice({ amountMsat, description: 'a test', expirySeconds }));
  if (made.bolt11 === null) throw new Error('The wallet did not show its invoice.');
  return { bolt11: made.bolt11, paymentHash: made.paymentHash, preimage: null };
}

/** A sale that went through these changes, the quote in the first. */
export async function bookSale(
  ledger: Ledger,
  exchange: ExchangeMode,
  invoice: { readonly bolt11: string; readonly paymentHash: string; readonly preimage: string | null },
  ...changes: readonly SaleChange[]
): Promise<Sale> {
  const { sale } = await ledger.sales.open({
    providerPubkey: OURS,
    serviceId: 'echo',
    request: someEvent(OTHER),
  });
  const terms = { amountMsat: PRICE_MSAT, validUntil: 1, usualSeconds: 1, worstSeconds: 10 };
  let current = orThrow(
    await ledger.sales.change(sale, { work: 'accepted', exchange, quote: { ...terms, ...invoice } }),
  );
  for (const change of changes) current = orThrow(await ledger.sales.change(current, change));
  return current;
}

/** Lets a worker take an accepted sale and finish it. */
export async function workOn(ledger: Ledger, change: SaleChange = {}): Promise<Sale> {
  const [claimed] = await ledger.sales.claimWork({
    providerPubkey: OURS,
    serviceIds: ['echo'],
    owner: 'test',
    leaseSeconds: 60,
    limit: 1,
  });
  if (claimed === undefined) throw new Error('There is no work.');
  return orThrow(
    await ledger.sales.change(claimed, { ...change, work: 'ready', result: someEvent(OURS, 6050) }),
  );
}

/** A purchase whose payment is reserved. */
export async function bookPurchase(
  ledger: Ledger,
  invoice: { readonly bolt11: string; readonly paymentHash: string },
  deadlineAt: number,
): Promise<Purchase> {
  const { purchase } = await ledger.purchases.open({
    request: someEvent(OURS),
    relays: ['wss://relay.example'],
    maxAmountMsat: PRICE_MSAT,
    deadlineAt,
    publish: [],
  });
  const offer: ChosenOffer = {
    event: someEvent(OTHER, 7000),
    providerPubkey: OTHER,
    exchange: 'prepay',
    amountMsat: PRICE_MSAT,
    feeLimitMsat: msat(5_000n),
    bolt11: invoice.bolt11,
    paymentHash: invoice.paymentHash,
  };
  const offered = orThrow(await ledger.purchases.change(purchase, { state: 'offered', offer }));
  const approved = orThrow(await ledger.purchases.change(offered, { state: 'approved' }));
  return orThrow(await ledger.purchases.reserve(approved, { perJobMsat: msat(100_000n) }));
}

/** Fetches from that server although it is private. */
export function fetchFrom(host: string) {
  return createGuardedFetch({ allowHosts: [host] });
}
