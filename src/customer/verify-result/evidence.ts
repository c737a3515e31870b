import type { Filter, NostrEvent } from '../../protocol/index.ts';
import type { RelayPool } from '../../relays/index.ts';

/** The 80 bytes of the header of the Bitcoin block at a height, in hex; `null` when there is none, or nobody knows. */
export type LookupBlockHeader = (
  height: number,
  options: { readonly signal: AbortSignal },
) => Promise<string | null>;

/** What checks of a result may look at outside of it. What is left out makes a check say that it could not tell. */
export interface ResultEvidence {
  /** An event that relays have, with its id and signature checked. */
  readonly findEvent?: (id: string) => Promise<NostrEvent | null>;
  /** Ids of the events that one relay has for a filter, at most its `limit`; `null` when the relay does not answer. */
  readonly sampleEvents?: (relay: string, filter: Filter) => Promise<readonly string[] | null>;
  readonly blockHeader?: (height: number) => Promise<string | null>;
}

/** How long a look at relays or blocks may take; content is not held back for longer. */
const LOOK_MS = 5000;

/** Evidence from relays and, where there is a lookup, from the Bitcoin chain. */
export function evidenceFrom(sources: {
  readonly relays: RelayPool;
  readonly relayUrls: readonly string[];
  readonly lookupBlockHeader: LookupBlockHeader | null;
  readonly signal: AbortSignal;
}): ResultEvidence {
  const { relays, relayUrls, lookupBlockHeader, signal } = sources;
  const look = { signal, timeoutMs: LOOK_MS };
  return {
    async findEvent(id) {
      const [found] = await relays.query(relayUrls, [{ ids: [id], limit: 1 }], look);
      return found ?? null;
    },
    async sampleEvents(relay, filter) {
      const found = await relays.query([relay], [filter], look);
      return relays.status().get(relay) === 'connected' ? found.map(({ id }) => id) : null;
    },
    ...(lookupBlockHeader === null
      ? {}
      : {
          blockHeader: (height) =>
            lookupBlockHeader(height, { signal: AbortSignal.any([signal, AbortSignal.timeout(LOOK_MS)]) }),
        }),
  };
}
