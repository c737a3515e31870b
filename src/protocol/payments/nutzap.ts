import { isHex32, tagValues, type EventTemplate, type NostrEvent } from '../event.ts';
import { malformedTag, wrongKind, type EventFailureCode } from '../event-refusal.ts';
import { success, type Outcome } from '../outcome.ts';
import { firstTag } from '../tag-reading.ts';
import { parseJson } from '../untrusted-json.ts';
import { ecashProofJson, readEcashProof, type EcashProof } from './ecash-proof.ts';

/** Ecash sent in public, locked to its recipient (NIP-61): the payment is its own receipt. */
export const NUTZAP_KIND = 9321;

/** Proofs of one nutzap; amounts are powers of two, so honest ones need a few dozen. */
const MAX_PROOFS = 256;

/** A nutzap, as read and not yet believed; see `checkNutzap`. */
export interface Nutzap {
  readonly event: NostrEvent;
  readonly senderPubkey: string;
  readonly recipientPubkey: string;
  /** The mint, as the sender writes it. */
  readonly mint: string;
  /** `sat` unless told otherwise. */
  readonly unit: string;
  readonly proofs: readonly EcashProof[];
  /** The event that is paid for: an offer, a result, or the request as the first draft says. */
  readonly eventId: string | null;
  /** Untrusted text. */
  readonly comment: string;
  readonly createdAt: number;
}

/** Reads a nutzap. Fails with `wrong-kind`, or with `malformed-tag` for `p`, `u` or `proof`. */
export function parseNutzap(event: NostrEvent): Outcome<Nutzap, EventFailureCode> {
  if (event.kind !== NUTZAP_KIND) return wrongKind(event, 'nutzap (9321)');
  const recipientPubkey = firstTag(event.tags, 'p')?.[1];
  if (!isHex32(recipientPubkey)) return malformedTag('p', 'the public key of the recipient');
  const mint = firstTag(event.tags, 'u')?.[1];
  if (mint === undefined) return malformedTag('u', 'the address of the mint');
  const proofs = tagValues(event, 'proof')
    .slice(0, MAX_PROOFS + 1)
    .map((text) => readEcashProof(parseJson(text)));
  const whole = proofs.filter((proof) => proof !== null);
  if (whole.length === 0 || whole.length !== proofs.length || whole.length > MAX_PROOFS)
    return malformedTag('proof', `1 to ${MAX_PROOFS} pieces of ecash as JSON`);
  return success({
    event,
    senderPubkey: event.pubkey,
    recipientPubkey,
    mint,
    unit: firstTag(event.tags, 'unit')?.[1] ?? 'sat',
    proofs: whole,
    eventId: tagValues(event, 'e').find(isHex32) ?? null,
    comment: event.content,
    createdAt: event.created_at,
  });
}

/** Ecash to send, already locked to the recipient; `createdAt` is unix seconds. */
export interface NutzapDraft {
  readonly recipientPubkey: string;
  /** Exactly as the recipient's kind 10019 writes it. */
  readonly mint: string;
  readonly unit: string;
  readonly proofs: readonly EcashProof[];
  /** What is paid for, with a relay to find it. */
  readonly zapped?: { readonly id: string; readonly kind: number; readonly relayHint?: string };
  readonly comment?: string;
  readonly createdAt: number;
}

/** Writes a nutzap as NIP-61 says. Throws for amounts that JSON cannot hold exactly. */
export function buildNutzap(draft: NutzapDraft): EventTemplate {
  const tags = draft.proofs.map((proof) => ['proof', JSON.stringify(ecashProofJson(proof))]);
  tags.push(['unit', draft.unit], ['u', draft.mint]);
  if (draft.zapped !== undefined) {
    const { id, kind, relayHint } = draft.zapped;
    tags.push(relayHint === undefined ? ['e', id] : ['e', id, relayHint], ['k', kind.toString()]);
  }
  tags.push(['p', draft.recipientPubkey]);
  return { kind: NUTZAP_KIND, created_at: draft.createdAt, tags, content: draft.comment ?? '' };
}
