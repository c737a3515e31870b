import { isHex32, tagValues, type EventTemplate, type NostrEvent } from '../event.ts';
import { malformedTag, wrongKind, type EventFailureCode } from '../event-refusal.ts';
import { success, type Outcome } from '../outcome.ts';
import { firstTag } from '../tag-reading.ts';
import { isRecord, parseJson } from '../untrusted-json.ts';

/** Ecash sent in public, locked to its recipient (NIP-61): the payment is its own receipt. */
export const NUTZAP_KIND = 9321;

/** Proofs of one nutzap; amounts are powers of two, so honest ones need a few dozen. */
const MAX_PROOFS = 256;

/** One piece of ecash as Cashu writes it (NUT-00), shapes checked only. */
export interface EcashProof {
  /** In the nutzap's unit. */
  readonly amount: bigint;
  /** Keyset id, hex. */
  readonly id: string;
  readonly secret: string;
  /** The mint's signature: a compressed point, hex. */
  readonly C: string;
  /** NUT-12: shows offline that the mint signed it. Not checked here. */
  readonly dleq: { readonly e: string; readonly s: string; readonly r: string } | null;
}

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
    .map(readProof);
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

function readProof(text: string): EcashProof | null {
  const proof = parseJson(text);
  if (!isRecord(proof)) return null;
  const { amount, id, secret, C, dleq } = proof;
  const isAmount = typeof amount === 'number' && Number.isSafeInteger(amount) && amount > 0;
  if (!isAmount || typeof id !== 'string' || !/^[0-9a-f]{16,66}$/i.test(id)) return null;
  if (typeof secret !== 'string' || secret === '' || typeof C !== 'string' || !/^0[23][0-9a-f]{64}$/i.test(C))
    return null;
  return { amount: BigInt(amount), id, secret, C, dleq: readDleq(dleq) };
}

function readDleq(dleq: unknown): EcashProof['dleq'] {
  if (!isRecord(dleq)) return null;
  const { e, s, r } = dleq;
  return isHex32(e) && isHex32(s) && isHex32(r) ? { e, s, r } : null;
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
  const tags = draft.proofs.map((proof) => ['proof', writeProof(proof)]);
  tags.push(['unit', draft.unit], ['u', draft.mint]);
  if (draft.zapped !== undefined) {
    const { id, kind, relayHint } = draft.zapped;
    tags.push(relayHint === undefined ? ['e', id] : ['e', id, relayHint], ['k', kind.toString()]);
  }
  tags.push(['p', draft.recipientPubkey]);
  return { kind: NUTZAP_KIND, created_at: draft.createdAt, tags, content: draft.comment ?? '' };
}

function writeProof({ amount, id, secret, C, dleq }: EcashProof): string {
  if (amount <= 0n || amount > BigInt(Number.MAX_SAFE_INTEGER))
    throw new RangeError(`${amount} is no amount of ecash`);
  return JSON.stringify({ amount: Number(amount), id, secret, C, ...(dleq === null ? {} : { dleq }) });
}
