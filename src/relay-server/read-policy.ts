import { type Filter, type NostrEvent } from '../protocol/index.ts';
import type { Reason } from './wire.ts';

/** Which events only their author and the people they name may read (NIP-42), and who is asking. */
export interface ReadPolicy {
  isPrivate(kind: number): boolean;
  /** Whether somebody who proved these keys may see an event of a private kind. */
  mayRead(event: NostrEvent, identities: ReadonlySet<string>): boolean;
  /** Why filters that name private kinds are refused; `null` when they are not. */
  refusal(filters: readonly Filter[], identities: ReadonlySet<string>): Reason | null;
}

/** A policy that keeps events of these kinds between their author and the keys in their `p` tags. */
export function createReadPolicy(privateKinds: readonly number[]): ReadPolicy {
  const kinds = new Set(privateKinds);
  const isPrivate = (kind: number) => kinds.has(kind);
  return {
    isPrivate,
    mayRead: (event, identities) =>
      identities.has(event.pubkey) ||
      event.tags.some(([name, value]) => name === 'p' && value !== undefined && identities.has(value)),
    refusal: (filters, identities) => {
      const asking = filters.filter((filter) => filter.kinds?.some(isPrivate));
      if (asking.length === 0) return null;
      if (identities.size === 0)
        return 'auth-required: these kinds are shown to their sender and receivers only';
      const concernsReader = ({ authors, '#p': receivers }: Filter) =>
        (authors === undefined && receivers === undefined) ||
        [...(authors ?? []), ...(receivers ?? [])].some((pubkey) => identities.has(pubkey));
      return asking.every(concernsReader) ? null : 'restricted: these messages are between other people';
    },
  };
}

/**
 * Why this connection may not publish the event (NIP-70); `null` when it may. A protected event comes from
 * its authenticated author only, and a repost must not carry one along.
 */
export function protectionRefusal(event: NostrEvent, identities: ReadonlySet<string>): Reason | null {
  if (isProtected(event.tags) && !identities.has(event.pubkey))
    return identities.size === 0
      ? 'auth-required: a protected event is accepted from its author only'
      : 'restricted: a protected event is accepted from its author only';
  if (REPOST_KINDS.has(event.kind) && embedsProtectedEvent(event.content))
    return 'restricted: a repost must not contain a protected event';
  return null;
}

/** Reposts of notes and of anything else (NIP-18). */
const REPOST_KINDS = new Set([6, 16]);

function isProtected(tags: NostrEvent['tags']): boolean {
  return tags.some((tag) => tag[0] === '-');
}

function embedsProtectedEvent(content: string): boolean {
  try {
    const embedded: unknown = JSON.parse(content);
    if (typeof embedded !== 'object' || embedded === null || !('tags' in embedded)) return false;
    return Array.isArray(embedded.tags) && embedded.tags.some((tag) => Array.isArray(tag) && tag[0] === '-');
  } catch {
    return false; // no JSON, so no event
  }
}
