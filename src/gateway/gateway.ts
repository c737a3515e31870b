import { pause } from '../clock/index.ts';
import type { PurchaseUpdate } from '../customer/index.ts';
import { signingKeyOf } from '../l402/index.ts';
import { satsToMsat, success, type Outcome } from '../protocol/index.ts';
import type { WalletFailureCode } from '../money/index.ts';
import { gatewayApp, type GatewayBindings } from './app.ts';
import { DEFAULT_LIMITS, type GatewayContext, type GatewayOptions } from './context.ts';
import { forgetJobs } from './forget-jobs.ts';
import { JobFeeds } from './job-feed.ts';
import { runJobs, type JobRunner } from './job-runner.ts';
import { currentWish } from './job-stages.ts';
import { followPurchases } from './purchases.ts';
import { TOKEN_SERVICE } from './token.ts';

/** A running gateway. */
export interface Gateway {
  /** Answers a request from that client address. */
  fetch(request: Request, bindings: GatewayBindings): Promise<Response>;
  /** Ends streams and waits, and finishes the step of each job that is under way. What is open goes on at the next start. */
  close(): Promise<void>;
}

const DEFAULT_LOOK_MS = 5_000;
/** A payment that was sent at the last moment still shows within this time after its quote lapsed. */
const LAPSE_GRACE_SECONDS = 600;
/** Modes that take no more than a wallet. */
const WALLET_EXCHANGES = ['hold', 'reveal', 'free', 'postpay', 'sample', 'prepay'] as const;
const DEFAULT_MAX_LOSS_MSAT = satsToMsat(1_000);
/** Notes and partial results are told cut at this many characters. */
const MAX_TOLD_CHARS = 65_536;

/**
 * Opens a gateway: goes on with the jobs of earlier processes, withdraws requests that no quote was made of, and hears
 * the wallet. Fails with the wallet's codes when it does not say which network it is on.
 */
export async function openGateway(options: GatewayOptions): Promise<Outcome<Gateway, WalletFailureCode>> {
  const closing = new AbortController();
  const able = await options.wallet.capabilities({ signal: closing.signal });
  if (!able.ok) return able;
  const { network, hold } = able.value;
  const feeds = new JobFeeds();
  const context: GatewayContext = {
    ...options,
    limits: { ...DEFAULT_LIMITS, ...options.limits },
    exchanges: options.exchanges ?? WALLET_EXCHANGES,
    trusted: options.trusted ?? [],
    maxLossMsat: options.maxLossMsat ?? DEFAULT_MAX_LOSS_MSAT,
    checkpoint: options.checkpoint ?? (() => undefined),
    onTrouble: options.onTrouble ?? (() => undefined),
    network,
    canHold: hold,
    tokenKey: signingKeyOf(options.jobs.rootKey, TOKEN_SERVICE, network),
    feeds,
    purchases: followPurchases(options.customer, {
      onUpdate: (jobId, update, isTaken) => {
        if (isTaken) tellUpdate(feeds, jobId, update);
        if (update.type === 'awaiting-approval' || update.type === 'state') runner.lookIfIdle(jobId);
      },
      onEnd: (jobId) => void runner.look(jobId),
    }),
    signal: closing.signal,
  };
  const runner = runJobs(context);

  await withdrawUnquoted(context);
  options.wallet.subscribe(({ type, payment }) => {
    if (type === 'sent') return;
    void lookAtPayment(context, runner, payment.paymentHash);
  }, closing.signal);
  const sweeping = sweep(context, runner);
  const app = gatewayApp(context, runner);
  return success({
    fetch: async (request, bindings) => app.fetch(request, bindings),
    async close() {
      closing.abort();
      await sweeping;
      await runner.idle();
    },
  });
}

/** A crash between asking the market and booking the quote leaves a request that nobody will pay for. */
async function withdrawUnquoted(context: GatewayContext): Promise<void> {
  const { customer, jobs, purchases } = context;
  const wanted = new Set<string>();
  for (const id of await jobs.listUnfinished(context.now() - LAPSE_GRACE_SECONDS)) {
    const job = await jobs.get(id);
    if (job?.state !== 'quoted' && job?.state !== 'paid' && job?.state !== 'working') continue;
    const opened = await purchases.open(currentWish(context, job));
    if (opened.ok) wanted.add(opened.value.handle.requestId);
  }
  for (const handle of await customer.resume())
    if (handle.comparison().state === 'requested' && !wanted.has(handle.requestId))
      await customer.cancel(handle.requestId, 'no quote came of it');
}

async function lookAtPayment(context: GatewayContext, runner: JobRunner, paymentHash: string): Promise<void> {
  try {
    const job = await context.jobs.byPaymentHash(paymentHash);
    if (job !== null) await runner.look(job.id);
  } catch (error) {
    tellBroken(context, error);
  }
}

/** The wallet's notices may be missed, and time ends quotes: every unfinished job is looked at regularly. */
async function sweep(context: GatewayContext, runner: JobRunner): Promise<void> {
  const { jobs, now, signal } = context;
  while (!signal.aborted) {
    try {
      for (const id of await jobs.listUnfinished(now() - LAPSE_GRACE_SECONDS)) runner.lookIfIdle(id);
      await forgetJobs(context, runner);
    } catch (error) {
      tellBroken(context, error);
    }
    await pause(context.lookEveryMs ?? DEFAULT_LOOK_MS, signal);
  }
}

function tellBroken({ onTrouble }: GatewayContext, error: unknown): void {
  onTrouble({ code: 'books-broken', message: error instanceof Error ? error.message : String(error) });
}

/** What is shown of a purchase whose offer was taken. */
function tellUpdate(feeds: JobFeeds, jobId: string, update: PurchaseUpdate): void {
  if (update.type === 'progress')
    feeds.tell(jobId, { type: 'progress', data: { note: update.note.slice(0, MAX_TOLD_CHARS) } });
  else if (update.type === 'partial')
    feeds.tell(jobId, { type: 'partial', data: { content: update.content.slice(0, MAX_TOLD_CHARS) } });
  else if (update.type === 'state') feeds.tell(jobId, { type: 'progress', data: { purchase: update.state } });
}
