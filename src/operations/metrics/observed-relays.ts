import type { PublishReceipt, RelayPool } from '../../relays/index.ts';
import type { Metrics } from './registry.ts';

/** The prefixes of an OK that NIP-01 and NIP-42 name; what else relays say is theirs to choose. */
const REASONS: ReadonlySet<string> = new Set([
  'duplicate',
  'pow',
  'blocked',
  'rate-limited',
  'invalid',
  'restricted',
  'mute',
  'error',
  'auth-required',
]);

/** The pools of a process, of each key that it sells under one. */
export interface ObservedRelays extends Pick<RelayPool, 'status'> {
  /** The pool, of which is counted what relays said to events, and which counts for `status` until it is closed. */
  observe(relays: RelayPool): RelayPool;
}

/** Watches pools; a relay stands as well as it does in the best of them. */
export function observeRelays({ published }: Pick<Metrics, 'published'>): ObservedRelays {
  const pools = new Set<RelayPool>();
  return {
    status() {
      const best = new Map<string, Standing>();
      for (const pool of pools)
        for (const [relay, standing] of pool.status())
          if (RANK[standing] >= RANK[best.get(relay) ?? 'waiting']) best.set(relay, standing);
      return best;
    },
    observe(relays) {
      pools.add(relays);
      return {
        subscribe: (options) => relays.subscribe(options),
        query: (...args) => relays.query(...args),
        status: () => relays.status(),
        close() {
          pools.delete(relays);
          return relays.close();
        },
        async publish(...args) {
          const receipts = await relays.publish(...args);
          for (const receipt of receipts)
            published.inc({ outcome: receipt.outcome, reason: reasonOf(receipt) });
          return receipts;
        },
      };
    },
  };
}

type Standing = ReturnType<RelayPool['status']> extends ReadonlyMap<string, infer State> ? State : never;

const RANK: Readonly<Record<Standing, number>> = { waiting: 0, connecting: 1, connected: 2 };

function reasonOf({ outcome, message }: PublishReceipt): string {
  if (outcome === 'accepted' || outcome === 'unreachable') return 'none';
  const prefix = /^([a-z-]+):/.exec(message)?.[1] ?? '';
  return REASONS.has(prefix) ? prefix : 'other';
}
