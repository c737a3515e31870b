import { parseAddress } from '../event-address.ts';
import { isHex32, type EventTemplate, type NostrEvent } from '../event.ts';
import { malformedTag, wrongKind, type EventFailureCode } from '../event-refusal.ts';
import { parseMsat, type Msat } from '../msat.ts';
import { success, type Outcome } from '../outcome.ts';
import { firstTag, readRelays } from '../tag-reading.ts';

/** Asks a lightning address for an invoice in the name of a Nostr key (NIP-57); sent by HTTP, not to relays. */
export const ZAP_REQUEST_KIND = 9734;

/** A zap request that keeps the rules of NIP-57, appendices A and D. */
export interface ZapRequest {
  readonly event: NostrEvent;
  readonly senderPubkey: string;
  readonly recipientPubkey: string;
  /** The event that is zapped; `null` when a person is. */
  readonly eventId: string | null;
  /** The addressable event that is zapped, as `kind:pubkey:identifier`. */
  readonly address: string | null;
  /** What the sender means to pay; `null` when it does not say. */
  readonly amountMsat: Msat | null;
  /** Where the receipt should be published; normalised. */
  readonly relays: readonly string[];
  /** The recipient's pay address in bech32, as sent. */
  readonly lnurl: string | null;
  /** Who must sign the receipt, where the sender says so (tag `P`). */
  readonly receiptPubkey: string | null;
  /** Words for the recipient; untrusted text. */
  readonly comment: string;
}

/**
 * Reads a zap request as strictly as a server must (NIP-57 D), save for what only the server knows: exactly one
 * `p`, at most one `e`, `a` and `P`, valid ids, addresses and amount. Missing relays are allowed. Fails with
 * `wrong-kind` or `malformed-tag`.
 */
export function parseZapRequest(event: NostrEvent): Outcome<ZapRequest, EventFailureCode> {
  if (event.kind !== ZAP_REQUEST_KIND) return wrongKind(event, 'zap request (9734)');
  const count = (name: string) => event.tags.filter((tag) => tag[0] === name).length;
  const value = (name: string) => event.tags.find((tag) => tag[0] === name)?.[1];
  const recipientPubkey = value('p');
  if (count('p') !== 1 || !isHex32(recipientPubkey))
    return malformedTag('p', 'there once, with a public key');
  const eventId = value('e') ?? null;
  if (count('e') > 1 || (count('e') === 1 && !isHex32(eventId)))
    return malformedTag('e', 'there at most once, with an event id');
  const address = value('a') ?? null;
  if (count('a') > 1 || (count('a') === 1 && parseAddress(address ?? undefined) === null))
    return malformedTag('a', 'there at most once, with an address kind:pubkey:identifier');
  const receiptPubkey = value('P') ?? null;
  if (count('P') > 1 || (count('P') === 1 && !isHex32(receiptPubkey)))
    return malformedTag('P', 'there at most once, with a public key');
  const amountMsat = count('amount') === 0 ? null : parseMsat(value('amount') ?? '');
  if (count('amount') > 1 || (count('amount') === 1 && amountMsat === null))
    return malformedTag('amount', 'there at most once, in whole millisatoshis');
  return success({
    event,
    senderPubkey: event.pubkey,
    recipientPubkey,
    eventId,
    address,
    amountMsat,
    relays: readRelays(event.tags),
    lnurl: firstTag(event.tags, 'lnurl')?.[1] ?? null,
    receiptPubkey,
    comment: event.content,
  });
}

/** What somebody wants to zap; `createdAt` is unix seconds. */
export interface ZapRequestDraft {
  readonly recipientPubkey: string;
  readonly amountMsat: Msat;
  /** Where the receipt should be published; at least one, or nobody will see it. */
  readonly relays: readonly string[];
  /** The recipient's pay address in bech32. */
  readonly lnurl?: string;
  /** The event that is zapped, as NIP-90 asks of whoever pays for a job. */
  readonly zapped?: { readonly id: string; readonly kind: number };
  readonly address?: string;
  readonly comment?: string;
  readonly createdAt: number;
}

/** Writes a zap request as NIP-57 A says. */
export function buildZapRequest(draft: ZapRequestDraft): EventTemplate {
  const tags: string[][] = [
    ['relays', ...draft.relays],
    ['amount', draft.amountMsat.toString()],
  ];
  if (draft.lnurl !== undefined) tags.push(['lnurl', draft.lnurl]);
  tags.push(['p', draft.recipientPubkey]);
  if (draft.zapped !== undefined) tags.push(['e', draft.zapped.id], ['k', draft.zapped.kind.toString()]);
  if (draft.address !== undefined) tags.push(['a', draft.address]);
  return { kind: ZAP_REQUEST_KIND, created_at: draft.createdAt, tags, content: draft.comment ?? '' };
}
