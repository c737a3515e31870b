import type { FetchedBody, GuardedRequest } from '../http/index.ts';
import { failure, ZERO_MSAT, type Msat, type Outcome } from '../protocol/index.ts';

/** An answer of a server, and what was paid for it now; `null` when nothing was. */
export interface PaidAnswer extends FetchedBody {
  readonly payment: { readonly amountMsat: Msat; readonly feePaidMsat: Msat } | null;
}

/**
 * Fetches a URL and pays for it when its server asks for money (L402). `spending-not-allowed`: the service may spend
 * nothing. The other codes are those of the one who pays: `over-budget`, `price-too-high`, `payment-failed`…
 */
export type FetchPaid = (
  url: string,
  request?: Omit<GuardedRequest, 'signal'>,
) => Promise<Outcome<PaidAnswer>>;

/**
 * Makes the client that pays for one job. It spends at most `spendUpToMsat` for it, fees included, however often
 * the work runs again, and remembers over a crash what the job has paid for.
 */
export type OpenPaidFetch = (job: {
  readonly requestId: string;
  readonly spendUpToMsat: Msat;
}) => (url: string, request: GuardedRequest) => Promise<Outcome<PaidAnswer>>;

/** What a handler pays with while it works on a job; it ends with the work. */
export function fetchPaidFor(
  open: OpenPaidFetch | null,
  {
    requestId,
    spendUpToMsat = ZERO_MSAT,
  }: { readonly requestId: string; readonly spendUpToMsat?: Msat | undefined },
  signal: AbortSignal,
): FetchPaid {
  if (open === null || spendUpToMsat === ZERO_MSAT)
    return async () =>
      failure(
        'spending-not-allowed',
        'This service may spend nothing while it works: set its spendUpToMsat, and give its provider paidFetch.',
      );
  const fetch = open({ requestId, spendUpToMsat });
  return (url, request) => fetch(url, { ...request, signal });
}
