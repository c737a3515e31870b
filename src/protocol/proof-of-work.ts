import { hexToBytes } from '@noble/hashes/utils.js';
import { eventId, type EventTemplate } from './event.ts';
import { firstTag } from './tag-reading.ts';

/** The work that an event id (64 hex characters) shows: its leading zero bits (NIP-13). */
export function workOf(id: string): number {
  let bits = 0;
  for (const byte of hexToBytes(id)) {
    if (byte !== 0) return bits + Math.clz32(byte) - 24;
    bits += 8;
  }
  return bits;
}

/**
 * The difficulty that an event's `nonce` tag says it was worked for (NIP-13); `null` when it says none. Without it a
 * lucky id could pass for work that nobody did, so some relays and clients refuse the event.
 */
export function committedWork({ tags }: Pick<EventTemplate, 'tags'>): number | null {
  const target = firstTag(tags, 'nonce')?.[2] ?? '';
  return /^\d{1,3}$/.test(target) ? Number(target) : null;
}

/**
 * Seeks a nonce with which the event of this author shows so much work (NIP-13), from `firstNonce` on and for so many
 * `tries`; `null` when none of them does. Deterministic, so that a long search can be done in pieces.
 */
export function addWork(
  template: EventTemplate,
  pubkey: string,
  search: { readonly bits: number; readonly firstNonce: number; readonly tries: number },
): EventTemplate | null {
  const others = template.tags.filter(([name]) => name !== 'nonce');
  const { bits, firstNonce, tries } = search;
  for (let nonce = firstNonce; nonce < firstNonce + tries; nonce++) {
    const tags = [...others, ['nonce', nonce.toString(), bits.toString()]];
    if (workOf(eventId({ ...template, pubkey, tags })) >= bits) return { ...template, tags };
  }
  return null;
}
