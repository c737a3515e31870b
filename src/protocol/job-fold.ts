import { compareAnswers, compareText, isResult, type Answer } from './answer-order.ts';
import { tagValues, type NostrEvent } from './event.ts';
import { parseJobFeedback } from './job-feedback.ts';
import type {
  ChainedInput,
  JobPicture,
  JobState,
  ProviderPart,
  SetAside,
  SetAsideReason,
  TimelineEntry,
} from './job-picture.ts';
import { parseJobRequest } from './job-request.ts';
import { parseJobResult } from './job-result.ts';
import { isJobRequestKind, isJobResultKind, JOB_FEEDBACK_KIND, type JobRequest } from './job.ts';
import { providerPart } from './provider-part.ts';

/** NIP-09 deletion request: by the request's author it cancels the job. */
const DELETION_KIND = 5;

/**
 * Folds events into the picture of one job. The answer depends only on the set of events, not on their order,
 * repetition or the batches they came in. Events must be verified by the caller; who may say what is enforced
 * here. Without `at` (unix seconds) nothing expires or lapses.
 */
export function foldJob(job: {
  /** The request, or its id when only that is known; then the request is looked for among the events. */
  readonly request: NostrEvent | string;
  readonly events: Iterable<NostrEvent>;
  /** Decrypted contents by event id, for those who can read them. */
  readonly plaintexts?: ReadonlyMap<string, string>;
  readonly at?: number;
}): JobPicture {
  const known = typeof job.request === 'string' ? [] : [job.request];
  const requestId = typeof job.request === 'string' ? job.request : job.request.id;
  const events = new Map([...known, ...job.events].map((event) => [event.id, event]));
  const requestEvent = jobRequestEvent(events.get(requestId));
  const plaintexts = job.plaintexts ?? new Map<string, string>();
  const request = requestEvent === null ? null : readRequest(requestEvent, plaintexts);

  const verdicts = [...events.values()].map((event) => judge(event, requestId, requestEvent, plaintexts));
  const cancellations = verdicts.flatMap((verdict) => verdict.cancellation ?? []).toSorted(compareEvents);
  const [cancellation = null, ...repeated] = cancellations;
  const timely = (answer: Answer) => lateness(answer, cancellation, request) === null;
  const heard = verdicts.flatMap((verdict) => verdict.answer ?? []);
  const answers = heard.filter(timely).toSorted(compareAnswers);

  const at = job.at ?? null;
  const expired = at !== null && request !== null && request.expiresAt !== null && at > request.expiresAt;
  const ending = endOf(answers, cancellation !== null, expired);
  const providers = partsOf(answers, request, { jobIsOpen: ending === null, at });
  return {
    requestId,
    request,
    state: ending ?? openState(requestEvent !== null, providers),
    final: ending !== null,
    providers,
    cancellation:
      cancellation === null
        ? null
        : { eventId: cancellation.id, at: cancellation.created_at, reason: cancellation.content },
    chain: request === null ? [] : chainOf(request),
    timeline: timelineOf(request?.event ?? null, answers, cancellation),
    setAside: [
      ...verdicts.flatMap((verdict) => verdict.setAside ?? []),
      ...repeated.map((event): SetAside => ({ event, reason: 'repeated-cancellation' })),
      ...heard.flatMap((answer) => {
        const reason = lateness(answer, cancellation, request);
        return reason === null ? [] : [{ event: answer.event, reason }];
      }),
    ].toSorted((left, right) => compareEvents(left.event, right.event)),
  };
}

function jobRequestEvent(event: NostrEvent | undefined): NostrEvent | null {
  return event !== undefined && isJobRequestKind(event.kind) ? event : null;
}

function readRequest(event: NostrEvent, plaintexts: ReadonlyMap<string, string>): JobRequest | null {
  const read = parseJobRequest(event, plaintexts.get(event.id));
  return read.ok ? read.value : null;
}

/** What one event is to the job, before its time is looked at; at most one field. */
interface Verdict {
  readonly answer?: Answer;
  readonly cancellation?: NostrEvent;
  readonly setAside?: SetAside;
}

function judge(
  event: NostrEvent,
  requestId: string,
  request: NostrEvent | null,
  plaintexts: ReadonlyMap<string, string>,
): Verdict {
  const setAside = (reason: SetAsideReason): Verdict => ({ setAside: { event, reason } });
  const decrypted = plaintexts.get(event.id);
  if (event.id === requestId) return judgeRequest(event, decrypted);
  if (event.kind === DELETION_KIND) {
    if (!tagValues(event, 'e').includes(requestId)) return setAside('other-job');
    if (request === null) return setAside('request-unseen');
    return event.pubkey === request.pubkey ? { cancellation: event } : setAside('not-the-author');
  }
  if (isJobRequestKind(event.kind)) return setAside('other-job');
  const read = readAnswer(event, decrypted);
  if (read === null) return setAside('unrelated-kind');
  if (!read.ok) return setAside('missing-request-id');
  if (read.value.requestId !== requestId) return setAside('other-job');
  if (request !== null && event.pubkey === request.pubkey) return setAside('by-customer');
  if (request !== null && isResult(read.value) && event.kind !== request.kind + 1000)
    return setAside('wrong-result-kind');
  return { answer: read.value };
}

function judgeRequest(event: NostrEvent, decrypted: string | undefined): Verdict {
  const read = parseJobRequest(event, decrypted);
  if (read.ok) return {};
  const reason = read.failure.code === 'missing-input-data' ? 'missing-input-data' : 'unrelated-kind';
  return { setAside: { event, reason } };
}

function readAnswer(
  event: NostrEvent,
  decrypted: string | undefined,
): ReturnType<typeof parseJobFeedback | typeof parseJobResult> | null {
  if (event.kind === JOB_FEEDBACK_KIND) return parseJobFeedback(event, decrypted);
  return isJobResultKind(event.kind) ? parseJobResult(event, decrypted) : null;
}

/** Why an answer came too late; within the last second it still counts. */
function lateness(
  answer: Answer,
  cancellation: NostrEvent | null,
  request: JobRequest | null,
): SetAsideReason | null {
  if (cancellation !== null && answer.createdAt > cancellation.created_at) return 'after-cancellation';
  const expiresAt = request?.expiresAt ?? null;
  return expiresAt !== null && answer.createdAt > expiresAt ? 'after-expiry' : null;
}

/** A job with a result is delivered, whatever came afterwards; a cancelled one is not also expired. */
function endOf(answers: readonly Answer[], cancelled: boolean, expired: boolean): JobState | null {
  if (answers.some(isResult)) return 'delivered';
  if (cancelled) return 'cancelled';
  return expired ? 'expired' : null;
}

function openState(requestSeen: boolean, providers: readonly ProviderPart[]): JobState {
  const states = new Set(providers.map(({ state }) => state));
  if (states.has('working') || states.has('result-missing')) return 'working';
  if (states.has('offered')) return 'offered';
  if (states.has('failed') && states.size === 1) return 'failed';
  return requestSeen || providers.length > 0 ? 'requested' : 'unseen';
}

function partsOf(
  answers: readonly Answer[],
  request: JobRequest | null,
  market: Parameters<typeof providerPart>[3],
): ProviderPart[] {
  const targets = request?.targets ?? [];
  return [...Map.groupBy(answers, (answer) => answer.providerPubkey)]
    .toSorted(([left], [right]) => compareText(left, right))
    .map(([pubkey, own]) =>
      providerPart(pubkey, targets.length === 0 || targets.includes(pubkey), own, market),
    );
}

function chainOf(request: JobRequest): ChainedInput[] {
  return request.inputs
    .filter(({ type }) => type === 'job')
    .map(({ data }) => ({ requestId: data, resultId: request.chain.get(data) ?? null }));
}

/** The request leads and the cancellation closes its second. */
function timelineOf(
  request: NostrEvent | null,
  answers: readonly Answer[],
  cancellation: NostrEvent | null,
): TimelineEntry[] {
  const entries = answers.map((answer): TimelineEntry => ({
    at: answer.createdAt,
    pubkey: answer.providerPubkey,
    what: isResult(answer) ? 'result' : answer.status,
    amountMsat: answer.amount?.msat ?? null,
    eventId: answer.id,
  }));
  if (request !== null) entries.unshift(customerEntry('request', request));
  if (cancellation !== null) entries.push(customerEntry('cancellation', cancellation));
  return entries.toSorted((left, right) => left.at - right.at); // stable: same-second order is kept
}

function customerEntry(what: 'request' | 'cancellation', event: NostrEvent): TimelineEntry {
  return { at: event.created_at, pubkey: event.pubkey, what, amountMsat: null, eventId: event.id };
}

function compareEvents(left: NostrEvent, right: NostrEvent): number {
  return left.created_at - right.created_at || compareText(left.id, right.id);
}
