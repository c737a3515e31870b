import { parseEvent, type NostrEvent } from '../protocol/index.ts';
import type { PublishReceipt } from './contract.ts';

/** What a relay can say to a client (NIP-01, NIP-42); everything else is ignored. */
export type RelayMessage =
  | { readonly type: 'event'; readonly requestId: string; readonly event: NostrEvent }
  | { readonly type: 'eose'; readonly requestId: string }
  | { readonly type: 'closed'; readonly requestId: string; readonly message: string }
  | { readonly type: 'ok'; readonly eventId: string; readonly accepted: boolean; readonly message: string }
  | { readonly type: 'auth'; readonly challenge: string };

/** Relays' own words are kept for people to read, up to this length. */
const MAX_WORDS = 500;
const MAX_CHALLENGE = 1_024;

/** Reads one text message of a relay. `null` for anything that is not one of ours, however it is broken. */
export function parseRelayMessage(text: string): RelayMessage | null {
  const message = parseJson(text);
  if (!Array.isArray(message)) return null;
  const [type, first, second, third]: unknown[] = message;
  if (typeof first !== 'string') return null;
  switch (type) {
    case 'EVENT': {
      const event = parseEvent(second);
      return event.ok ? { type: 'event', requestId: first, event: event.value } : null;
    }
    case 'EOSE':
      return { type: 'eose', requestId: first };
    case 'CLOSED':
      return { type: 'closed', requestId: first, message: words(second) };
    case 'OK':
      return typeof second === 'boolean'
        ? { type: 'ok', eventId: first, accepted: second, message: words(third) }
        : null;
    case 'AUTH':
      return first.length <= MAX_CHALLENGE ? { type: 'auth', challenge: first } : null;
    default:
      return null;
  }
}

/** Sorts a relay's OK by the machine-readable prefix of its message (NIP-01); what is unknown may be retried. */
export function publishOutcome(accepted: boolean, message: string): PublishReceipt['outcome'] {
  const prefix = prefixOf(message);
  if (prefix === 'duplicate') return 'duplicate';
  if (accepted) return 'accepted';
  return REFUSED.has(prefix) ? 'refused' : 'retry';
}

/** Whether a CLOSED may be followed by asking again later: the relay was busy or broken, it did not refuse. */
export function isPassingRefusal(message: string): boolean {
  return PASSING.has(prefixOf(message));
}

/** Whether the relay wants to know who asks before it answers (NIP-42). */
export function wantsAuthentication(message: string): boolean {
  return prefixOf(message) === 'auth-required';
}

const REFUSED = new Set(['invalid', 'blocked', 'pow', 'restricted', 'unsupported', 'payment-required']);
const PASSING = new Set(['rate-limited', 'error']);

function prefixOf(message: string): string {
  return /^([a-z-]+):/.exec(message)?.[1] ?? '';
}

function words(value: unknown): string {
  return typeof value === 'string' ? value.slice(0, MAX_WORDS) : '';
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
