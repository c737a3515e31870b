import { readRequestReference } from './answer-tags.ts';
import { isHex32, tagValues, type EventTemplate, type NostrEvent } from './event.ts';
import { malformedTag, wrongKind, type EventFailureCode } from './event-refusal.ts';
import { JOB_FEEDBACK_KIND } from './job.ts';
import { success, type Outcome } from './outcome.ts';
import { firstTag } from './tag-reading.ts';

/** Asks whether a provider is there, without asking for work (proposed for NIP-90). */
export const PING_KIND = 7007;

/** A ping, as read. */
export interface Ping {
  readonly id: string;
  readonly senderPubkey: string;
  /** Whom it asks; empty means everybody who listens. */
  readonly targets: readonly string[];
  readonly createdAt: number;
}

/** The answer to a ping: kind 7000 with the status `pong`. */
export interface Pong {
  readonly pingId: string;
  readonly providerPubkey: string;
  /** What the provider says about itself; untrusted text. */
  readonly content: string;
  readonly createdAt: number;
}

/** Reads a ping. Fails with `wrong-kind`. */
export function parsePing(event: NostrEvent): Outcome<Ping, EventFailureCode> {
  if (event.kind !== PING_KIND) return wrongKind(event, 'ping (7007)');
  return success({
    id: event.id,
    senderPubkey: event.pubkey,
    targets: [...new Set(tagValues(event, 'p').filter(isHex32))],
    createdAt: event.created_at,
  });
}

/** Writes a ping to one provider; `createdAt` is unix seconds. */
export function buildPing(ping: {
  readonly providerPubkey: string;
  readonly createdAt: number;
}): EventTemplate {
  return { kind: PING_KIND, created_at: ping.createdAt, tags: [['p', ping.providerPubkey]], content: '' };
}

/** Reads a pong. Fails with `wrong-kind`, or with `malformed-tag` for `status` or `e`. */
export function parsePong(event: NostrEvent): Outcome<Pong, EventFailureCode> {
  if (event.kind !== JOB_FEEDBACK_KIND) return wrongKind(event, 'pong (7000)');
  if (firstTag(event.tags, 'status')?.[1]?.trim().toLowerCase() !== 'pong')
    return malformedTag('status', 'the word "pong"');
  const { requestId } = readRequestReference(event, event.tags);
  if (requestId === null) return malformedTag('e', 'the id of the ping');
  return success({
    pingId: requestId,
    providerPubkey: event.pubkey,
    content: event.content,
    createdAt: event.created_at,
  });
}

/** Answers a ping; `createdAt` is unix seconds. */
export function buildPong(pong: {
  readonly ping: Pick<Ping, 'id' | 'senderPubkey'>;
  readonly content?: string;
  readonly createdAt: number;
}): EventTemplate {
  const { ping, content = '', createdAt } = pong;
  const tags = [
    ['status', 'pong'],
    ['e', ping.id],
    ['p', ping.senderPubkey],
  ];
  return { kind: JOB_FEEDBACK_KIND, created_at: createdAt, tags, content };
}
