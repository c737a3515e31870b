import {
  failure,
  normalizeRelayUrl,
  parseEvent,
  parseJson,
  success,
  verifyEvent,
  type NostrEvent,
  type Outcome,
} from '../../protocol/index.ts';
import type { JobContext } from '../../provider/index.ts';

/** What a customer wants to have published: each event at its own date. */
export interface PublishingOrder {
  readonly events: readonly NostrEvent[];
  readonly relays: readonly string[];
}

const MAX_EVENTS = 20;
const MAX_EVENT_CHARS = 131_072;
const MAX_RELAYS = 10;

/**
 * Reads the signed events and the relays of a request. Fails with `too-many-events`, `invalid-event` (no event),
 * `bad-signature` or `too-far-ahead`; an event whose time has passed is published at once.
 */
export function readOrder(
  { inputs, params }: JobContext,
  { ownRelays, latest }: { readonly ownRelays: readonly string[]; readonly latest: number },
): Outcome<PublishingOrder, 'too-many-events' | 'invalid-event' | 'bad-signature' | 'too-far-ahead'> {
  if (inputs.length > MAX_EVENTS)
    return failure('too-many-events', `A job may schedule at most ${MAX_EVENTS} events.`);
  const events: NostrEvent[] = [];
  for (const { text } of inputs) {
    const read =
      text.length > MAX_EVENT_CHARS ? failure('too-large', 'It is too large.') : parseEvent(parseJson(text));
    if (!read.ok)
      return failure('invalid-event', `An input is no signed event as JSON. ${read.failure.message}`);
    if (!verifyEvent(read.value))
      return failure('bad-signature', 'The id or signature of an event is wrong, so no relay would take it.');
    if (read.value.created_at > latest)
      return failure('too-far-ahead', `Events can be scheduled until ${isoTime(latest)}.`);
    events.push(read.value);
  }
  const named = (params.get('relays') ?? []).flatMap((url) => normalizeRelayUrl(url) ?? []);
  const relays = [...new Set(named)].slice(0, MAX_RELAYS);
  return success({ events, relays: relays.length > 0 ? relays : ownRelays });
}

/** A time (unix seconds) for people, in UTC. */
export function isoTime(seconds: number): string {
  return new Date(seconds * 1000).toISOString().replace('.000', '');
}
