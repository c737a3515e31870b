import { pause } from '../clock/index.ts';
import {
  AGENT_REVIEW_KIND,
  FIRST_DRAFT_RESULT_KIND,
  isHex32,
  JOB_FEEDBACK_KIND,
  jobRole,
  KIND_CONTRACTS,
  NUTZAP_KIND,
  NUTZAP_REDEMPTION_KIND,
  parseAnswer,
  parseEvent,
  parseJson,
  resultKindOf,
  REVIEW_KIND,
  tagValues,
  verifyEvent,
  ZAP_RECEIPT_KIND,
  type Filter,
  type NostrEvent,
} from '../protocol/index.ts';
import type { Evidence } from '../reputation/index.ts';
import { inPieces, type AskRelays } from './ask-relays.ts';

/** How far back: by then evidence counts a quarter. */
const WINDOW_SECONDS = 180 * 86_400;

/** Events of one sort by one provider. */
const PER_PROVIDER = 100;

/** Statements of one sort about one provider; each may cost the check of an invoice. */
const STATEMENTS = 40;

/** Providers asked about in one question, because relays take few filters, and such questions at a time. */
const PROVIDERS_AT_ONCE = 2;
const QUESTIONS_AT_ONCE = 4;

/** Ids in one filter. */
const IDS_PER_FILTER = 200;

/** Filters in one question. */
const FILTERS_AT_ONCE = 10;

/** Kinds of the results of jobs that have a name; of others only those that somebody announces are asked for. */
const RESULT_KINDS = [...KIND_CONTRACTS.map(({ kind }) => resultKindOf(kind)), FIRST_DRAFT_RESULT_KIND];

/** Kinds without a name that are asked for: an announcement may list a thousand, and relays refuse long filters. */
const MAX_OTHER_KINDS = 50;

/** A deletion (NIP-09): of a request it cancels the job. */
const CANCELLATION_KIND = 5;

/** Whom to ask about. */
interface Wanted {
  readonly providers: readonly string[];
  /** Kinds that these providers announce, besides the named ones. */
  readonly kinds: readonly number[];
  /** The reader's own key, whose reviews are asked for as such; `null` without one. */
  readonly self: string | null;
  /** Unix seconds. */
  readonly now: number;
}

/**
 * Fetches what the relays have about these providers into the evidence: their latest answers with the requests behind
 * them, and who paid or reviews them. What one of them, or a stranger, publishes cannot crowd out the rest.
 */
export async function gatherEvidence(
  ask: AskRelays,
  evidence: Evidence,
  wanted: Wanted,
  signal: AbortSignal,
): Promise<void> {
  const waiting = inPieces(wanted.providers, PROVIDERS_AT_ONCE);
  const work = async () => {
    for (let next = waiting.shift(); next !== undefined && !signal.aborted; next = waiting.shift()) {
      await gatherAbout(ask, evidence, { ...wanted, providers: next }, signal);
      for (const provider of next) {
        evidence.record(provider, wanted.now); // remembered: many at once would hold up everything else
        await pause(0, signal);
      }
    }
  };
  await Promise.all(Array.from({ length: QUESTIONS_AT_ONCE }, work));
}

async function gatherAbout(
  ask: AskRelays,
  evidence: Evidence,
  { providers, kinds, self, now }: Wanted,
  signal: AbortSignal,
): Promise<void> {
  const since = now - WINDOW_SECONDS;
  const take = async (filters: readonly Filter[]): Promise<NostrEvent[]> => {
    const pieces = inPieces(filters, FILTERS_AT_ONCE);
    const taken: NostrEvent[] = [];
    for (const piece of pieces) taken.push(...(await ask(piece, signal)).events);
    for (const event of taken) evidence.add(event);
    return taken;
  };
  const [about, own] = await Promise.all([
    take(providers.flatMap((provider) => filtersAbout(provider, kinds, since))),
    take(self === null ? [] : [reviewsBy(self, providers)]),
  ]);
  const found = [...about, ...own];
  const named = await take(idFilters(found));
  // A review names a result, and only that its request: one more step back.
  const requests = await take(idFilters(named));
  const there = new Set([...named, ...requests].map(({ id }) => id));
  const carried = await requestsIn([...found, ...named], there, signal);
  for (const request of carried) evidence.add(request);
  await take(filtersOfJobs([...found, ...named, ...requests, ...carried], providers));
}

/**
 * Requests that no relay has any more, as their answers carry them (NIP-90 `request`), signed by their customers: most
 * expire minutes after they were answered, and the record of who answered must not go with them.
 */
async function requestsIn(
  answers: readonly NostrEvent[],
  there: ReadonlySet<string>,
  signal: AbortSignal,
): Promise<NostrEvent[]> {
  const carried = new Map<string, NostrEvent>();
  for (const event of answers) {
    const answer = parseAnswer(event);
    if (!answer.ok || there.has(answer.value.requestId) || carried.has(answer.value.requestId)) continue;
    const read = parseEvent(parseJson(tagValues(event, 'request')[0] ?? ''));
    if (!read.ok || read.value.id !== answer.value.requestId) continue;
    if (verifyEvent(read.value)) carried.set(read.value.id, read.value);
    await pause(0, signal); // a signature takes about a millisecond, and others wait
  }
  return [...carried.values()];
}

function filtersAbout(provider: string, announcedKinds: readonly number[], since: number): Filter[] {
  const others = announcedKinds.map(resultKindOf).filter((kind) => !RESULT_KINDS.includes(kind));
  const resultKinds = [...RESULT_KINDS, ...others.slice(0, MAX_OTHER_KINDS)];
  const [own, about] = [
    { authors: [provider], since, limit: PER_PROVIDER },
    { '#p': [provider], since, limit: STATEMENTS },
  ];
  return [
    { ...own, kinds: resultKinds },
    { ...own, kinds: [JOB_FEEDBACK_KIND] },
    { ...own, kinds: [NUTZAP_REDEMPTION_KIND] },
    { ...about, kinds: [REVIEW_KIND, AGENT_REVIEW_KIND] },
    { ...about, kinds: [ZAP_RECEIPT_KIND, NUTZAP_KIND] },
  ];
}

/** What the reader itself said of providers, however long ago: its books do not tell. */
function reviewsBy(self: string, providers: readonly string[]): Filter {
  return { authors: [self], '#p': providers, kinds: [REVIEW_KIND], limit: PER_PROVIDER };
}

/** Requests behind answers, and what is paid for or reviewed. */
function idFilters(events: readonly NostrEvent[]): Filter[] {
  const named = events.flatMap((event) => {
    const answer = parseAnswer(event);
    return answer.ok ? [answer.value.requestId] : tagValues(event, 'e').filter(isHex32);
  });
  const there = new Set(events.map(({ id }) => id));
  const missing = [...new Set(named)].filter((id) => !there.has(id));
  return inPieces(missing, IDS_PER_FILTER).map((ids) => ({ ids }));
}

/**
 * What floods could have kept away: the offers that name the invoices of these jobs, and what their customers say of
 * them or took back.
 */
function filtersOfJobs(events: readonly NostrEvent[], providers: readonly string[]): Filter[] {
  const idsOf = (role: 'request' | 'result') =>
    inPieces(
      [...new Set(events.filter((event) => jobRole(event) === role).map(({ id }) => id))],
      IDS_PER_FILTER,
    );
  const customers = [
    ...new Set(events.filter((event) => jobRole(event) === 'request').map(({ pubkey }) => pubkey)),
  ];
  const byCustomers = { authors: customers.slice(0, IDS_PER_FILTER) };
  if (customers.length === 0) return [];
  return [
    ...idsOf('request').flatMap((ids) => [
      { authors: providers, kinds: [JOB_FEEDBACK_KIND], '#e': ids },
      { ...byCustomers, kinds: [CANCELLATION_KIND], '#e': ids },
    ]),
    ...idsOf('result').map((ids) => ({ ...byCustomers, kinds: [REVIEW_KIND], '#e': ids })),
  ];
}
