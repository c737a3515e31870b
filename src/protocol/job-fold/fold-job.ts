import { compareAnswers, compareEvents, compareText, isResult, type Answer } from '../answer-order.ts';
import type { NostrEvent } from '../event.ts';
import { priorJobs } from '../job-chain.ts';
import { isJobRequestKind, type JobRequest } from '../job.ts';
import type { VerifiedZap } from '../payments/verify-zap.ts';
import { acceptedResults } from './acceptance.ts';
import { createInvoiceReader, type AnsweredJob } from './answered-job.ts';
import { judge, type JudgedJob } from './judge.ts';
import { knownPayments } from './payment-claims.ts';
import type { ChainedInput, DependentJob, JobPicture, JobState, ProviderPart } from './picture.ts';
import { providerPart, type Market, type SaidAbout } from './provider-part.ts';
import type { SetAside, SetAsideReason } from './set-aside.ts';
import { MAX_LISTED, readStatements } from './statements.ts';
import { timelineOf } from './timeline.ts';

/**
 * Folds events into the picture of one job. The answer depends only on the set of events, not on their order,
 * repetition or the batches they came in. Events must be verified by the caller; who may say what is enforced
 * here. Without `at` (unix seconds) nothing expires or lapses. A zap receipt is anybody's claim unless it is among
 * the caller's `zaps`; no signature is checked here but those of at most 64 invoices whose preimage is shown.
 */
export function foldJob(job: {
  /** The request, or its id when only that is known; then the request is looked for among the events. */
  readonly request: NostrEvent | string;
  readonly events: Iterable<NostrEvent>;
  /** Decrypted contents by event id, for those who can read them. */
  readonly plaintexts?: ReadonlyMap<string, string>;
  /** Zap receipts that `verifyZapReceipt` believed, by their event id. */
  readonly zaps?: ReadonlyMap<string, VerifiedZap>;
  /** Preimages (hex) that the caller's own wallet has, by the invoice that they paid (lower case). */
  readonly preimages?: ReadonlyMap<string, string>;
  readonly at?: number;
}): JobPicture {
  const known = typeof job.request === 'string' ? [] : [job.request];
  const requestId = typeof job.request === 'string' ? job.request : job.request.id;
  const events = new Map([...known, ...job.events].map((event) => [event.id, event]));
  const requestEvent = jobRequestEvent(events.get(requestId));
  const plaintexts = job.plaintexts ?? new Map<string, string>();
  const heard = sortOut(events.values(), { requestId, request: requestEvent, plaintexts });
  const { request } = heard;

  const [cancellation = null, ...repeated] = heard.cancellations.toSorted(compareEvents);
  const tooLate = (answer: Answer) => lateness(answer, cancellation, request);
  const answers = heard.answers.filter((answer) => tooLate(answer) === null).toSorted(compareAnswers);
  const answered: AnsweredJob = {
    requestId,
    request: requestEvent,
    answers: new Map(answers.map((answer) => [answer.id, answer])),
    answersOf: Map.groupBy(answers, (answer) => answer.providerPubkey),
    zaps: job.zaps ?? new Map<string, VerifiedZap>(),
    invoices: createInvoiceReader(),
  };
  const ownPayments = knownPayments(job.preimages ?? new Map<string, string>(), answered);
  const stated = readStatements(heard.statements, answered);
  const others = sortOutOthers(heard.otherRequests, answered);

  const at = job.at ?? null;
  const expired = at !== null && request !== null && request.expiresAt !== null && at > request.expiresAt;
  const ending = endOf(answers, cancellation !== null, expired);
  const providers = partsOf(
    answered,
    request,
    { jobIsOpen: ending === null, at },
    { claims: [...ownPayments, ...stated.claims], reviews: stated.reviews },
  );
  const setAside = [
    ...heard.setAside,
    ...stated.setAside,
    ...others.setAside,
    ...repeated.map((event): SetAside => ({ event, reason: 'repeated-cancellation' })),
    ...heard.answers.flatMap((answer) => {
      const reason = tooLate(answer);
      return reason === null ? [] : [{ event: answer.event, reason }];
    }),
  ];
  return {
    requestId,
    request,
    state: ending ?? openState(requestEvent !== null, providers),
    final: ending !== null,
    providers,
    accepted: acceptedIn(providers, answers, requestEvent),
    cancellation:
      cancellation === null
        ? null
        : { eventId: cancellation.id, at: cancellation.created_at, reason: cancellation.content },
    chain: request === null ? [] : chainOf(request),
    dependents: others.dependents.map((dependent) => dependentOn(answered, dependent)),
    timeline: timelineOf({
      request: request?.event ?? null,
      answers,
      stated: stated.timeline,
      dependents: others.dependents.map(({ event }) => event),
      cancellation,
    }),
    setAside: setAside.toSorted((left, right) => compareEvents(left.event, right.event)).slice(0, MAX_LISTED),
    setAsideCount: setAside.length,
  };
}

function jobRequestEvent(event: NostrEvent | undefined): NostrEvent | null {
  return event !== undefined && isJobRequestKind(event.kind) ? event : null;
}

/** Events by what they are to the job. */
interface Heard {
  request: JobRequest | null;
  readonly answers: Answer[];
  readonly cancellations: NostrEvent[];
  readonly statements: NostrEvent[];
  readonly otherRequests: JobRequest[];
  readonly setAside: SetAside[];
}

function sortOut(events: Iterable<NostrEvent>, job: JudgedJob): Heard {
  const heard: Heard = {
    request: null,
    answers: [],
    cancellations: [],
    statements: [],
    otherRequests: [],
    setAside: [],
  };
  for (const event of events) {
    const verdict = judge(event, job);
    switch (verdict.is) {
      case 'answer':
        heard.answers.push(verdict.answer);
        break;
      case 'request':
        heard.request = verdict.request;
        break;
      case 'cancellation':
        heard.cancellations.push(event);
        break;
      case 'statement':
        heard.statements.push(event);
        break;
      case 'other-request':
        heard.otherRequests.push(verdict.request);
        break;
      case 'set-aside':
        heard.setAside.push({ event, reason: verdict.reason });
        break;
    }
  }
  return heard;
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

/** Other requests: those that build on this job or on one of its results, and those that have nothing to do with it. */
function sortOutOthers(
  requests: readonly JobRequest[],
  job: AnsweredJob,
): { readonly dependents: readonly JobRequest[]; readonly setAside: readonly SetAside[] } {
  const [dependents, strangers]: [JobRequest[], JobRequest[]] = [[], []];
  for (const request of requests)
    (priorJobs(request).some((id) => isOfJob(id, job)) ? dependents : strangers).push(request);
  dependents.sort((left, right) => compareEvents(left.event, right.event));
  return {
    dependents: dependents.slice(0, MAX_LISTED),
    setAside: [
      ...strangers.map(({ event }): SetAside => ({ event, reason: 'other-job' })),
      ...dependents.slice(MAX_LISTED).map(({ event }): SetAside => ({ event, reason: 'too-many' })),
    ],
  };
}

function isOfJob(id: string, { requestId, answers }: AnsweredJob): boolean {
  const answer = answers.get(id);
  return id === requestId || (answer !== undefined && isResult(answer));
}

function dependentOn(job: AnsweredJob, request: JobRequest): DependentJob {
  const named = priorJobs(request).find((id) => job.answers.has(id));
  const resultId = request.chain.get(job.requestId) ?? named ?? null;
  return { requestId: request.id, customerPubkey: request.customerPubkey, resultId };
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
  { answersOf }: AnsweredJob,
  request: JobRequest | null,
  market: Market,
  about: SaidAbout,
): ProviderPart[] {
  const targets = request?.targets ?? [];
  return [...answersOf]
    .toSorted(([left], [right]) => compareText(left, right))
    .map(([pubkey, own]) => {
      const addressed = targets.length === 0 || targets.includes(pubkey);
      return providerPart(pubkey, addressed, own, market, about);
    });
}

function acceptedIn(
  providers: readonly ProviderPart[],
  answers: readonly Answer[],
  request: NostrEvent | null,
): JobPicture['accepted'] {
  const accepted = providers.flatMap((part) => acceptedResults(part, request?.pubkey ?? null));
  const places = new Map(answers.map(({ id }, place) => [id, place]));
  const placeOf = (id: string) => places.get(id) ?? 0;
  return accepted.toSorted((left, right) => placeOf(left.resultId) - placeOf(right.resultId));
}

function chainOf(request: JobRequest): ChainedInput[] {
  return request.inputs
    .filter(({ type }) => type === 'job')
    .map(({ data }) => ({ requestId: data, resultId: request.chain.get(data) ?? null }));
}
