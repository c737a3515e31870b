import { isHex32, type NostrEvent } from './event.ts';
import type { JobRequest } from './job.ts';
import type { Msat } from './msat.ts';
import { allValues, firstTag, type Tags } from './tag-reading.ts';
import { isRecord, parseJson } from './untrusted-json.ts';

/** Which request an answer belongs to and, where it says so, who asked. */
export interface RequestReference {
  readonly requestId: string | null;
  readonly customerPubkey: string | null;
}

/**
 * Finds the request behind feedback or a result: the `e` tag (the one marked `job` where there are several),
 * else what the `request` tag names. The customer is the key that the `request` or `e` tag gives, else a `p`
 * that is not the answer's author: peers copy the request's own `p` tags in front of the customer's.
 */
export function readRequestReference(event: NostrEvent, tags: Tags): RequestReference {
  const requested = readRequestTag(firstTag(tags, 'request')?.[1]);
  const eTags = tags.filter((tag) => tag[0] === 'e' && isHex32(tag[1]));
  const eTag =
    eTags.find((tag) => tag.slice(2).includes('job')) ??
    eTags.find((tag) => tag[1] === requested.requestId) ??
    eTags[0];
  const requestId = eTag?.[1] ?? requested.requestId;
  const people = allValues(tags, 'p').filter(isHex32);
  const stated = requested.requestId === requestId ? requested.customerPubkey : null;
  const marked = eTag?.[4];
  const customerPubkey =
    stated ??
    (isHex32(marked) ? marked : null) ??
    people.findLast((pubkey) => pubkey !== event.pubkey) ??
    people[0] ??
    null;
  return { requestId, customerPubkey };
}

/** A `request` tag holds the request as JSON; seen as well: JSON in JSON, a Python dict, a bare id. */
function readRequestTag(text: string | undefined): RequestReference {
  if (text === undefined) return { requestId: null, customerPubkey: null };
  if (isHex32(text)) return { requestId: text, customerPubkey: null };
  let parsed = parseJson(text);
  if (typeof parsed === 'string') parsed = parseJson(parsed);
  if (isRecord(parsed)) {
    const { id, pubkey } = parsed;
    return { requestId: isHex32(id) ? id : null, customerPubkey: isHex32(pubkey) ? pubkey : null };
  }
  return { requestId: pythonDictHex(text, 'id'), customerPubkey: pythonDictHex(text, 'pubkey') };
}

function pythonDictHex(text: string, key: 'id' | 'pubkey'): string | null {
  return new RegExp(`'${key}': ?'([0-9a-f]{64})'`).exec(text)?.[1] ?? null;
}

/** The request as read, or its event. */
export type RequestOrEvent = JobRequest | NostrEvent;

/** The event of a request that is given either way. */
export function requestEvent(request: RequestOrEvent): NostrEvent {
  return 'event' in request ? request.event : request;
}

/** The `request` tag of an answer: the request's seven NIP-01 fields and nothing that a library cached on the object. */
export function requestJsonTag({ id, pubkey, created_at, kind, tags, content, sig }: NostrEvent): string[] {
  return ['request', JSON.stringify({ id, pubkey, created_at, kind, tags, content, sig })];
}

/** The NIP-90 `amount` tag: millisatoshis in digits, then the invoice where there is one. */
export function amountTag(amountMsat: Msat, bolt11: string | undefined): string[] {
  return bolt11 === undefined ? ['amount', amountMsat.toString()] : ['amount', amountMsat.toString(), bolt11];
}

/** The `e` tag of an answer: which request it answers and a relay to find it. */
export function requestTag(requestId: string, relayHint: string | undefined): string[] {
  return relayHint === undefined ? ['e', requestId] : ['e', requestId, relayHint];
}
