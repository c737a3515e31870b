import type { NostrEvent } from '../src/protocol/index.ts';
import type { RelayPool } from '../src/relays/index.ts';

/** A relay pool that tells when an event is handed to it and when one is handed on. */
export function timedPool(
  pool: RelayPool,
  tell: { readonly publishing: (event: NostrEvent) => void; readonly heard: (event: NostrEvent) => void },
): RelayPool {
  return {
    subscribe: (options) =>
      pool.subscribe({
        ...options,
        onEvent: (event, relay) => {
          tell.heard(event);
          options.onEvent(event, relay);
        },
      }),
    publish: (event, relays, options) => {
      tell.publishing(event);
      return pool.publish(event, relays, options);
    },
    query: (relays, filters, options) => pool.query(relays, filters, options),
    status: () => pool.status(),
    close: () => pool.close(),
  };
}
