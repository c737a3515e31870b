import { tagValues, type NostrEvent } from '../protocol/index.ts';
import type { Reason } from './wire.ts';

/** The kind with which clients authenticate (NIP-42); never stored or passed on. */
export const AUTHENTICATION_KIND = 22_242;

const MAX_CLOCK_DIFFERENCE_S = 600;

/**
 * Why a client's AUTH event does not prove who it is (NIP-42), apart from its signature; `null` when it
 * does. `isOwnUrl` says whether a URL names this relay: without that, another relay could pass our
 * challenge on to its own clients.
 */
export function authenticationFault(
  event: NostrEvent,
  challenge: string,
  now: number,
  isOwnUrl: (url: string) => boolean,
): Reason | null {
  if (event.kind !== AUTHENTICATION_KIND)
    return `invalid: AUTH wants an event of kind ${AUTHENTICATION_KIND}`;
  if (Math.abs(event.created_at - now) > MAX_CLOCK_DIFFERENCE_S)
    return 'invalid: created_at must be the current time; check your clock';
  if (!tagValues(event, 'challenge').includes(challenge))
    return 'invalid: the challenge is not the one of this connection';
  if (!tagValues(event, 'relay').some(isOwnUrl)) return 'invalid: the relay tag names another relay';
  return null;
}
