import {
  isHex32,
  isRecord,
  parseEvent,
  parseJson,
  parseZapReceipt,
  parseZapRequest,
  tagValues,
  type NostrEvent,
} from '../../protocol/index.ts';

/** Kinds that the index follows on relays: notes, deletions, reposts, reactions and zaps. */
export const CONTENT_KINDS: readonly number[] = [1, 5, 6, 7, 16, 9735];

/** Kinds that are looked up for each person: profile and follow list. */
export const PEOPLE_KINDS: readonly number[] = [0, 3];

/** What somebody thought of a note. A key has one vote for a note: the strongest of all it did. */
export interface Vote {
  /** The event that it is about, hex. */
  readonly target: string;
  readonly voter: string;
  readonly weight: number;
  readonly at: number;
}

/** How much more than a like each way of speaking well of a note counts: it takes more to do. */
const WEIGHTS = { reaction: 1, reply: 1.5, repost: 2, zap: 2 } as const;
/** A thousand sats count this much more than none; the amount is the zapper's own claim, so it counts little. */
const ZAP_AMOUNT_WEIGHT = 0.5;
const MAX_ZAP_WEIGHT = 4;

/** The vote that a reply, repost or reaction is; `null` for everything else, and for a dislike. */
export function readVote(event: NostrEvent): Vote | null {
  const weight = voteWeight(event);
  const target = weight === 0 ? null : votedFor(event);
  return target === null ? null : { target, voter: event.pubkey, weight, at: event.created_at };
}

function voteWeight({ kind, content }: NostrEvent): number {
  if (kind === 1) return WEIGHTS.reply;
  if (kind === 6 || kind === 16) return WEIGHTS.repost;
  return kind === 7 && content !== '-' ? WEIGHTS.reaction : 0;
}

/** Reactions name their target last (NIP-25), replies mark it (NIP-10). Quotes are no replies. */
function votedFor(event: NostrEvent): string | null {
  const names = event.tags.filter(([name, id]) => name === 'e' && isHex32(id));
  if (event.kind !== 1) return names.at(-1)?.[1] ?? null;
  const marked = (marker: string) => names.find((tag) => tag[3] === marker)?.[1];
  return marked('reply') ?? marked('root') ?? names.findLast((tag) => tag[3] !== 'mention')?.[1] ?? null;
}

/** Whether a note answers another one. */
export function isReply(event: NostrEvent): boolean {
  return event.kind === 1 && votedFor(event) !== null;
}

/**
 * The vote that a zap receipt brings, with the zap request that its sender must have signed: a receipt alone is anybody's
 * word (NIP-57). What was paid is not checked, since the vote counts by who gives it.
 */
export function readZap(event: NostrEvent): { readonly vote: Vote; readonly request: NostrEvent } | null {
  const receipt = parseZapReceipt(event);
  const signed = receipt.ok ? parseEvent(parseJson(receipt.value.description)) : receipt;
  const request = signed.ok ? parseZapRequest(signed.value) : signed;
  if (!request.ok || request.value.eventId === null) return null;
  const { eventId: target, senderPubkey: voter, amountMsat } = request.value;
  const sats = Number(amountMsat ?? 0n) / 1000;
  const weight = Math.min(MAX_ZAP_WEIGHT, WEIGHTS.zap + (ZAP_AMOUNT_WEIGHT * Math.log10(1 + sats)) / 3);
  return { vote: { target, voter, weight, at: event.created_at }, request: request.value.event };
}

/** What a profile says for searching. */
export interface ReadProfile {
  readonly name: string;
  /** The address by which a name server vouches for the key (NIP-05), as claimed. */
  readonly address: string;
  readonly about: string;
}

const MAX_NAME_CHARS = 200;
const MAX_ABOUT_CHARS = 1000;

/** Reads a profile (kind 0); what is missing is empty. */
export function readProfile({ content }: NostrEvent): ReadProfile {
  const parsed = parseJson(content);
  const told = isRecord(parsed) ? parsed : {};
  const text = (field: string, max: number) => {
    const value = told[field];
    return typeof value === 'string' ? value.slice(0, max) : '';
  };
  const names = [text('name', MAX_NAME_CHARS), text('display_name', MAX_NAME_CHARS)];
  return {
    name: [...new Set(names)].join(' ').trim(),
    address: text('nip05', MAX_NAME_CHARS),
    about: text('about', MAX_ABOUT_CHARS),
  };
}

/** Nobody reads more than this; a longer list is cut. */
const MAX_FOLLOWS = 1000;

/** Whom a follow list (kind 3) names, each once and without its author. */
export function readFollows(event: NostrEvent): string[] {
  const followed = new Set(tagValues(event, 'p').filter(isHex32));
  followed.delete(event.pubkey);
  return [...followed].slice(0, MAX_FOLLOWS);
}
