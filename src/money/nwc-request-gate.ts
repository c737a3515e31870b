import { findTag, type NostrEvent } from '../protocol/index.ts';
import { NWC_KINDS, type NwcMethod } from './nwc-protocol.ts';

/** A client that may use the wallet. */
export interface NwcClientAccess {
  /** The client's key, 64 hex characters, as `createNwcConnection` made it. */
  readonly clientPubkey: string;
  /** What the client may ask; everything the wallet can do unless told. */
  readonly methods?: readonly NwcMethod[];
  /** When the access ends, unix seconds; never unless told. */
  readonly expiresAt?: number;
}

/** Requests older or newer than this are not carried out, so that an old one cannot be played back. */
export const REQUEST_WINDOW_SECONDS = 120;
const MAX_REMEMBERED_REQUESTS = 10_000;

/**
 * Makes the gate of a wallet service: it lets each request event of a known client through once, while it is
 * fresh, and says whose it is; `null` keeps it out. The ids of the last 10,000 are remembered.
 */
export function createRequestGate(gate: {
  readonly connections: readonly NwcClientAccess[];
  readonly now: () => number;
}): (event: NostrEvent) => NwcClientAccess | null {
  const clients = new Map(gate.connections.map((access) => [access.clientPubkey, access]));
  const remembered = new Set<string>();
  return (event) => {
    const access = clients.get(event.pubkey);
    if (access === undefined || event.kind !== NWC_KINDS.request || remembered.has(event.id)) return null;
    if (Math.abs(gate.now() - event.created_at) > REQUEST_WINDOW_SECONDS) return null;
    remembered.add(event.id);
    const [oldest] = remembered;
    if (remembered.size > MAX_REMEMBERED_REQUESTS && oldest !== undefined) remembered.delete(oldest);
    return access;
  };
}

/** Whether the request's `expiration` tag (NIP-40) has passed or makes no sense: then it must not be carried out. */
export function isExpiredRequest(event: NostrEvent, now: number): boolean {
  const expiration = Number(findTag(event, 'expiration')?.[1] ?? Number.POSITIVE_INFINITY);
  return !(expiration >= now);
}

/** Whether the client's access has ended. */
export function isAccessOver(access: NwcClientAccess, now: number): boolean {
  return access.expiresAt !== undefined && access.expiresAt <= now;
}

/** The methods the client may use, of those the wallet serves. */
export function allowedMethods(access: NwcClientAccess, served: readonly NwcMethod[]): readonly NwcMethod[] {
  return served.filter((method) => access.methods?.includes(method) ?? true);
}
