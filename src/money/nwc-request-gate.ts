import { findTag, tagValues, type NostrEvent } from '../protocol/index.ts';
import { NWC_KINDS } from './nwc-protocol.ts';

/** Requests older or newer than this are not carried out, so that an old one cannot be played back. */
export const REQUEST_WINDOW_SECONDS = 120;
const MAX_REMEMBERED_REQUESTS = 10_000;

/** One end of the connections that are served: the client's key and the wallet key it must write to. */
export interface ServedKeys {
  readonly clientPubkey: string;
  readonly servicePubkey: string;
}

/**
 * Makes the gate of a wallet service: it lets each request event of a known client to its own wallet key through
 * once, while it is fresh, and says whose it is; `null` keeps it out. The ids of the last 10,000 are remembered.
 */
export function createRequestGate<Served extends ServedKeys>(gate: {
  readonly served: (clientPubkey: string) => Served | undefined;
  /** Unix seconds. */
  readonly now: () => number;
}): (event: NostrEvent) => Served | null {
  const remembered = new Set<string>();
  return (event) => {
    const served = gate.served(event.pubkey);
    if (served === undefined || event.kind !== NWC_KINDS.request || remembered.has(event.id)) return null;
    if (!tagValues(event, 'p').includes(served.servicePubkey)) return null;
    if (Math.abs(gate.now() - event.created_at) > REQUEST_WINDOW_SECONDS) return null;
    remembered.add(event.id);
    const [oldest] = remembered;
    if (remembered.size > MAX_REMEMBERED_REQUESTS && oldest !== undefined) remembered.delete(oldest);
    return served;
  };
}

/** Whether the request's `expiration` tag (NIP-40) has passed or makes no sense: then it must not be carried out. */
export function isExpiredRequest(event: NostrEvent, now: number): boolean {
  const expiration = Number(findTag(event, 'expiration')?.[1] ?? Number.POSITIVE_INFINITY);
  return !(expiration >= now);
}

/** What becomes of a request under a limit: carried out, refused in words, or left alone. */
export type Metered = 'within' | 'refused' | 'ignored';

/**
 * Makes the meter of one connection: so many requests in each minute, then as many refusals, then silence, for
 * refusals cost work as well.
 */
export function createRequestMeter(meter: {
  readonly requestsPerMinute: number;
  /** Unix seconds. */
  readonly now: () => number;
}): () => Metered {
  let minute = 0;
  let count = 0;
  return () => {
    const current = Math.floor(meter.now() / 60);
    if (current !== minute) count = 0;
    minute = current;
    count += 1;
    if (count <= meter.requestsPerMinute) return 'within';
    return count <= 2 * meter.requestsPerMinute ? 'refused' : 'ignored';
  };
}
