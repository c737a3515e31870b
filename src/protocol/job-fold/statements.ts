import { compareEvents } from '../answer-order.ts';
import type { NostrEvent } from '../event.ts';
import { failure, success, type Outcome } from '../outcome.ts';
import { NUTZAP_REDEMPTION_KIND, parseNutzapRedemption } from '../payments/nutzap-redemption.ts';
import { NUTZAP_KIND } from '../payments/nutzap.ts';
import { ZAP_RECEIPT_KIND } from '../payments/zap-receipt.ts';
import { AGENT_REVIEW_KIND, REVIEW_KIND } from '../reputation/review.ts';
import type { AnsweredJob } from './answered-job.ts';
import { readNutzapClaim, readZapClaim } from './payment-claims.ts';
import type { Claim } from './payment-evidence.ts';
import type { TimelineEntry } from './picture.ts';
import { readReview, type CountedReview } from './reviews.ts';
import type { SetAside, SetAsideReason } from './set-aside.ts';

/** What is listed at most of things that anybody can publish about a job. */
export const MAX_LISTED = 200;

/**
 * Payments and reviews, which mean something only beside the answers that they are about, in the order in which they
 * are read: the customer's own reviews come first, so that strangers cannot use up the invoices that are looked into.
 */
const STATEMENT_KINDS = [
  REVIEW_KIND,
  AGENT_REVIEW_KIND,
  NUTZAP_KIND,
  ZAP_RECEIPT_KIND,
  NUTZAP_REDEMPTION_KIND,
] as const;

/** Whether events of the kind can say that somebody was paid, or did well. */
export function isStatementKind(kind: number): boolean {
  return STATEMENT_KINDS.some((known) => known === kind);
}

/** What was paid and how the work was liked, as the events around a job's answers say. */
export interface Statements {
  readonly claims: readonly Claim[];
  /** Oldest first. */
  readonly reviews: readonly CountedReview[];
  readonly timeline: readonly TimelineEntry[];
  readonly setAside: readonly SetAside[];
}

/** Reads payments and reviews against the answers that count. */
export function readStatements(events: readonly NostrEvent[], job: AnsweredJob): Statements {
  const claims = new Map<string, Claim>();
  const reviews: CountedReview[] = [];
  const timeline: TimelineEntry[] = [];
  const setAside: SetAside[] = [];
  const redeemed = redemptionsIn(events);
  let unproven = 0;
  for (const event of events.toSorted(compareStatements)) {
    const read =
      event.kind === NUTZAP_REDEMPTION_KIND
        ? readRedemption(event, claims)
        : readStatement(event, job, redeemed);
    const claim = read.ok ? (read.value.claim ?? null) : null;
    const isUnproven = claim?.evidence.strength === 'claimed';
    if (!read.ok) setAside.push({ event, reason: read.failure.code });
    else if (isUnproven && unproven === MAX_LISTED) setAside.push({ event, reason: 'too-many' });
    else {
      if (isUnproven) unproven += 1;
      if (claim !== null) claims.set(event.id, claim);
      if (read.value.review !== undefined) reviews.push(read.value.review);
      const amountMsat = claim?.evidence.amountMsat ?? null;
      const { id: eventId, pubkey, created_at: at } = event;
      timeline.push({ at, pubkey, what: read.value.what, amountMsat, eventId });
    }
  }
  reviews.sort((left, right) => compareEvents(left.counted.review.event, right.counted.review.event));
  return { claims: [...claims.values()], reviews, timeline, setAside };
}

interface Statement {
  readonly what: TimelineEntry['what'];
  readonly claim?: Claim | null;
  readonly review?: CountedReview;
}

function readStatement(
  event: NostrEvent,
  job: AnsweredJob,
  redeemed: ReadonlyMap<string, ReadonlySet<string>>,
): Outcome<Statement, SetAsideReason> {
  if (event.kind === ZAP_RECEIPT_KIND) {
    const claim = readZapClaim(event, job);
    return claim.ok ? success({ what: 'zap-receipt', claim: claim.value }) : claim;
  }
  if (event.kind === NUTZAP_KIND) {
    const claim = readNutzapClaim(event, job, redeemed.get(event.id));
    return claim.ok ? success({ what: 'nutzap', claim: claim.value }) : claim;
  }
  const review = readReview(event, job);
  return review.ok ? success({ what: 'review', claim: review.value.claim, review: review.value }) : review;
}

/** A redemption counts when it is of a nutzap that counts, by the provider that got it. */
function readRedemption(
  event: NostrEvent,
  claims: ReadonlyMap<string, Claim>,
): Outcome<Statement, SetAsideReason> {
  const parsed = parseNutzapRedemption(event);
  if (!parsed.ok) return failure('malformed', parsed.failure.message);
  const own = parsed.value.nutzapIds.flatMap((id) => claims.get(id) ?? []);
  if (own.length === 0) return failure('target-unseen', 'It redeems nothing that counts here.');
  return own.some(({ providerPubkey }) => providerPubkey === event.pubkey)
    ? success({ what: 'redemption' })
    : failure('wrong-payee', 'It redeems what somebody else was paid.');
}

/** Nutzap id → who say that they redeemed it. */
function redemptionsIn(events: readonly NostrEvent[]): Map<string, Set<string>> {
  const redeemed = new Map<string, Set<string>>();
  for (const event of events) {
    if (event.kind !== NUTZAP_REDEMPTION_KIND) continue;
    const parsed = parseNutzapRedemption(event);
    for (const id of parsed.ok ? parsed.value.nutzapIds : [])
      redeemed.set(id, (redeemed.get(id) ?? new Set()).add(event.pubkey));
  }
  return redeemed;
}

function compareStatements(left: NostrEvent, right: NostrEvent): number {
  return rankOf(left.kind) - rankOf(right.kind) || compareEvents(left, right);
}

function rankOf(kind: number): number {
  return STATEMENT_KINDS.findIndex((known) => known === kind);
}
