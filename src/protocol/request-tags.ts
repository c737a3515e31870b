import { isHex32, type NostrEvent } from './event.ts';
import { followUpTag, readFollowUp, type FollowUp } from './follow-up.ts';
import { isExchangeMode, type ExchangeMode, type JobInput, type JobRequest } from './job.ts';
import type { Msat } from './msat.ts';
import { failure } from './outcome.ts';
import { mintTags, readMints } from './payments/ecash-terms.ts';
import { fileTag, readFileTags, type FileReference } from './result-file.ts';
import { readRescueWelcome, RESCUE_WELCOME_TAG } from './rescue.ts';
import { allValues, firstTag, readRelays, readSeconds, type Tags } from './tag-reading.ts';
import { readLightningAddress } from './written-amount.ts';

/** What the tags of a request say in the same words in every dialect. */
type SharedTerms = Pick<
  JobRequest,
  | 'event'
  | 'id'
  | 'customerPubkey'
  | 'outputs'
  | 'relays'
  | 'targets'
  | 'exchanges'
  | 'mints'
  | 'expiresAt'
  | 'createdAt'
  | 'chain'
  | 'refundLud16'
  | 'welcomesRescue'
  | 'followUp'
  | 'files'
>;

/** Reads what requests of all dialects have in common. */
export function readSharedTerms(event: NostrEvent, tags: Tags): SharedTerms {
  return {
    event,
    id: event.id,
    customerPubkey: event.pubkey,
    outputs: allValues(tags, 'output').filter((mime) => mime !== ''),
    relays: readRelays(tags),
    targets: [...new Set(tags.flatMap((tag) => (tag[0] === 'p' && isHex32(tag[1]) ? [tag[1]] : [])))],
    exchanges: [...new Set(allValues(tags, 'exchange').filter(isExchangeMode))],
    mints: readMints(tags),
    expiresAt: readSeconds(firstTag(tags, 'expiration')?.[1]),
    createdAt: event.created_at,
    chain: readChain(tags),
    refundLud16: readLightningAddress(firstTag(tags, 'refund')?.[1]),
    welcomesRescue: readRescueWelcome(tags),
    followUp: readFollowUp(event.tags),
    files: readFileTags(tags),
  };
}

function readChain(tags: Tags): Map<string, string> {
  const chain = new Map<string, string>();
  for (const [name, requestId, resultId] of tags)
    if (name === 'chain' && isHex32(requestId) && isHex32(resultId) && !chain.has(requestId))
      chain.set(requestId, resultId);
  return chain;
}

/** The refusal of the first input tag that carries no data, where there is one. */
export function refuseBareInput(
  tags: Tags,
  inputNames: readonly string[],
): ReturnType<typeof failure<'missing-input-data'>> | null {
  const index = tags.findIndex(([name = '', data]) => inputNames.includes(name) && data === undefined);
  if (index === -1) return null;
  const words = `Tag ${index} is an "${tags[index]?.[0]}" tag without data; give it a value.`;
  return failure('missing-input-data', words, { tag: index });
}

/** NIP-90 puts the relay before the marker, its drafts put it after; some send no type, which then is text. */
export function readInput(tag: readonly string[]): JobInput {
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

/** The parameters in tags of these names: the parameter's name, then its values. */
export function readParams(tags: Tags, tagNames: readonly string[]): Map<string, readonly string[]> {
  const params = new Map<string, string[]>();
  for (const [tagName = '', name, ...values] of tags) {
    if (!tagNames.includes(tagName) || name === undefined || name === '') continue;
    const known = params.get(name);
    if (known === undefined) params.set(name, values);
    else for (const value of values) known.push(value); // too many for one call's arguments, perhaps
  }
  return params;
}

/** What a customer asks for; `createdAt` and `expiresAt` are unix seconds. */
export interface JobRequestDraft {
  /** Which job, 5000–5999. */
  readonly kind: number;
  readonly inputs: readonly JobInput[];
  /** Parameter name → its values. */
  readonly params: ReadonlyMap<string, readonly string[]>;
  /** MIME types, best first. */
  readonly outputs: readonly string[];
  /** The most that the customer pays. */
  readonly bidMsat?: Msat;
  /** Where answers should be published. */
  readonly relays: readonly string[];
  /** Providers to address; nobody in particular when left out. */
  readonly targets?: readonly string[];
  /** Exchange modes the customer can finish, best first. */
  readonly exchanges?: readonly ExchangeMode[];
  /** Mints whose ecash the customer has or can get, best first. */
  readonly mints?: readonly string[];
  readonly expiresAt?: number;
  readonly content?: string;
  /** Request id of a `job` input → the result id to build on. */
  readonly chain?: ReadonlyMap<string, string>;
  /** Lightning address for refunds. */
  readonly refundLud16?: string;
  /** Others than `targets` may step in should these fail. */
  readonly welcomesRescue?: true;
  /** Which step of an earlier job this is. */
  readonly followUp?: FollowUp;
  /** What is behind `url` inputs. A key must not leave in clear: seal the request. */
  readonly files?: readonly FileReference[];
  readonly createdAt: number;
}

/** Writes what requests of all dialects have in common, with our `exchange`, `mint`, `chain`, `refund` and `continues` tags where asked for. */
export function sharedTermTags(draft: JobRequestDraft): string[][] {
  const tags = draft.outputs.map((mime) => ['output', mime]);
  for (const [name, values] of draft.params) tags.push(['param', name, ...values]);
  if (draft.relays.length > 0) tags.push(['relays', ...draft.relays]);
  for (const pubkey of draft.targets ?? []) tags.push(['p', pubkey]);
  if (draft.expiresAt !== undefined) tags.push(['expiration', draft.expiresAt.toString()]);
  if (draft.exchanges !== undefined && draft.exchanges.length > 0)
    tags.push(['exchange', ...draft.exchanges]);
  tags.push(...mintTags(draft.mints ?? []));
  for (const [requestId, resultId] of draft.chain ?? []) tags.push(['chain', requestId, resultId]);
  if (draft.refundLud16 !== undefined) tags.push(['refund', draft.refundLud16]);
  if (draft.welcomesRescue === true) tags.push([...RESCUE_WELCOME_TAG]);
  if (draft.followUp !== undefined) tags.push(followUpTag(draft.followUp));
  for (const file of draft.files ?? []) tags.push(fileTag(file));
  return tags;
}
