import {
  amountTag,
  readRequestReference,
  requestEvent,
  requestJsonTag,
  requestTag,
  type RequestOrEvent,
} from './answer-tags.ts';
import { isHex32, type EventTemplate, type NostrEvent } from './event.ts';
import { paymentTag, readAnswerPrice } from './first-draft/payment.ts';
import { jobRole } from './job-role.ts';
import { FIRST_DRAFT_REQUEST_KIND, resultKindOf, type JobResult } from './job.ts';
import type { Msat } from './msat.ts';
import { failure, success, type Outcome } from './outcome.ts';
import { fileTag, type FileReference } from './result-file.ts';
import { firstTag, type Tags } from './tag-reading.ts';

/** `not-a-job-result`: another kind of event. `missing-request-id`: neither an `e` nor a `request` tag names the request. */
export type JobResultFailureCode = 'not-a-job-result' | 'missing-request-id';

/**
 * Reads a job result leniently: NIP-90 kinds 6000–6999, or the first draft's 68002. For an encrypted result give
 * the decrypted content as well. It is never read as tags, because the results of feeds are JSON tag arrays. Whether
 * the author was asked, and whether the kind fits the request, is for the job fold to say.
 * Fails with `not-a-job-result` or `missing-request-id`.
 */
export function parseJobResult(
  event: NostrEvent,
  decrypted?: string,
): Outcome<JobResult, JobResultFailureCode> {
  if (jobRole(event) !== 'result')
    return failure(
      'not-a-job-result',
      `This event of kind ${event.kind} is no job result (kinds 6000 to 6999).`,
      { kind: event.kind },
    );
  const { requestId, customerPubkey } = readRequestReference(event, event.tags);
  if (requestId === null)
    return failure('missing-request-id', 'The result names no request; it needs an "e" tag with its id.');
  return success({
    event,
    id: event.id,
    providerPubkey: event.pubkey,
    kind: event.kind,
    requestId,
    customerPubkey,
    ...readAnswerPrice(event.kind, event.tags),
    reveal: readReveal(event.tags),
    content: decrypted ?? event.content,
    mediaType: readMediaType(event.tags),
    encrypted: event.tags.some((tag) => tag[0] === 'encrypted'),
    createdAt: event.created_at,
  });
}

function readReveal(tags: Tags): JobResult['reveal'] {
  const [, paymentHash, version = ''] = firstTag(tags, 'reveal') ?? [];
  return isHex32(paymentHash) ? { paymentHash, version } : null;
}

const MEDIA_TYPE = /^[\w.+-]{1,63}\/[\w.+-]{1,63}$/;

function readMediaType(tags: Tags): string | null {
  const type = firstTag(tags, 'm')?.[1]?.toLowerCase() ?? '';
  return MEDIA_TYPE.test(type) ? type : null;
}

/** What a provider delivers; `createdAt` is unix seconds. */
export interface JobResultDraft {
  readonly request: RequestOrEvent;
  /** The payload. */
  readonly content: string;
  /** The MIME type of the content, for everybody to read, where it is a text and not plain. */
  readonly mediaType?: string;
  /** What is still to be paid, for modes in which the result comes first. */
  readonly amountMsat?: Msat;
  readonly bolt11?: string;
  /** The hash of the payment whose preimage opens the content (hex). */
  readonly revealHash?: string;
  /** The file at the URL in the content, for everybody who reads the event. */
  readonly file?: FileReference;
  /** A relay where the request can be found. */
  readonly relayHint?: string;
  readonly createdAt: number;
}

/** The format of content that is locked to a payment. */
const REVEAL_VERSION = 'v1';

/**
 * Writes a job result in the dialect of its request. As NIP-90 says: the request as JSON of its seven fields, its
 * id, its public inputs, the customer, and a NIP-31 `alt` text. The first draft has a `status` and the `payment` in
 * sats in place of the inputs. In clear: what answers an encrypted request goes through `sealAnswer`.
 */
export function buildResult(draft: JobResultDraft): EventTemplate {
  const request = requestEvent(draft.request);
  const { amountMsat } = draft;
  const tags: string[][] = [
    requestJsonTag(request),
    requestTag(request.id, draft.relayHint),
    ...(request.kind === FIRST_DRAFT_REQUEST_KIND ? draftTags(amountMsat) : inputTags(request)),
    ['p', request.pubkey],
  ];
  if (amountMsat !== undefined) tags.push(amountTag(amountMsat, draft.bolt11));
  if (draft.revealHash !== undefined) tags.push(['reveal', draft.revealHash, REVEAL_VERSION]);
  if (draft.file !== undefined) tags.push(fileTag(draft.file));
  if (draft.mediaType !== undefined) tags.push(['m', draft.mediaType]);
  tags.push(['alt', `Result of a kind ${request.kind} job`]);
  return { kind: resultKindOf(request.kind), created_at: draft.createdAt, tags, content: draft.content };
}

function inputTags({ tags }: NostrEvent): string[][] {
  return tags.filter((tag) => tag[0] === 'i').map((tag) => [...tag]);
}

function draftTags(amountMsat: Msat | undefined): string[][] {
  const status = ['status', 'success'];
  return amountMsat === undefined ? [status] : [status, paymentTag(amountMsat)];
}
