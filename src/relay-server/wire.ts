import { failure, success, type Outcome } from '../protocol/index.ts';

/** The machine-readable prefixes of OK and CLOSED (NIP-01, NIP-42). */
export type ReasonPrefix =
  | 'duplicate'
  | 'blocked'
  | 'rate-limited'
  | 'invalid'
  | 'restricted'
  | 'auth-required'
  | 'unsupported'
  | 'error';

/** Why something was refused, as NIP-01 writes it: `prefix: words for people`. */
export type Reason = `${ReasonPrefix}: ${string}`;

/** What a client may say (NIP-01, NIP-42, NIP-45). Events and filters are not looked at yet. */
export type ClientMessage =
  | { readonly verb: 'EVENT' | 'AUTH'; readonly event: unknown }
  | { readonly verb: 'REQ' | 'COUNT'; readonly subscriptionId: string; readonly filters: readonly unknown[] }
  | { readonly verb: 'CLOSE'; readonly subscriptionId: string };

/** Reads one message of a client. Fails with `malformed-message`; the sentence is fit for a NOTICE. */
export function parseClientMessage(
  text: string,
  maxSubscriptionIdLength: number,
): Outcome<ClientMessage, 'malformed-message'> {
  let message: unknown;
  try {
    message = JSON.parse(text);
  } catch {
    return failure('malformed-message', 'the message is not JSON');
  }
  if (!Array.isArray(message)) return failure('malformed-message', 'a message must be a JSON array');
  const [verb, first, ...rest] = message as unknown[];
  switch (verb) {
    case 'EVENT':
    case 'AUTH':
      return success({ verb, event: first });
    case 'REQ':
    case 'COUNT':
    case 'CLOSE':
      if (typeof first !== 'string' || first === '' || first.length > maxSubscriptionIdLength)
        return failure(
          'malformed-message',
          `a subscription id must be a string of 1 to ${maxSubscriptionIdLength} characters`,
        );
      return success(
        verb === 'CLOSE' ? { verb, subscriptionId: first } : { verb, subscriptionId: first, filters: rest },
      );
    default:
      return failure('malformed-message', 'the message must be EVENT, REQ, COUNT, CLOSE or AUTH');
  }
}

/** `["OK", id, accepted, reason]` */
export function okMessage(eventId: string, accepted: boolean, reason: Reason | ''): string {
  return JSON.stringify(['OK', eventId, accepted, reason]);
}

/** `["CLOSED", subscription, reason]` */
export function closedMessage(subscriptionId: string, reason: Reason): string {
  return JSON.stringify(['CLOSED', subscriptionId, reason]);
}

/** `["NOTICE", reason]` */
export function noticeMessage(reason: Reason): string {
  return JSON.stringify(['NOTICE', reason]);
}

/** `["EOSE", subscription]` */
export function eoseMessage(subscriptionId: string): string {
  return JSON.stringify(['EOSE', subscriptionId]);
}

/** `["COUNT", query, {"count": n}]` (NIP-45) */
export function countMessage(subscriptionId: string, count: number): string {
  return JSON.stringify(['COUNT', subscriptionId, { count }]);
}

/** `["AUTH", challenge]` (NIP-42) */
export function authMessage(challenge: string): string {
  return JSON.stringify(['AUTH', challenge]);
}

/** `["EVENT", subscription, event]` around an event's JSON, which is serialised once for all its readers. */
export function eventMessage(subscriptionId: string, eventJson: string): string {
  return `["EVENT",${JSON.stringify(subscriptionId)},${eventJson}]`;
}
