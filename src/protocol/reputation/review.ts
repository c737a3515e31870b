import { isHex32, tagValues, type EventTemplate, type NostrEvent } from '../event.ts';
import { malformedTag, wrongKind, type EventFailureCode } from '../event-refusal.ts';
import { isJobRequestKind, isJobResultKind, JOB_FEEDBACK_KIND, resultKindOf } from '../job.ts';
import { success, type Outcome } from '../outcome.ts';
import { firstTag, type Tags } from '../tag-reading.ts';
import { readBolt11 } from '../written-amount.ts';

/** Reactions (NIP-25): the first draft of NIP-90 reviews results with them. */
export const REVIEW_KIND = 7;
/** Reviews as the agents of 2020117 write them; read, not written. */
export const AGENT_REVIEW_KIND = 31117;

/** What somebody says about a result, as read. Whether it counts is for `verifyReview` to say. */
export interface Review {
  readonly event: NostrEvent;
  readonly id: string;
  readonly authorPubkey: string;
  /** The result (or offer) it is about; `null` where only the request is named. */
  readonly reviewedId: string | null;
  readonly requestId: string | null;
  readonly providerPubkey: string | null;
  /** The `role` of a kind 31117, as sent: its authors rate customers as well as providers. */
  readonly role: string | null;
  /** 0 to 1; `null` when it says neither good nor bad. */
  readonly rating: number | null;
  /** The kind of what is reviewed. */
  readonly reviewedKind: number | null;
  /** Our `payment` tag: the invoice and what its payer learnt. */
  readonly payment: { readonly bolt11: string; readonly preimage: string } | null;
  /** Untrusted text. */
  readonly comment: string;
  readonly createdAt: number;
}

/**
 * Reads a review: a reaction to a job's result or feedback, or a kind 31117. Without our `rating` tag `+` and the
 * empty reaction are 1, `-` is 0 and an emoji is no rating (NIP-25). Fails with `wrong-kind`, or with
 * `malformed-tag` for `e` or `d` (nothing is reviewed), `k` (not of a job) or `rating`.
 */
export function parseReview(event: NostrEvent): Outcome<Review, EventFailureCode> {
  if (event.kind === AGENT_REVIEW_KIND) return parseAgentReview(event);
  if (event.kind !== REVIEW_KIND) return wrongKind(event, 'review (7, 31117)');
  const reviewedId = tagValues(event, 'e').findLast(isHex32);
  if (reviewedId === undefined) return malformedTag('e', 'the id of the result');
  const kind = firstTag(event.tags, 'k')?.[1];
  const reviewedKind = kind === undefined ? null : readKind(kind);
  if (kind !== undefined && (reviewedKind === null || !isOfAJob(reviewedKind)))
    return malformedTag('k', 'the kind of a job result or of job feedback');
  const written = firstTag(event.tags, 'rating')?.[1];
  const rating = written === undefined ? reactionRating(event.content) : readFraction(written);
  if (written !== undefined && rating === null) return malformedTag('rating', 'a number from 0 to 1');
  return success({
    ...common(event),
    reviewedId,
    requestId: null,
    providerPubkey: tagValues(event, 'p').findLast(isHex32) ?? null,
    role: null,
    rating,
    reviewedKind,
    comment: ['+', '-'].includes(event.content) ? '' : event.content,
  });
}

/** Kind 31117: the request in `d`, one to five stars in `rating`, the kind in `k` or `kind`. */
function parseAgentReview(event: NostrEvent): Outcome<Review, EventFailureCode> {
  const requestId = [...tagValues(event, 'd'), ...tagValues(event, 'e')].find(isHex32);
  if (requestId === undefined) return malformedTag('d', 'the id of the request');
  const stars = firstTag(event.tags, 'rating')?.[1] ?? '';
  if (!/^[1-5]$/.test(stars)) return malformedTag('rating', 'one to five stars');
  const kind = readKind(firstTag(event.tags, 'k')?.[1] ?? firstTag(event.tags, 'kind')?.[1] ?? '');
  return success({
    ...common(event),
    reviewedId: null,
    requestId,
    providerPubkey: tagValues(event, 'p').find(isHex32) ?? null,
    role: firstTag(event.tags, 'role')?.[1] ?? null,
    rating: (Number(stars) - 1) / 4,
    reviewedKind: kind !== null && isJobRequestKind(kind) ? resultKindOf(kind) : kind,
    comment: event.content,
  });
}

function common(event: NostrEvent): Pick<Review, 'event' | 'id' | 'authorPubkey' | 'payment' | 'createdAt'> {
  const { id, pubkey: authorPubkey, created_at: createdAt } = event;
  return { event, id, authorPubkey, payment: readPayment(event.tags), createdAt };
}

function readPayment(tags: Tags): Review['payment'] {
  const [, invoice = '', preimage = ''] = firstTag(tags, 'payment') ?? [];
  const bolt11 = readBolt11(invoice);
  return bolt11 !== null && isHex32(preimage) ? { bolt11, preimage } : null;
}

function readKind(text: string): number | null {
  return /^\d{1,5}$/.test(text) ? Number(text) : null;
}

function isOfAJob(kind: number): boolean {
  return isJobResultKind(kind) || kind === JOB_FEEDBACK_KIND;
}

function reactionRating(content: string): number | null {
  if (content === '+' || content === '') return 1;
  return content === '-' ? 0 : null;
}

function readFraction(text: string): number | null {
  return /^(0(\.\d{1,15})?|1(\.0{1,15})?)$/.test(text) ? Number(text) : null;
}

/** What a customer says about a result, or about an offer that was paid and not kept. */
export interface ReviewDraft {
  /** The result, or the offer where there is no result. */
  readonly reviewed: NostrEvent;
  /** 0 to 1, kept to three decimals. */
  readonly rating: number;
  readonly payment?: { readonly bolt11: string; readonly preimage: string };
  readonly comment?: string;
  /** A relay where the reviewed event can be found. */
  readonly relayHint?: string;
  readonly createdAt: number;
}

/**
 * Writes a review as a NIP-25 reaction with our `rating` and `payment` tags. Without words it is a `+` or a `-`.
 * Throws `RangeError` for a rating outside of 0 to 1.
 */
export function buildReview(draft: ReviewDraft): EventTemplate {
  const { reviewed, rating, relayHint = '' } = draft;
  if (!(rating >= 0 && rating <= 1)) throw new RangeError(`${rating} is no rating from 0 to 1`);
  const tags = [
    ['e', reviewed.id, relayHint, reviewed.pubkey],
    ['p', reviewed.pubkey],
    ['k', reviewed.kind.toString()],
    ['rating', (Math.round(rating * 1000) / 1000).toString()],
  ];
  if (draft.payment !== undefined) tags.push(['payment', draft.payment.bolt11, draft.payment.preimage]);
  const comment = draft.comment ?? '';
  const content = comment === '' ? (rating >= 0.5 ? '+' : '-') : comment;
  return { kind: REVIEW_KIND, created_at: draft.createdAt, tags, content };
}
