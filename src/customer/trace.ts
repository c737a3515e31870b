import type { Ledger } from '../ledger/index.ts';
import { foldJob, type JobPicture } from '../protocol/index.ts';
import type { RelayPool } from '../relays/index.ts';

/**
 * Everything that the relays show of a job, folded, together with what the own ledger has of it. Works for
 * anybody's job: its id is enough.
 */
export async function traceJob(trace: {
  readonly requestId: string;
  readonly ledger: Ledger;
  readonly relays: RelayPool;
  readonly relayUrls: readonly string[];
  /** Unix seconds. */
  readonly now: () => number;
  readonly signal?: AbortSignal;
}): Promise<JobPicture> {
  const { requestId } = trace;
  const purchase = await trace.ledger.purchases.get(requestId);
  const stored = await trace.relays.query(
    [...new Set([...trace.relayUrls, ...(purchase?.relays ?? [])])],
    [{ ids: [requestId] }, { '#e': [requestId] }],
    trace.signal ? { signal: trace.signal } : {},
  );
  const own = [purchase?.request, purchase?.offer?.event, purchase?.result];
  return foldJob({
    request: purchase?.request ?? requestId,
    events: [...stored, ...own.filter((event) => event !== undefined && event !== null)],
    at: trace.now(),
  });
}
