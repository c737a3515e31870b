import { committedWork, workOf, type NostrEvent } from '../protocol/index.ts';

/**
 * The proof of work that an event shows, in bits (NIP-13): what its id has, and no more than its `nonce` tag says was
 * sought, so that a lucky id counts for nothing.
 */
export function provenWork(event: NostrEvent): number {
  return Math.min(workOf(event.id), committedWork(event) ?? 0);
}
