import type { EventTemplate, NostrEvent } from './event.ts';
import { failure, success, type Outcome } from './outcome.ts';
import { firstTag, readSeconds } from './tag-reading.ts';

/** Replaceable, so a key has one heartbeat and providers need a key for each machine. */
export const HEARTBEAT_KIND = 11998;

/** How long one beat says that a provider is alive. Clients hide providers silent for 900 s. */
const BEAT_SECONDS = 300;

/** A provider's sign of life, as read (kind 11998, proposed for NIP-90). */
export interface Heartbeat {
  readonly pubkey: string;
  /** The `d` tag of the announcement it keeps alive; `null` where the sender left it out. */
  readonly identifier: string | null;
  /** As sent; `null` when absent. */
  readonly status: string | null;
  readonly createdAt: number;
  /** Unix seconds; 300 s after its creation unless it says otherwise. */
  readonly expiresAt: number;
}

/** Reads a heartbeat. Fails with `not-a-heartbeat` on another kind of event. */
export function parseHeartbeat(event: NostrEvent): Outcome<Heartbeat, 'not-a-heartbeat'> {
  if (event.kind !== HEARTBEAT_KIND)
    return failure('not-a-heartbeat', `Kind ${event.kind} is not a heartbeat; that is kind 11998.`, {
      kind: event.kind,
    });
  return success({
    pubkey: event.pubkey,
    identifier: firstTag(event.tags, 'd')?.[1] ?? null,
    status: firstTag(event.tags, 'status')?.[1] ?? null,
    createdAt: event.created_at,
    expiresAt: readSeconds(firstTag(event.tags, 'expiration')?.[1]) ?? event.created_at + BEAT_SECONDS,
  });
}

/** Writes a heartbeat for the announcement with that `d` tag, good for 300 s; `createdAt` is unix seconds. */
export function buildHeartbeat(beat: {
  readonly identifier: string;
  readonly status: string;
  readonly createdAt: number;
}): EventTemplate {
  const { identifier, status, createdAt } = beat;
  const tags = [
    ['d', identifier],
    ['status', status],
    ['expiration', (createdAt + BEAT_SECONDS).toString()],
  ];
  return { kind: HEARTBEAT_KIND, created_at: createdAt, tags, content: '' };
}
