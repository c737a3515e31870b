import type { Ledger } from '../ledger/index.ts';
import {
  AGENT_REVIEW_KIND,
  decryptContent,
  foldJob,
  jobRole,
  NUTZAP_KIND,
  NUTZAP_REDEMPTION_KIND,
  parseJobRequest,
  REVIEW_KIND,
  ZAP_RECEIPT_KIND,
  type Filter,
  type JobPicture,
  type NostrEvent,
  type PeerCiphers,
} from '../protocol/index.ts';
import type { RelayPool } from '../relays/index.ts';
import { isSealedForUs } from './sealed-answer.ts';

/**
 * Everything that the relays show of a job, folded, together with what the own ledger has of it. Works for
 * anybody's job: its id is enough. What was encrypted for the signer's own purchases is decrypted, and what the own
 * wallet paid is beyond doubt; zap receipts stay claims, since nobody asks here whose wallet signed them.
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
  const relays = [...new Set([...trace.relayUrls, ...(purchase?.relays ?? [])])];
  const query = (filters: readonly Filter[]) =>
    trace.relays.query(relays, filters, trace.signal ? { signal: trace.signal } : {});
  const own = [purchase?.request, purchase?.offer?.event, purchase?.result];
  const answers = [
    ...(await query([{ ids: [requestId] }, { '#e': [requestId] }, { '#i': [requestId] }])),
    ...own.filter((event) => event !== undefined && event !== null),
  ];
  const events = [...answers, ...(await aboutAnswers(requestId, answers, query))];
  const plaintexts = purchase
    ? await decryptJob(trace.signer, purchase.request, events)
    : new Map<string, string>();
  const { preimage, offer } = purchase ?? { preimage: null, offer: null };
  const preimages = new Map(preimage !== null && offer?.bolt11 ? [[offer.bolt11, preimage]] : []);
  return foldJob({ request: purchase?.request ?? requestId, events, plaintexts, preimages, at: trace.now() });
}

/** Offers and results whose payments, reviews and later jobs are looked for. */
const MAX_ANSWERS = 200;

/** What names an answer rather than the request: payments, reviews, jobs that build on it, redemptions of nutzaps. */
async function aboutAnswers(
  requestId: string,
  answers: readonly NostrEvent[],
  query: (filters: readonly Filter[]) => Promise<NostrEvent[]>,
): Promise<NostrEvent[]> {
  const ids = answers
    .filter((event) => jobRole(event) === 'feedback' || jobRole(event) === 'result')
    .map(({ id }) => id)
    .slice(0, MAX_ANSWERS);
  const reviewsOfJob: Filter = { kinds: [AGENT_REVIEW_KIND], '#d': [requestId] };
  const aboutThem: Filter[] = [
    { kinds: [REVIEW_KIND, ZAP_RECEIPT_KIND, NUTZAP_KIND], '#e': ids },
    { '#i': ids },
  ];
  const about = await query(ids.length === 0 ? [reviewsOfJob] : [reviewsOfJob, ...aboutThem]);
  const nutzaps = [...answers, ...about].filter(({ kind }) => kind === NUTZAP_KIND).map(({ id }) => id);
  if (nutzaps.length === 0) return about;
  const redemptions = await query([{ kinds: [NUTZAP_REDEMPTION_KIND], '#e': nutzaps.slice(0, MAX_ANSWERS) }]);
  return [...about, ...redemptions];
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
