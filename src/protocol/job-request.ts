import { encryptionScheme, mergePrivateTags, privateContent, readPrivateTags } from './encryption.ts';
import type { EventTemplate, NostrEvent } from './event.ts';
import { parseFirstDraftRequest, type FirstDraftRequestFailureCode } from './first-draft/read-request.ts';
import { FIRST_DRAFT_REQUEST_KIND, isJobKind, type JobInput, type JobRequest } from './job.ts';
import { failure, success, type Outcome } from './outcome.ts';
import {
  readInput,
  readParams,
  readSharedTerms,
  refuseBareInput,
  sharedTermTags,
  type JobRequestDraft,
} from './request-tags.ts';
import { firstTag, type Tags } from './tag-reading.ts';
import { readAmount } from './written-amount.ts';

/**
 * `not-a-job-request`: another kind of event. `missing-input-data`: an input tag without data. The rest is of the
 * first draft: `malformed-tag` (not exactly one `j`), `unknown-job-type`.
 */
export type JobRequestFailureCode = 'not-a-job-request' | 'missing-input-data' | FirstDraftRequestFailureCode;

/** Tags that requests are encrypted for. */
const PRIVATE_TAGS = ['i', 'param', 'output', 'relays', 'bid', 'content', 'chain', 'refund'];

/**
 * Reads a job request leniently: NIP-90 kinds 5000–5999, or kind 68001 of the first draft. For an encrypted request
 * give the decrypted content as well: its tags then count, and plain text takes the place of elisym's placeholder
 * input. Fails with a `JobRequestFailureCode`; `data.tag` of `missing-input-data` is the index of the tag at fault.
 */
export function parseJobRequest(
  event: NostrEvent,
  decrypted?: string,
): Outcome<JobRequest, JobRequestFailureCode> {
  if (event.kind === FIRST_DRAFT_REQUEST_KIND) return parseFirstDraftRequest(event);
  if (!isJobKind(event.kind))
    return failure(
      'not-a-job-request',
      `Kind ${event.kind} is not a job request; those are kinds 5000 to 5999.`,
      { kind: event.kind },
    );
  const inner = decrypted === undefined ? null : readPrivateTags(decrypted, PRIVATE_TAGS);
  const tags = inner === null ? event.tags : mergePrivateTags(inner, event.tags);
  const content = inner === null ? (decrypted ?? event.content) : (privateContent(inner) ?? '');
  const refused = refuseBareInput(tags, ['i']);
  if (refused !== null) return refused;
  const bid = firstTag(tags, 'bid');
  const encrypted = event.tags.some((tag) => tag[0] === 'encrypted');
  return success({
    ...readSharedTerms(event, tags),
    dialect: 'nip-90',
    kind: event.kind,
    identifier: null,
    inputs: readInputs(tags, content, decrypted !== undefined),
    params: readParams(tags, ['param']),
    bid: bid === undefined ? null : readAmount(bid.slice(1)),
    encrypted,
    scheme: encrypted && decrypted !== undefined ? encryptionScheme(event.content) : null,
    content,
  });
}

/** Elisym writes a placeholder into the `i` tag and the input itself into `content`, in clear or encrypted. */
function readInputs(tags: Tags, content: string, wasEncrypted: boolean): JobInput[] {
  const elisym = tags.some((tag) => tag[0] === 't' && tag[1] === 'elisym');
  const isPlaceholder = ({ data, type }: JobInput) =>
    type === 'text' && ((wasEncrypted && data === 'encrypted') || (elisym && data === 'text'));
  return tags.flatMap((tag) => {
    if (tag[0] !== 'i') return [];
    const input = readInput(tag);
    return [content !== '' && isPlaceholder(input) ? { ...input, data: content } : input];
  });
}

/** Writes a job request as NIP-90 says, with our `exchange`, `mint`, `chain` and `refund` tags where they were asked for. */
export function buildJobRequest(draft: JobRequestDraft): EventTemplate {
  const tags = draft.inputs.map(inputTag);
  if (draft.bidMsat !== undefined) tags.push(['bid', draft.bidMsat.toString()]);
  tags.push(...sharedTermTags(draft));
  return { kind: draft.kind, created_at: draft.createdAt, tags, content: draft.content ?? '' };
}

/** Empty places at the end of an `i` tag are left out; the type always stands, since peers drop shorter tags. */
function inputTag({ data, type, relay, marker }: JobInput): string[] {
  if (marker !== null) return ['i', data, type, relay ?? '', marker];
  return relay === null ? ['i', data, type] : ['i', data, type, relay];
}

/** Withdraws a request: a kind 5 deletion by its author (NIP-09), with the reason as content. */
export function buildCancellation(cancellation: {
  readonly requestId: string;
  /** The kind of the request's event, for the `k` tag. */
  readonly requestKind?: number;
  readonly reason?: string;
  readonly createdAt: number;
}): EventTemplate {
  const { requestId, requestKind, reason, createdAt } = cancellation;
  const tags = [['e', requestId]];
  if (requestKind !== undefined) tags.push(['k', requestKind.toString()]);
  return { kind: 5, created_at: createdAt, tags, content: reason ?? '' };
}
