import { type Failure, type Outcome } from '../protocol/index.ts';
import { type FetchedBody, type UrlFailureCode } from './guarded-fetch.ts';
import { timedOut } from './guarded-url.ts';

type Fetched = Outcome<FetchedBody, UrlFailureCode>;

/**
 * Runs a whole fetch under one clock. Its signal aborts with the caller's, after `timeoutMs`, and in any
 * case at the end, which closes the connection of an answer that was refused half-way. What `fetchAll`
 * throws is the caller's abort, the timeout, or what `explain` makes of it; it rethrows what it does not know.
 */
export async function underDeadline(
  caller: AbortSignal,
  timeoutMs: number,
  fetchAll: (signal: AbortSignal) => Promise<Fetched>,
  explain: (error: unknown) => Failure<UrlFailureCode>,
): Promise<Fetched> {
  caller.throwIfAborted();
  const deadline = new AbortController();
  const onAbort = (): void => deadline.abort(caller.reason);
  caller.addEventListener('abort', onAbort, { once: true });
  const timer = setTimeout(() => deadline.abort(), timeoutMs);
  try {
    return await fetchAll(deadline.signal);
  } catch (error) {
    caller.throwIfAborted();
    return deadline.signal.aborted ? timedOut(timeoutMs) : { ok: false, failure: explain(error) };
  } finally {
    clearTimeout(timer);
    caller.removeEventListener('abort', onAbort);
    deadline.abort();
  }
}
