import { isHex32, type EventTemplate, type NostrEvent } from './event.ts';
import { encryptionScheme, mergePrivateTags, privateContent, readPrivateTags } from './encryption.ts';
import {
  isExchangeMode,
  isJobRequestKind,
  type ExchangeMode,
  type JobInput,
  type JobRequest,
} from './job.ts';
import type { Msat } from './msat.ts';
import { failure, success, type Outcome } from './outcome.ts';
import { allValues, firstTag, readRelays, readSeconds, type Tags } from './tag-reading.ts';
import { readAmount, readLightningAddress } from './written-amount.ts';

/** `not-a-job-request`: another kind of event. `missing-input-data`: an `i` tag without data. */
export type JobRequestFailureCode = 'not-a-job-request' | 'missing-input-data';

/** Tags that requests are encrypted for. */
const PRIVATE_TAGS = ['i', 'param', 'output', 'relays', 'bid', 'content', 'chain', 'refund'];

/**
 * Reads a job request (NIP-90 kinds 5000–5999) leniently. For an encrypted request give the decrypted content
 * as well: its tags then count, and plain text takes the place of elisym's placeholder input. Fails with
 * `not-a-job-request` or `missing-input-data` (`data.tag` is the index of the tag at fault).
 */
export function parseJobRequest(
  event: NostrEvent,
  decrypted?: string,
): Outcome<JobRequest, JobRequestFailureCode> {
  if (!isJobRequestKind(event.kind))
    return failure(
      'not-a-job-request',
      `Kind ${event.kind} is not a job request; those are kinds 5000 to 5999.`,
      { kind: event.kind },
    );
  const inner = decrypted === undefined ? null : readPrivateTags(decrypted, PRIVATE_TAGS);
  const tags = inner === null ? event.tags : mergePrivateTags(inner, event.tags);
  const content = inner === null ? (decrypted ?? event.content) : (privateContent(inner) ?? '');
  const bareInput = tags.findIndex((tag) => tag[0] === 'i' && tag[1] === undefined);
  if (bareInput !== -1)
    return failure('missing-input-data', `Tag ${bareInput} is an "i" tag without data; give it a value.`, {
      tag: bareInput,
    });
  const bid = firstTag(tags, 'bid');
  const encrypted = event.tags.some((tag) => tag[0] === 'encrypted');
  return success({
    event,
    id: event.id,
    customerPubkey: event.pubkey,
    kind: event.kind,
    inputs: readInputs(tags, content, decrypted !== undefined),
    params: readParams(tags),
    outputs: allValues(tags, 'output').filter((mime) => mime !== ''),
    bid: bid === undefined ? null : readAmount(bid.slice(1)),
    relays: readRelays(tags),
    targets: [...new Set(tags.flatMap((tag) => (tag[0] === 'p' && isHex32(tag[1]) ? [tag[1]] : [])))],
    exchanges: readExchanges(tags),
    expiresAt: readSeconds(firstTag(tags, 'expiration')?.[1]),
    createdAt: event.created_at,
    encrypted,
    scheme: encrypted && decrypted !== undefined ? encryptionScheme(event.content) : null,
    content,
    chain: readChain(tags),
    refundLud16: readLightningAddress(firstTag(tags, 'refund')?.[1]),
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

/** NIP-90 puts the relay before the marker, its draft put it after; some send no type, which then is text. */
function readInput(tag: readonly string[]): JobInput {
  const [, data = '', type = '', third = '', fourth = ''] = tag;
  const draftOrder = !isRelay(third) && (isRelay(fourth) || fourth === '');
  const [relay, marker] = draftOrder ? [fourth, third] : [third, fourth];
  return {
    data,
    type: type === '' ? 'text' : type,
    relay: isRelay(relay) ? relay : null,
    marker: marker === '' ? null : marker,
  };
}

function isRelay(text: string): boolean {
  return /^wss?:\/\//i.test(text);
}

function readParams(tags: Tags): Map<string, readonly string[]> {
  const params = new Map<string, string[]>();
  for (const [tagName, name, ...values] of tags) {
    if (tagName !== 'param' || name === undefined || name === '') continue;
    const known = params.get(name);
    if (known === undefined) params.set(name, values);
    else for (const value of values) known.push(value); // too many for one call's arguments, perhaps
  }
  return params;
}

function readExchanges(tags: Tags): ExchangeMode[] {
  const asked = allValues(tags, 'exchange');
  return [...new Set(asked.filter(isExchangeMode))];
}

function readChain(tags: Tags): Map<string, string> {
  const chain = new Map<string, string>();
  for (const [name, requestId, resultId] of tags)
    if (name === 'chain' && isHex32(requestId) && isHex32(resultId) && !chain.has(requestId))
      chain.set(requestId, resultId);
  return chain;
}

/** What a customer asks for; `createdAt` and `expiresAt` are unix seconds. */
export interface JobRequestDraft {
  readonly kind: number;
  readonly inputs: readonly JobInput[];
  /** Parameter name → its values. */
  readonly params: ReadonlyMap<string, readonly string[]>;
  /** MIME types, best first. */
  readonly outputs: readonly string[];
  readonly bidMsat?: Msat;
  /** Where answers should be published. */
  readonly relays: readonly string[];
  /** Providers to address; nobody in particular when left out. */
  readonly targets?: readonly string[];
  /** Exchange modes the customer can finish, best first. */
  readonly exchanges?: readonly ExchangeMode[];
  readonly expiresAt?: number;
  readonly content?: string;
  /** Request id of a `job` input → the result id to build on. */
  readonly chain?: ReadonlyMap<string, string>;
  /** Lightning address for refunds. */
  readonly refundLud16?: string;
  readonly createdAt: number;
}

/** Writes a job request as NIP-90 says, with our `exchange`, `chain` and `refund` tags where they were asked for. */
export function buildJobRequest(draft: JobRequestDraft): EventTemplate {
  const tags: string[][] = draft.inputs.map(inputTag);
  for (const mime of draft.outputs) tags.push(['output', mime]);
  for (const [name, values] of draft.params) tags.push(['param', name, ...values]);
  if (draft.bidMsat !== undefined) tags.push(['bid', draft.bidMsat.toString()]);
  if (draft.relays.length > 0) tags.push(['relays', ...draft.relays]);
  for (const pubkey of draft.targets ?? []) tags.push(['p', pubkey]);
  if (draft.expiresAt !== undefined) tags.push(['expiration', draft.expiresAt.toString()]);
  if (draft.exchanges !== undefined && draft.exchanges.length > 0)
    tags.push(['exchange', ...draft.exchanges]);
  for (const [requestId, resultId] of draft.chain ?? []) tags.push(['chain', requestId, resultId]);
  if (draft.refundLud16 !== undefined) tags.push(['refund', draft.refundLud16]);
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
  /** The request's kind, for the `k` tag. */
  readonly requestKind?: number;
  readonly reason?: string;
  readonly createdAt: number;
}): EventTemplate {
  const { requestId, requestKind, reason, createdAt } = cancellation;
  const tags = [['e', requestId]];
  if (requestKind !== undefined) tags.push(['k', requestKind.toString()]);
  return { kind: 5, created_at: createdAt, tags, content: reason ?? '' };
}
