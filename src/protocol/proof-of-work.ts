import { hexToBytes } from '@noble/hashes/utils.js';
import type { EventTemplate } from './event.ts';
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
