import { pause } from '../../clock/index.ts';
import type { NostrEvent } from '../../protocol/index.ts';
import type { RelayPool } from '../../relays/index.ts';

/** The clock is looked at so often: it may be set, and machines sleep. */
const LOOK_MS = 1000;
const FIRST_RETRY_MS = 5000;
const LONGEST_RETRY_MS = 300_000;

/** Waits until the time has come, or the signal aborts. */
export async function untilDue(dueAt: number, now: () => number, signal: AbortSignal): Promise<void> {
  while (now() < dueAt && !signal.aborted) await pause(LOOK_MS, signal);
  signal.throwIfAborted();
}

/** What came of publishing: who took the event, or the last word of a relay that did not. */
export interface Publication {
  readonly acceptedBy: readonly string[];
  readonly lastWords: string;
}

/**
 * Publishes until a relay takes the event, all of them have refused it for good, or `giveUpAt` has come. Relays that
 * had it already count: it may have been us, before a crash.
 */
export async function publishEvent(
  event: NostrEvent,
  where: { readonly pool: RelayPool; readonly relays: readonly string[] },
  until: { readonly giveUpAt: number; readonly now: () => number; readonly signal: AbortSignal },
): Promise<Publication> {
  const { signal, now, giveUpAt } = until;
  for (let retryMs = FIRST_RETRY_MS; ; retryMs = Math.min(LONGEST_RETRY_MS, 2 * retryMs)) {
    const receipts = await where.pool.publish(event, where.relays, { signal });
    signal.throwIfAborted();
    const acceptedBy = receipts
      .filter(({ outcome }) => outcome === 'accepted' || outcome === 'duplicate')
      .map(({ relay }) => relay);
    const isFinal = receipts.every(({ outcome }) => outcome === 'refused');
    if (acceptedBy.length > 0 || isFinal || now() >= giveUpAt)
      return { acceptedBy, lastWords: receipts.at(-1)?.message ?? '' };
    await pause(retryMs, signal);
  }
}
