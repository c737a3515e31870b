import type { Ledger } from '../ledger/index.ts';
import {
  decryptContent,
  foldJob,
  parseJobRequest,
  type JobPicture,
  type NostrEvent,
  type PeerCiphers,
} from '../protocol/index.ts';
import type { RelayPool } from '../relays/index.ts';
import { isSealedForUs } from './sealed-answer.ts';

/**
 * Everything that the relays show of a job, folded, together with what the own ledger has of it. Works for
 * anybody's job: its id is enough. What was encrypted for the signer's own purchases is decrypted.
 */
export async function traceJob(trace: {
  readonly requestId: string;
  readonly ledger: Ledger;
  readonly signer: PeerCiphers;
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
  const events = [...stored, ...own.filter((event) => event !== undefined && event !== null)];
  const plaintexts = purchase
    ? await decryptJob(trace.signer, purchase.request, events)
    : new Map<string, string>();
  return foldJob({ request: purchase?.request ?? requestId, events, plaintexts, at: trace.now() });
}

/** The private parts of an own job, by event id; what cannot be decrypted is left out. */
async function decryptJob(
  signer: PeerCiphers,
  request: NostrEvent,
  events: readonly NostrEvent[],
): Promise<Map<string, string>> {
  const plaintexts = new Map<string, string>();
  const asked = parseJobRequest(request);
  const [provider] = asked.ok ? asked.value.targets : [];
  if (!asked.ok || !asked.value.encrypted || provider === undefined) return plaintexts;
  const sealed = events.filter((event) => isSealedForUs(asked.value, event)).slice(0, MAX_DECRYPTED);
  for (const event of [request, ...sealed]) {
    const opened = await decryptContent(event, provider, signer);
    if (opened.ok) plaintexts.set(event.id, opened.value);
  }
  return plaintexts;
}

/** Answers of one provider that a trace decrypts. */
const MAX_DECRYPTED = 500;
