import { isResult, type Answer } from '../answer-order.ts';
import type { NostrEvent } from '../event.ts';
import type { TimelineEntry } from './picture.ts';

/** What happened, oldest first. Within a second the request leads and the cancellation comes last. */
export function timelineOf(history: {
  readonly request: NostrEvent | null;
  /** In their order. */
  readonly answers: readonly Answer[];
  /** Payments and reviews. */
  readonly stated: readonly TimelineEntry[];
  readonly dependents: readonly NostrEvent[];
  readonly cancellation: NostrEvent | null;
}): TimelineEntry[] {
  const { request, answers, stated, dependents, cancellation } = history;
  const entries = answers.map((answer): TimelineEntry => ({
    at: answer.createdAt,
    pubkey: answer.providerPubkey,
    what: isResult(answer) ? 'result' : answer.status,
    amountMsat: answer.amount?.msat ?? null,
    eventId: answer.id,
  }));
  if (request !== null) entries.unshift(plainEntry('request', request));
  entries.push(...stated, ...dependents.map((event) => plainEntry('built-on', event)));
  if (cancellation !== null) entries.push(plainEntry('cancellation', cancellation));
  return entries.toSorted((left, right) => left.at - right.at); // stable: same-second order is kept
}

function plainEntry(what: 'request' | 'built-on' | 'cancellation', event: NostrEvent): TimelineEntry {
  return { at: event.created_at, pubkey: event.pubkey, what, amountMsat: null, eventId: event.id };
}
