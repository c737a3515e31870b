import type { GuardedFetch, GuardedRequest } from '../http/index.ts';
import { createL402Fetch, type CredentialStore, type L402Answer, type L402Fetch } from '../l402/index.ts';
import type { Ledger, SpendingCaps } from '../ledger/index.ts';
import type { SpendingLimits, Wallet } from '../money/index.ts';
import { failure, success, type Msat, type Outcome } from '../protocol/index.ts';

/** Whose money pays for data, and where it is remembered what was paid. */
export interface PaidFetchParts {
  readonly ledger: Ledger;
  readonly wallet: Wallet | null;
  readonly pubkey: string;
  readonly fetch: GuardedFetch;
  /** A durable one, so that a crash loses nothing that was paid. */
  readonly credentials: CredentialStore;
  /** Besides what one job may spend. */
  readonly caps: Omit<SpendingCaps, 'perJobMsat' | 'perPurposeMsat'>;
  /** Unix seconds. */
  readonly now: () => number;
}

/** A job that buys data while it is worked on. */
interface BuyingJob {
  readonly requestId: string;
  /** The most it may spend, fees included, over all its calls and attempts. */
  readonly spendUpToMsat: Msat;
}

/**
 * Lets jobs pay for what they fetch (L402), each as far as it may spend and within the caps of the account. What a
 * job has paid for is its own: servers that sell one answer for one payment give no job the answer of another, and
 * a job that is worked on again after a crash pays nothing again.
 */
export function createPaidFetch(
  parts: PaidFetchParts,
): (job: BuyingJob) => (url: string, request: GuardedRequest) => Promise<Outcome<L402Answer>> {
  return (job) => {
    let opening: Promise<Outcome<L402Fetch>> | null = null;
    return async (url, request) => {
      opening ??= openForJob(parts, job, request.signal);
      const opened = await opening;
      if (opened.ok) return opened.value(url, request);
      opening = null; // a wallet that did not answer is asked again by the next call
      return opened;
    };
  };
}

async function openForJob(
  { ledger, wallet, pubkey, fetch, credentials, caps, now }: PaidFetchParts,
  { requestId, spendUpToMsat }: BuyingJob,
  signal: AbortSignal,
): Promise<Outcome<L402Fetch>> {
  if (wallet === null)
    return failure('wallet-missing', 'Data is paid for by a wallet: connect one to this account.');
  const able = await wallet.capabilities({ signal });
  if (!able.ok) return able;
  const purpose = `data for job ${requestId}`;
  const limits = ledger.spending.limits(pubkey, {
    ...caps,
    perJobMsat: spendUpToMsat,
    perPurposeMsat: spendUpToMsat,
  });
  await releaseUnsent(ledger, limits, { pubkey, purpose });
  return success(
    createL402Fetch({
      fetch,
      wallet,
      network: able.value.network,
      spend: { ...limits, reserve: (wish) => limits.reserve({ ...wish, purpose }) },
      maxAmountMsat: spendUpToMsat,
      credentials,
      scopeOf: ({ method, url }) => `${method} ${url.pathname} for job ${requestId}`,
      now,
    }),
  );
}

/**
 * Frees what an attempt that crashed had set aside before its wallet was asked: it would count against the job. One
 * worker at a time has a job, and one that lost it can no longer send what is freed here.
 */
async function releaseUnsent(
  ledger: Ledger,
  limits: SpendingLimits,
  { pubkey, purpose }: { readonly pubkey: string; readonly purpose: string },
): Promise<void> {
  for (const payment of await ledger.spending.listUnfinished(pubkey)) {
    if (payment.purpose !== purpose || payment.state !== 'reserved') continue;
    const reservation = await limits.unfinished(payment.paymentHash);
    await reservation?.released();
  }
}
