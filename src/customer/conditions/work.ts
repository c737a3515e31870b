import { pause } from '../../clock/index.ts';
import {
  addWork,
  committedWork,
  isKeptOnceBegun,
  workAskedFor,
  workOf,
  type Condition,
  type EventTemplate,
  type NostrEvent,
} from '../../protocol/index.ts';

/** The most proof of work that is done for one request: about a minute of one core. */
export const MAX_WORK_BITS = 24;
/** Nonces tried before the rest of the process has its turn. */
const TRIES_IN_A_ROW = 2000;

/**
 * The event template with a nonce by which it shows so much work (NIP-13); as it was when no bits are asked for, or when
 * the signal aborts first.
 */
export async function withWork(
  template: EventTemplate,
  pubkey: string,
  work: { readonly bits: number; readonly signal: AbortSignal },
): Promise<EventTemplate> {
  for (let firstNonce = 0; work.bits > 0 && !work.signal.aborted; firstNonce += TRIES_IN_A_ROW) {
    const worked = addWork(template, pubkey, { bits: work.bits, firstNonce, tries: TRIES_IN_A_ROW });
    if (worked !== null) return worked;
    await pause(0, work.signal);
  }
  return template;
}

/** The proof of work that a request shows and says it was worked for, in bits. */
export function shownWork(request: NostrEvent): number {
  return Math.min(workOf(request.id), committedWork(request) ?? 0);
}

/**
 * The conditions of an offer that the request does not meet by itself: all but proof of work that it shows, and what
 * becomes of a payment once it is cancelled, which asks for nothing.
 */
export function unmetConditions(conditions: readonly Condition[], workBits: number): Condition[] {
  return conditions.filter(
    (condition) => !isKeptOnceBegun(condition) && (workAskedFor([condition]) ?? Infinity) > workBits,
  );
}
