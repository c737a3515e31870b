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

/** The pool, of which is counted what relays said to events. */
export function observedRelays(relays: RelayPool, { published }: Pick<Metrics, 'published'>): RelayPool {
  return {
    subscribe: (options) => relays.subscribe(options),
    query: (...args) => relays.query(...args),
    status: () => relays.status(),
    close: () => relays.close(),
    async publish(...args) {
      const receipts = await relays.publish(...args);
      for (const receipt of receipts) published.inc({ outcome: receipt.outcome, reason: reasonOf(receipt) });
      return receipts;
    },
  };
}

function reasonOf({ outcome, message }: PublishReceipt): string {
  if (outcome === 'accepted' || outcome === 'unreachable') return 'none';
  const prefix = /^([a-z-]+):/.exec(message)?.[1] ?? '';
  return REASONS.has(prefix) ? prefix : 'other';
}
