import { pause } from '../clock/index.ts';
import {
  pumpOutbox,
  type Checkpoint,
  type Ledger,
  type Purchase,
  type PurchaseState,
  type SpendingCaps,
} from '../ledger/index.ts';
import type { Signer } from '../keys/index.ts';
import type { LightningNetwork, Wallet } from '../money/index.ts';
import { failure, normalizeRelayUrl, parseJobRequest, success, type Failure } from '../protocol/index.ts';
import type { RelayPool } from '../relays/index.ts';
import { ABSENT_WALLET } from './absent-wallet.ts';
import { cancelPurchase } from './cancel.ts';
import { DEFAULT_POLICY, type BuyingPolicy } from './choose.ts';
import { collectOffers } from './collect.ts';
import type { Customer, PurchaseHandle, Wish } from './contract.ts';
import type { EcashPurse } from './ecash-purse.ts';
import { awaitSettlement, closeBooks, hearWallet, payInvoice, reconcile } from './follow-payment.ts';
import { listen } from './listen.ts';
import { OfferBook } from './offer-book.ts';
import { approveOffer, reserveBudget } from './pay.ts';
import { byRail, followEcash } from './pay-ecash.ts';
import { awaitLateResult, awaitResult, outcomeNow, takeResult } from './receive.ts';
import { besideRefund, hearRefundPayment } from './refund.ts';
import { openRequest } from './request.ts';
import { tell, type CustomerContext, type Run } from './run.ts';
import { Stepper, type Next } from './stepper.ts';
import { traceJob } from './trace.ts';
import { UpdateFeed } from './updates.ts';
import type { ZapInvoices } from './zap-port.ts';

/** Purchases followed at once by one customer; beyond it wishes fail with `too-many-open`. */
const MAX_OPEN = 1000;
/** Events sent at once by this customer's outbox pump. */
const PUBLISH_CONCURRENCY = 16;
const NETWORK_RETRY_MS = { first: 500, longest: 30_000 };

/**
 * The life of a purchase: what to do in each state. Every trigger (an event, the wallet, a timer, a restart)
 * runs the stage of the state that the ledger has; a stage commits before it acts.
 */
const STAGES: Readonly<Record<PurchaseState, (context: CustomerContext, run: Run) => Promise<Next> | Next>> =
  {
    requested: collectOffers,
    offered: approveOffer,
    approved: reserveBudget,
    paying: byRail(payInvoice, followEcash),
    locked: byRail(awaitSettlement, followEcash),
    paid: besideRefund(awaitResult),
    received: byRail(closeBooks, followEcash),
    undelivered: besideRefund(awaitLateResult),
    unreconciled: byRail(reconcile, followEcash),
    reviewed: () => 'done',
    'no-offer': () => 'done',
    expired: () => 'done',
    cancelled: () => 'done',
    'over-budget': () => 'done',
    refunded: () => 'done',
  };

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
  /** Unix seconds. */
  readonly now: () => number;
  /** How offers are compared where a wish does not say it. */
  readonly policy?: BuyingPolicy;
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
    canPay: options.wallet !== null,
    relayUrls: options.relayUrls.map((url) => normalizeRelayUrl(url) ?? url),
    checkpoint: options.checkpoint ?? (() => undefined),
    onChange: options.onChange ?? (() => undefined),
    onTrouble: options.onTrouble ?? (() => undefined),
    network: () => network,
    signal: closing.signal,
  };
  const runs = new Map<string, Run>();
  const { ledger } = context;

  const learnNetwork = askNetwork(context, (learnt) => {
    network = learnt;
    for (const run of runs.values()) run.stepper.poke();
  });
  context.wallet.subscribe((notice) => {
    for (const run of runs.values()) {
      hearWallet(context, run, notice);
      hearRefundPayment(run, notice);
    }
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

  const follow = (purchase: Purchase, policy: BuyingPolicy): Run => {
    const known = runs.get(purchase.requestId);
    if (known) return known;
    const run = createRun(context, purchase, policy, () => runs.delete(purchase.requestId));
    runs.set(purchase.requestId, run);
    listen(context, run);
    run.stepper.poke();
    return run;
  };
  const defaultPolicy = options.policy ?? DEFAULT_POLICY;
  let opening: Promise<unknown> = Promise.resolve();

  const customer: Customer = {
    pubkey: context.signer.pubkey,
    async buy(wish) {
      if (closing.signal.aborted) return failure('closed', 'This customer was closed.');
      if (runs.size >= MAX_OPEN)
        return failure('too-many-open', `At most ${MAX_OPEN} purchases are followed at once.`);
      const booking = openRequest(context, wish);
      opening = Promise.allSettled([opening, booking]);
      const opened = await booking;
      if (!opened.ok) return opened;
      if (closing.signal.aborted) return failure('closed', 'This customer was closed; resume buys it.');
      const run = follow(opened.value, { ...defaultPolicy, ...wish.policy });
      cancelWith(wish, customer, run);
      return success(handleOf(run));
    },
    async resume() {
      const open = await ledger.purchases.listOpen(customer.pubkey);
      return open.map((purchase) => handleOf(follow(purchase, defaultPolicy)));
    },
    get: (requestId) => ledger.purchases.get(requestId),
    async list(page) {
      const recent = await ledger.purchases.listRecent(page);
      return recent.filter(({ customerPubkey }) => customerPubkey === customer.pubkey);
    },
    async cancel(requestId, reason = '') {
      const purchase = await ledger.purchases.get(requestId);
      if (purchase?.customerPubkey !== customer.pubkey)
        return failure('not-found', 'This key has no purchase of that request.');
      const run = follow(purchase, defaultPolicy);
      const cancelled = await run.stepper.exclusive(() => cancelPurchase(context, run, reason));
      run.stepper.poke();
      return cancelled;
    },
    trace: (requestId) => traceJob({ ...context, requestId }),
    async close() {
      closing.abort();
      await opening;
      await Promise.all([...runs.values()].map((run) => closeRun(run)));
      await Promise.all([pump, learnNetwork]);
    },
  };
  return customer;
}

function createRun(
  context: CustomerContext,
  purchase: Purchase,
  policy: BuyingPolicy,
  forget: () => void,
): Run {
  const request = parseJobRequest(purchase.request);
  if (!request.ok) throw new Error(`The booked request ${purchase.requestId} cannot be read.`);
  const run: Run = {
    request: request.value,
    policy,
    book: new OfferBook(request.value),
    updates: new UpdateFeed(),
    stepper: new Stepper(
      () => step(context, run, forget),
      (fault) => context.onTrouble(describeFault(fault), run.purchase),
    ),
    outcome: Promise.withResolvers(),
    ended: new AbortController(),
    tried: new Set(purchase.offer === null ? [] : [purchase.offer.event.id]),
    checks: new Map(),
    purchase,
    payment: null,
    ecash: null,
    firstOfferAtMs: null,
    chosenAtMs: performance.now(),
    receivedAtMs: null,
    refund: null,
  };
  if (purchase.offer !== null) run.book.keepFor(purchase.offer.providerPubkey);
  tell(context, run, { type: 'state', state: purchase.state, purchase });
  return run;
}

/** One step: takes a result if there is one, else does what the state asks for; then tells who waits for the end. */
async function step(context: CustomerContext, run: Run, forget: () => void): Promise<Next> {
  if (await takeResult(context, run)) return 'again';
  const next = await STAGES[run.purchase.state](context, run);
  const told = next === 'again' ? null : await outcomeNow(context, run);
  if (told !== null && 'outcome' in told) run.outcome.resolve(told.outcome);
  if (next === 'done') {
    forget();
    run.ended.abort();
    run.updates.close();
  }
  if (told === null || 'outcome' in told || typeof next === 'string') return next;
  return { wakeInMs: Math.min(next.wakeInMs, told.inMs) };
}

async function closeRun(run: Run): Promise<void> {
  run.ended.abort();
  await run.stepper.stop();
  run.updates.close();
  run.outcome.resolve(failure('closed', 'The customer was closed; resume goes on with the purchase.'));
}

function handleOf(run: Run): PurchaseHandle {
  return {
    requestId: run.purchase.requestId,
    events: () => run.updates.read(),
    result: () => run.outcome.promise,
  };
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

function describeFault(error: unknown): Failure {
  return {
    code: 'fault',
    message: error instanceof Error ? error.message : 'Something unexpected was thrown.',
  };
}
