import {
  amountTag,
  readRequestReference,
  requestEvent,
  requestJsonTag,
  requestTag,
  type RequestOrEvent,
} from './answer-tags.ts';
import type { EventTemplate, NostrEvent } from './event.ts';
import { mergePrivateTags, privateContent, readPrivateTags } from './encryption.ts';
import { statusMeaning } from './feedback-status.ts';
import { readAnswerPrice } from './first-draft/payment.ts';
import { jobRole } from './job-role.ts';
import {
  FIRST_DRAFT_REQUEST_KIND,
  FIRST_DRAFT_RESULT_KIND,
  isExchangeMode,
  JOB_FEEDBACK_KIND,
  type Condition,
  type ExchangeMode,
  type FeedbackStatus,
  type JobFeedback,
} from './job.ts';
import { planTags, readPlan, type JobPlan } from './job-plan.ts';
import { ZERO_MSAT, type Msat } from './msat.ts';
import { failure, success, type Outcome } from './outcome.ts';
import { ecashTermsTags, readEcashTerms, type EcashTerms } from './payments/ecash-terms.ts';
import { readRescue, rescueTag, type Rescue } from './rescue.ts';
import { firstTag, readSeconds, type Tags } from './tag-reading.ts';

/** `not-job-feedback`: another kind of event. `missing-request-id`: neither an `e` nor a `request` tag names the request. */
export type JobFeedbackFailureCode = 'not-job-feedback' | 'missing-request-id';

/** Tags that feedback is encrypted for. */
const PRIVATE_TAGS = ['status', 's', 'amount', 'content', 'error'];

/**
 * Reads job feedback leniently: NIP-90 kind 7000, or the first draft's 68002 without a result. For encrypted
 * feedback give the decrypted content as well: tags in it count, plain text is the content. Says nothing about
 * whether the author may speak for the job: customers send kind 7000 too. Fails with `not-job-feedback` or
 * `missing-request-id`.
 */
export function parseJobFeedback(
  event: NostrEvent,
  decrypted?: string,
): Outcome<JobFeedback, JobFeedbackFailureCode> {
  if (jobRole(event) !== 'feedback')
    return failure('not-job-feedback', `This event of kind ${event.kind} is no job feedback (kind 7000).`, {
      kind: event.kind,
    });
  const inner = decrypted === undefined ? null : readPrivateTags(decrypted, PRIVATE_TAGS);
  const tags = inner === null ? event.tags : mergePrivateTags(inner, event.tags);
  const { requestId, customerPubkey } = readRequestReference(event, tags);
  if (requestId === null)
    return failure('missing-request-id', 'The feedback names no request; it needs an "e" tag with its id.');
  const status = firstTag(tags, 'status') ?? firstTag(tags, 's');
  const eta = firstTag(tags, 'eta');
  const exchange = firstTag(tags, 'exchange')?.[1];
  const error = firstTag(tags, 'error');
  const content = inner === null ? (decrypted ?? event.content) : privateContent(inner);
  return success({
    event,
    id: event.id,
    providerPubkey: event.pubkey,
    requestId,
    customerPubkey,
    status: statusMeaning(status?.[1]),
    rawStatus: status?.[1] ?? null,
    info: status?.[2] !== undefined && status[2] !== '' ? status[2] : null,
    ...readAnswerPrice(event.kind, tags),
    exchange: isExchangeMode(exchange) ? exchange : null,
    ecash: readEcashTerms(tags),
    usualSeconds: readSeconds(eta?.[1]),
    worstSeconds: readSeconds(eta?.[2]),
    validUntil: readSeconds(firstTag(tags, 'valid_until')?.[1]),
    error: error?.[1] === undefined ? null : { code: error[1], detail: error[2] ?? '' },
    conditions: readConditions(tags),
    rescue: readRescue(tags),
    plan: readPlan(tags),
    content: content ?? '',
    encrypted: event.tags.some((tag) => tag[0] === 'encrypted'),
    createdAt: event.created_at,
  });
}

function readConditions(tags: Tags): Condition[] {
  return tags.flatMap(([name, code, detail = '']) =>
    name === 'condition' && code !== undefined && code !== '' ? [{ code, detail }] : [],
  );
}

/** What a provider says about a job; times are unix seconds, durations seconds. */
export interface JobFeedbackDraft {
  readonly request: RequestOrEvent;
  readonly status: Exclude<FeedbackStatus, 'other'>;
  /** Words for people beside the status. */
  readonly info?: string;
  readonly amountMsat?: Msat;
  readonly bolt11?: string;
  readonly exchange?: ExchangeMode;
  /** How ecash is taken, for the modes that are paid by it. */
  readonly ecash?: EcashTerms;
  readonly usualSeconds?: number;
  readonly worstSeconds?: number;
  /** Until when the quote stands. Not NIP-40: a relay must not delete the evidence of an offer. */
  readonly validUntil?: number;
  readonly error?: { readonly code: string; readonly detail: string };
  /** What is asked besides money. */
  readonly conditions?: readonly Condition[];
  /** For whom the author steps in. */
  readonly rescue?: Rescue;
  /** What may follow the job that is offered. */
  readonly plan?: JobPlan;
  /** A sample or partial result. */
  readonly content?: string;
  /** A relay where the request can be found. */
  readonly relayHint?: string;
  readonly createdAt: number;
}

/**
 * Writes job feedback as NIP-90 says, with our `exchange`, `mint`, `htlc`, `eta`, `valid_until`, `error`, `condition`,
 * `rescue`, `milestone` and `revisions` tags where given. In clear: what answers an encrypted request goes through `sealAnswer`. The first draft knows errors only,
 * as results (68002); whoever asks in it hears everything else in NIP-90's kind 7000.
 */
export function buildFeedback(draft: JobFeedbackDraft): EventTemplate {
  const request = requestEvent(draft.request);
  const info = draft.info ?? draft.error?.detail;
  const tags: string[][] = [info === undefined ? ['status', draft.status] : ['status', draft.status, info]];
  if (draft.amountMsat !== undefined) tags.push(amountTag(draft.amountMsat, draft.bolt11));
  tags.push(requestTag(request.id, draft.relayHint), ['p', request.pubkey]);
  if (draft.exchange !== undefined) tags.push(['exchange', draft.exchange]);
  if (draft.ecash !== undefined) tags.push(...ecashTermsTags(draft.ecash));
  if (draft.usualSeconds !== undefined && draft.worstSeconds !== undefined)
    tags.push(['eta', draft.usualSeconds.toString(), draft.worstSeconds.toString()]);
  if (draft.validUntil !== undefined) tags.push(['valid_until', draft.validUntil.toString()]);
  if (draft.error !== undefined) tags.push(['error', draft.error.code, draft.error.detail]);
  for (const { code, detail } of draft.conditions ?? []) tags.push(['condition', code, detail]);
  if (draft.rescue !== undefined) tags.push(rescueTag(draft.rescue));
  if (draft.plan !== undefined) tags.push(...planTags(draft.plan, draft.amountMsat ?? ZERO_MSAT));
  const isDraftError = request.kind === FIRST_DRAFT_REQUEST_KIND && draft.status === 'error';
  if (isDraftError) tags.push(requestJsonTag(request));
  const kind = isDraftError ? FIRST_DRAFT_RESULT_KIND : JOB_FEEDBACK_KIND;
  return { kind, created_at: draft.createdAt, tags, content: draft.content ?? '' };
}
