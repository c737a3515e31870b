import { pause } from '../clock/index.ts';
import {
  pumpOutbox,
  type Checkpoint,
  type Ledger,
  type Purchase,
  type SpendingCaps,
} from '../ledger/index.ts';
import type { Signer } from '../keys/index.ts';
import type { LightningNetwork, Wallet } from '../money/index.ts';
import { failure, normalizeRelayUrl, success, type Failure, type Outcome } from '../protocol/index.ts';
import type { RelayPool } from '../relays/index.ts';
import { ABSENT_WALLET } from './absent-wallet.ts';
import { approveChosen } from './approve.ts';
import { topUp } from './balance/top-up.ts';
import { withdraw } from './balance/withdraw.ts';
import { policyOfWish, type BuyingPolicy } from './buying-policy.ts';
import { cancelPurchase } from './cancel.ts';
import { compareOffers } from './compare.ts';
import type { Customer, PurchaseHandle } from './contract.ts';
import type { EcashPurse } from './ecash-purse.ts';
import type { WishFailureCode } from './errors.ts';
import { describeFault, followPurchases, handleOf } from './follow.ts';
import { hearWallet } from './follow-payment.ts';
import { hearLateProof } from './late-proof.ts';
import { listenOnce } from './listen.ts';
import { followOrders } from './orders/orders.ts';
import { DEFAULT_POLICY } from './policies/policies.ts';
import type { KnownSellers, ProviderRecords } from './provider-records.ts';
import { hearRefundPayment } from './refund.ts';
import { findPlannedJob } from './follow-up/bought-plan.ts';
import { wishForStep } from './follow-up/continue-job.ts';
import { readSteps } from './follow-up/job-steps.ts';
import { openRequest, type FollowUpWish } from './request.ts';
import { createAftercare } from './reviews/aftercare.ts';
import type { FileSource } from './received-file.ts';
import { tell, type CustomerContext, type Run } from './run.ts';
import { traceJob } from './trace.ts';
import type { LookupBlockHeader } from './verify-result/evidence.ts';
import type { ZapInvoices } from './zap-port.ts';
import type { Wish } from './wish.ts';

/** Purchases followed at once by one customer; beyond it wishes fail with `too-many-open`. */
const MAX_OPEN = 1000;
/** Events sent at once by this customer's outbox pump. */
const PUBLISH_CONCURRENCY = 16;
/** How long an approval waits for a wallet that has not told its network. */
const WALLET_PATIENCE_MS = 10_000;
const NETWORK_RETRY_MS = { first: 500, longest: 30_000 };

/** What a customer needs. Ledger, wallet and pool belong to the caller, who closes them after the customer. */
export interface CustomerOptions {
  readonly signer: Signer;
  readonly ledger: Ledger;
  /** `null`: only free things can be bought. */
  readonly wallet: Wallet | null;
  readonly relays: RelayPool;
  /** Relays that requests are sent to and answers are awaited on. */
  readonly relayUrls: readonly string[];
  /** The most that may be spent; enforced by the ledger in the transaction that reserves. */
  readonly caps: SpendingCaps;
  /** A lightning address (LUD-16) for refunds; without it they are claimed by invoices of the wallet. */
  readonly refundLud16?: string;
  /** Agrees on zaps with pay servers; without it nothing is paid by zaps. */
  readonly zapInvoices?: ZapInvoices;
  /** Pays in ecash, beside the wallet; without it nothing is. */
  readonly ecash?: EcashPurse | null;
  /** Fetches the files of results; without it they are handed over as URLs. */
  readonly files?: FileSource;
  /** Looks up Bitcoin blocks, to verify timestamps that were bought; without it they are at best plausible. */
  readonly lookupBlockHeader?: LookupBlockHeader;
  /** Unix seconds. */
  readonly now: () => number;
  /** How offers are compared where a wish does not say it. */
  readonly policy?: BuyingPolicy;
  /** What is known of providers, to weigh their offers by; nothing when left out. */
  readonly records?: ProviderRecords;
  /** Who is known to sell a kind: once all of them have answered, nobody is waited for any longer. */
  readonly knownSellers?: KnownSellers;
  /** See `CUSTOMER_CHECKPOINTS`. */
  readonly checkpoint?: Checkpoint;
  /** Told of every committed move of a purchase. */
  readonly onChange?: (purchase: Purchase) => void;
  /** Told of trouble that no provider caused: a silent wallet, a full disk. */
  readonly onTrouble?: (trouble: Failure, purchase: Purchase | null) => void;
}

/**
 * Starts a customer: it publishes what the ledger's outbox holds and hears the wallet. Open purchases of earlier
 * processes wait for `resume`.
 */
export function createCustomer(options: CustomerOptions): Customer {
  const closing = new AbortController();
  let network: LightningNetwork | null = null;
  const context: CustomerContext = {
    ...options,
    wallet: options.wallet ?? ABSENT_WALLET,
    refundLud16: options.refundLud16 ?? null,
    zapInvoices: options.zapInvoices ?? null,
    ecash: options.ecash ?? null,
    files: options.files ?? null,
    records: options.records ?? (() => new Map()),
    knownSellers: options.knownSellers ?? (() => null),
    lookupBlockHeader: options.lookupBlockHeader ?? null,
    canPay: options.wallet !== null,
    relayUrls: options.relayUrls.map((url) => normalizeRelayUrl(url) ?? url),
    checkpoint: options.checkpoint ?? (() => undefined),
    onChange: options.onChange ?? (() => undefined),
    onTrouble: options.onTrouble ?? (() => undefined),
    network: () => network,
    signal: closing.signal,
  };
  const defaultPolicy = options.policy ?? DEFAULT_POLICY;
  const following = followPurchases(context, defaultPolicy, ({ purchase: { orderId } }) => {
    if (orderId !== null) orders.look(orderId);
  });
  const orders = followOrders(context, following);
  const { runs, follow } = following;
  const { ledger } = context;
  const { pubkey } = context.signer;

  const learnNetwork = askNetwork(context, (learnt) => {
    network = learnt;
    for (const run of runs.values()) run.stepper.poke();
  });
  context.wallet.subscribe((notice) => {
    for (const run of runs.values()) {
      hearWallet(context, run, notice);
      hearRefundPayment(run, notice);
    }
    hearLateProof(context, notice).catch((fault: unknown) => context.onTrouble(describeFault(fault), null));
  }, closing.signal);
  const pump = pumpOutbox({
    outbox: ledger.outbox,
    publish: (event, relays, signal) => context.relays.publish(event, relays, { signal }),
    onPublished: ({ event, acceptedBy }) => {
      const run = runs.get(event.id);
      if (run) tell(context, run, { type: 'sent', relays: acceptedBy });
    },
    onTrouble: (error) => context.onTrouble(describeFault(error), null),
    now: context.now,
    signal: closing.signal,
    concurrency: PUBLISH_CONCURRENCY,
    checkpoint: context.checkpoint,
  });

  let opening: Promise<unknown> = Promise.resolve();

  /** Resolves when invoices can be checked, or the wallet has had its time to say on which network it is. */
  const walletKnown = async (): Promise<void> => {
    if (!context.canPay) return;
    const over = new AbortController();
    const timeout = pause(WALLET_PATIENCE_MS, AbortSignal.any([closing.signal, over.signal]));
    await Promise.race([learnNetwork, timeout]);
    over.abort();
  };
  const own = async (requestId: string): Promise<Purchase | null> => {
    const purchase = await ledger.purchases.get(requestId);
    return purchase?.customerPubkey === pubkey ? purchase : null;
  };
  const followOwn = async (requestId: string): Promise<Run | null> => {
    const purchase = await own(requestId);
    return purchase === null ? null : follow(purchase, defaultPolicy);
  };

  const buy = async (wish: Wish | FollowUpWish): Promise<Outcome<PurchaseHandle, WishFailureCode>> => {
    if (closing.signal.aborted) return failure('closed', 'This customer was closed.');
    if (runs.size >= MAX_OPEN) return TOO_MANY_OPEN;
    const booking = openRequest(context, wish);
    opening = Promise.allSettled([opening, booking]);
    const opened = await booking;
    if (!opened.ok) return opened;
    if (closing.signal.aborted) return failure('closed', 'This customer was closed; resume buys it.');
    const policy = policyOfWish(defaultPolicy, wish.policy);
    const run = follow(opened.value, policy);
    run.policy = policy; // `resume` may have begun with another
    run.stepper.poke();
    cancelWith(wish, customer, run);
    return success(handleOf(context, run));
  };

  const customer: Customer = {
    pubkey,
    buy,
    async steps(requestId) {
      const job = await findPlannedJob(context, requestId);
      return job === null ? null : readSteps(context, job);
    },
    async continueJob(requestId, step) {
      const wish = await wishForStep(context, requestId, step);
      return wish.ok ? buy(wish.value) : wish;
    },
    async resume() {
      const open = await ledger.purchases.listOpen(pubkey);
      await orders.resume(defaultPolicy);
      return open.map((purchase) => handleOf(context, follow(purchase, defaultPolicy)));
    },
    async follow(requestId) {
      const open = await ledger.purchases.listOpen(pubkey);
      const purchase = open.find((each) => each.requestId === requestId);
      return purchase === undefined ? null : handleOf(context, follow(purchase, defaultPolicy));
    },
    get: (requestId) => ledger.purchases.get(requestId),
    async list(page) {
      const recent = await ledger.purchases.listRecent(page);
      return recent.filter(({ customerPubkey }) => customerPubkey === pubkey);
    },
    async cancel(requestId, reason = '') {
      const run = await followOwn(requestId);
      if (run === null) return NOT_FOUND;
      const cancelled = await run.stepper.exclusive(() => cancelPurchase(context, run, reason));
      run.stepper.poke();
      return cancelled;
    },
    byIdempotencyKey: (key) => ledger.purchases.byKey(pubkey, key),
    async comparison(requestId) {
      const purchase = await own(requestId);
      if (purchase === null) return null;
      const run = following.reader(purchase);
      await (runs.get(requestId) === run ? run.caughtUp : listenOnce(context, run));
      return compareOffers(context, run);
    },
    async approve(requestId, approval) {
      const run = await followOwn(requestId);
      if (run === null) return NOT_FOUND;
      await Promise.all([run.caughtUp, walletKnown()]);
      const approved = await run.stepper.exclusive(() => approveChosen(context, run, approval));
      run.stepper.poke();
      return approved;
    },
    async order(order) {
      if (closing.signal.aborted) return failure('closed', 'This customer was closed.');
      if (runs.size >= MAX_OPEN) return TOO_MANY_OPEN;
      const placing = orders.place(order, policyOfWish(defaultPolicy, order.wish.policy));
      opening = Promise.allSettled([opening, placing]);
      return placing;
    },
    resumeOrders: () => orders.resume(defaultPolicy),
    balances: {
      list: () => ledger.prepaid.holdings(pubkey),
      topUp: (wanted) => topUp(context, wanted),
      withdraw: (wanted) => withdraw(context, wanted),
    },
    ...createAftercare(context, followOwn),
    trace: (requestId) => traceJob({ ...context, requestId }),
    async close() {
      closing.abort();
      await opening;
      await orders.close();
      await following.close();
      await Promise.all([pump, learnNetwork]);
    },
  };
  return customer;
}

function cancelWith(wish: Wish, customer: Customer, run: Run): void {
  const cancel = () =>
    void customer.cancel(run.purchase.requestId).catch((fault) => run.stepper.fault(fault));
  wish.signal?.addEventListener('abort', cancel, { once: true, signal: run.ended.signal });
  if (wish.signal?.aborted) cancel();
}

/** Asks until the wallet says which network it is on: without that no invoice can be checked. */
async function askNetwork(
  context: CustomerContext,
  onAnswer: (network: LightningNetwork) => void,
): Promise<void> {
  for (let pauseMs = NETWORK_RETRY_MS.first; !context.signal.aborted;) {
    const answer = await context.wallet.capabilities({ signal: context.signal });
    if (context.signal.aborted) return;
    if (answer.ok) return onAnswer(answer.value.network);
    context.onTrouble(answer.failure, null);
    await pause(pauseMs, context.signal);
    pauseMs = Math.min(pauseMs * 2, NETWORK_RETRY_MS.longest);
  }
}

const TOO_MANY_OPEN = failure('too-many-open', `At most ${MAX_OPEN} purchases are followed at once.`);
const NOT_FOUND = failure('not-found', 'This key has no purchase of that request.');
