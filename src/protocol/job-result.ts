import {
  amountTag,
  readRequestReference,
  requestEvent,
  requestTag,
  type RequestOrEvent,
} from './answer-tags.ts';
import { isHex32, type EventTemplate, type NostrEvent } from './event.ts';
import { isJobResultKind, type JobResult } from './job.ts';
import type { Msat } from './msat.ts';
import { failure, success, type Outcome } from './outcome.ts';
import { firstTag, type Tags } from './tag-reading.ts';
import { readPrice } from './written-amount.ts';

/** `not-a-job-result`: another kind of event. `missing-request-id`: neither an `e` nor a `request` tag names the request. */
export type JobResultFailureCode = 'not-a-job-result' | 'missing-request-id';

/**
 * Reads a job result (NIP-90 kinds 6000–6999) leniently. For an encrypted result give the decrypted content as
 * well. It is never read as tags, because the results of feeds are JSON tag arrays. Whether the author was
 * asked, and whether the kind fits the request, is for the job fold to say.
 * Fails with `not-a-job-result` or `missing-request-id`.
 */
export function parseJobResult(
  event: NostrEvent,
  decrypted?: string,
): Outcome<JobResult, JobResultFailureCode> {
  if (!isJobResultKind(event.kind))
    return failure(
      'not-a-job-result',
      `Kind ${event.kind} is not a job result; those are kinds 6000 to 6999.`,
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
    ...readPrice(event.tags),
    reveal: readReveal(event.tags),
    content: decrypted ?? event.content,
    encrypted: event.tags.some((tag) => tag[0] === 'encrypted'),
    createdAt: event.created_at,
  });
}

function readReveal(tags: Tags): JobResult['reveal'] {
  const [, paymentHash, version = ''] = firstTag(tags, 'reveal') ?? [];
  return isHex32(paymentHash) ? { paymentHash, version } : null;
}

/** What a provider delivers; `createdAt` is unix seconds. */
export interface JobResultDraft {
  readonly request: RequestOrEvent;
  /** The payload. */
  readonly content: string;
  /** What is still to be paid, for modes in which the result comes first. */
  readonly amountMsat?: Msat;
  readonly bolt11?: string;
  /** The hash of the payment whose preimage opens the content (hex). */
  readonly revealHash?: string;
  /** A relay where the request can be found. */
  readonly relayHint?: string;
  readonly createdAt: number;
}

/** The format of content that is locked to a payment. */
const REVEAL_VERSION = 'v1';

/**
 * Writes a job result as NIP-90 says: the request as JSON of its seven fields, its id, its public inputs, the
 * customer, and a NIP-31 `alt` text. In clear: what answers an encrypted request goes through `sealAnswer`.
 */
export function buildResult(draft: JobResultDraft): EventTemplate {
  const request = requestEvent(draft.request);
  const inputs = request.tags.filter((tag) => tag[0] === 'i').map((tag) => [...tag]);
  const tags: string[][] = [
    ['request', JSON.stringify(sevenFields(request))],
    requestTag(request.id, draft.relayHint),
    ...inputs,
    ['p', request.pubkey],
  ];
  if (draft.amountMsat !== undefined) tags.push(amountTag(draft.amountMsat, draft.bolt11));
  if (draft.revealHash !== undefined) tags.push(['reveal', draft.revealHash, REVEAL_VERSION]);
  tags.push(['alt', `Result of a kind ${request.kind} job`]);
  return { kind: request.kind + 1000, created_at: draft.createdAt, tags, content: draft.content };
}

/** Copies the seven NIP-01 fields, so that nothing a library cached on the object is published. */
function sevenFields({ id, pubkey, created_at, kind, tags, content, sig }: NostrEvent): NostrEvent {
  return { id, pubkey, created_at, kind, tags, content, sig };
}
