import { isHex32, type EventTemplate, type NostrEvent } from '../event.ts';
import { malformedTag, wrongKind, type EventFailureCode } from '../event-refusal.ts';
import { success, type Outcome } from '../outcome.ts';
import { firstTag } from '../tag-reading.ts';
import { readBolt11 } from '../written-amount.ts';
import type { ZapRequest } from './zap-request.ts';

/** A wallet's word that a zap was paid (NIP-57). Not a proof: anybody can sign one. */
export const ZAP_RECEIPT_KIND = 9735;

/** A zap receipt, as read and not yet believed; see `verifyZapReceipt`. */
export interface ZapReceipt {
  readonly event: NostrEvent;
  /** Who says that it was paid: the recipient's LNURL server, if the receipt is true. */
  readonly signerPubkey: string;
  readonly recipientPubkey: string;
  readonly senderPubkey: string | null;
  readonly eventId: string | null;
  readonly address: string | null;
  readonly bolt11: string;
  /** The zap request exactly as text: its SHA-256 is the invoice's description hash. */
  readonly description: string;
  /** As sent; in the wild often something else than a preimage. */
  readonly preimage: string | null;
  readonly createdAt: number;
}

/** Reads a zap receipt. Fails with `wrong-kind`, or with `malformed-tag` for `p`, `bolt11` or `description`. */
export function parseZapReceipt(event: NostrEvent): Outcome<ZapReceipt, EventFailureCode> {
  if (event.kind !== ZAP_RECEIPT_KIND) return wrongKind(event, 'zap receipt (9735)');
  const value = (name: string): string | null => firstTag(event.tags, name)?.[1] ?? null;
  const recipientPubkey = value('p');
  if (!isHex32(recipientPubkey)) return malformedTag('p', 'the public key of the recipient');
  const bolt11 = readBolt11(value('bolt11') ?? '');
  if (bolt11 === null) return malformedTag('bolt11', 'the invoice');
  const description = value('description');
  if (description === null) return malformedTag('description', 'the zap request as JSON');
  return success({
    event,
    signerPubkey: event.pubkey,
    recipientPubkey,
    senderPubkey: value('P'),
    eventId: value('e'),
    address: value('a'),
    bolt11,
    description,
    preimage: value('preimage'),
    createdAt: event.created_at,
  });
}

/** Writes a receipt for a zap that the own wallet saw paid at `paidAt` (unix seconds), as NIP-57 E says. */
export function buildZapReceipt(paid: {
  readonly zapRequest: ZapRequest;
  /** The zap request exactly as the sender's text had it. */
  readonly description: string;
  readonly bolt11: string;
  /** Hex. Publishing it is optional; routing nodes know it anyway. */
  readonly preimage?: string;
  readonly paidAt: number;
}): EventTemplate {
  const { zapRequest } = paid;
  const tags = [
    ['p', zapRequest.recipientPubkey],
    ['P', zapRequest.senderPubkey],
  ];
  if (zapRequest.eventId !== null) tags.push(['e', zapRequest.eventId]);
  if (zapRequest.address !== null) tags.push(['a', zapRequest.address]);
  const kind = firstTag(zapRequest.event.tags, 'k')?.[1];
  if (kind !== undefined) tags.push(['k', kind]);
  tags.push(['bolt11', paid.bolt11], ['description', paid.description]);
  if (paid.preimage !== undefined) tags.push(['preimage', paid.preimage]);
  return { kind: ZAP_RECEIPT_KIND, created_at: paid.paidAt, tags, content: '' };
}
