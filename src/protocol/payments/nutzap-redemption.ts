import { parseTagList, type TextCipher } from '../encryption.ts';
import { isHex32, tagValues, type EventTemplate, type NostrEvent } from '../event.ts';
import { malformedTag, wrongKind, type EventFailureCode } from '../event-refusal.ts';
import { success, type Outcome } from '../outcome.ts';
import { firstTag, type Tags } from '../tag-reading.ts';

/** Ecash history (NIP-60); with `redeemed` tags it says that nutzaps were claimed (NIP-61). */
export const NUTZAP_REDEMPTION_KIND = 7376;

/** What a recipient says it claimed. Anybody can say so about nutzaps to itself. */
export interface NutzapRedemption {
  readonly recipientPubkey: string;
  /** The nutzaps that were claimed. */
  readonly nutzapIds: readonly string[];
  readonly senderPubkeys: readonly string[];
  /** What only the recipient can read; `null` without the decrypted content. */
  readonly booked: BookedEcash | null;
  readonly createdAt: number;
}

/** The private part of a redemption. */
export interface BookedEcash {
  readonly direction: 'in' | 'out';
  readonly amount: bigint;
  readonly unit: string;
  /** The token events (kind 7375) in which the ecash now is. */
  readonly createdIds: readonly string[];
}

/**
 * Reads a redemption, with the decrypted content where the recipient reads it. Fails with `wrong-kind`, or with
 * `malformed-tag` for `e` when it redeems no nutzap.
 */
export function parseNutzapRedemption(
  event: NostrEvent,
  decrypted?: string,
): Outcome<NutzapRedemption, EventFailureCode> {
  if (event.kind !== NUTZAP_REDEMPTION_KIND) return wrongKind(event, 'nutzap redemption (7376)');
  const inner = decrypted === undefined ? null : parseTagList(decrypted);
  const nutzapIds = markedIds([...event.tags, ...(inner ?? [])], 'redeemed');
  if (nutzapIds.length === 0) return malformedTag('e', 'the id of a nutzap, marked "redeemed"');
  return success({
    recipientPubkey: event.pubkey,
    nutzapIds,
    senderPubkeys: [...new Set(tagValues(event, 'p').filter(isHex32))],
    booked: inner === null ? null : readBooked(inner),
    createdAt: event.created_at,
  });
}

function readBooked(tags: Tags): BookedEcash | null {
  const direction = firstTag(tags, 'direction')?.[1];
  const amount = firstTag(tags, 'amount')?.[1] ?? '';
  if ((direction !== 'in' && direction !== 'out') || !/^\d{1,19}$/.test(amount)) return null;
  const unit = firstTag(tags, 'unit')?.[1] ?? 'sat';
  return { direction, amount: BigInt(amount), unit, createdIds: markedIds(tags, 'created') };
}

function markedIds(tags: Tags, marker: string): string[] {
  const marked = tags.filter((tag) => tag[0] === 'e' && tag[3] === marker);
  return [...new Set(marked.map((tag) => tag[1]).filter(isHex32))];
}

/** Writes that nutzaps were claimed; the private part is encrypted by the recipient to itself (NIP-44). */
export async function buildNutzapRedemption(
  redemption: NutzapRedemption & { readonly booked: BookedEcash },
  nip44: TextCipher,
): Promise<EventTemplate> {
  const { direction, amount, unit, createdIds } = redemption.booked;
  const inner = [
    ['direction', direction],
    ['amount', amount.toString()],
    ['unit', unit],
    ...createdIds.map((id) => ['e', id, '', 'created']),
  ];
  const tags = [
    ...redemption.nutzapIds.map((id) => ['e', id, '', 'redeemed']),
    ...redemption.senderPubkeys.map((pubkey) => ['p', pubkey]),
  ];
  const content = await nip44.encrypt(redemption.recipientPubkey, JSON.stringify(inner));
  return { kind: NUTZAP_REDEMPTION_KIND, created_at: redemption.createdAt, tags, content };
}
