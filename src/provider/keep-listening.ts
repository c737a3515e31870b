import { pause } from '../clock/index.ts';
import type { RelayPool, SubscribeOptions } from '../relays/index.ts';
import type { ProviderContext } from './context.ts';

/** The first pause before a relay that refused is asked again; it doubles, for what a relay wants is mended by people. */
const FIRST_RETRY_MS = 1000;
const MAX_RETRY_SECONDS = 300;

/** What is listened for, and what is lost with a relay that does not let us. */
interface Listening extends Pick<SubscribeOptions, 'filters' | 'onEvent' | 'signal'> {
  /** What does not reach us while it is closed, for people: `the claims of customers`. */
  readonly what: string;
  /** A relay that had refused sends again, after it was deaf since that time; `null` since it was first asked. */
  readonly onAgain: (relay: string, deafSince: number | null) => void;
}

/**
 * Subscribes at the provider's relays as `RelayPool.subscribe` does, and goes on asking each that closes the
 * subscription for good: nobody would notice, for a relay that gives no private events still takes ours. Each such end is
 * told once, as `subscription-closed`.
 */
export function keepListening(
  context: Pick<ProviderContext, 'relayUrls' | 'now' | 'onTrouble'> & {
    readonly relays: Pick<RelayPool, 'subscribe'>;
  },
  { what, onAgain, ...listening }: Listening,
): Promise<void> {
  const { signal } = listening;
  const lines = new Map<string, Line>();

  const subscribe = (relays: readonly string[]): Promise<void> =>
    context.relays.subscribe({
      ...listening,
      relays,
      onEose: (relay) => {
        const line = lines.get(relay) ?? { refusals: 0, refusedAt: 0, deaf: null };
        lines.set(relay, { ...line, deaf: null });
        if (line.deaf !== null) onAgain(relay, line.deaf.since);
      },
      onClosed: (relay, words) => void askAgain(relay, words),
    });

  const askAgain = async (relay: string, words: string): Promise<void> => {
    if (signal.aborted) return;
    const [now, before] = [context.now(), lines.get(relay)];
    // One that answers and closes soon after has not changed its mind.
    const refusals =
      before !== undefined && now - before.refusedAt <= 2 * MAX_RETRY_SECONDS ? before.refusals : 0;
    const deaf = before === undefined ? { since: null } : (before.deaf ?? { since: now });
    lines.set(relay, { refusals: refusals + 1, refusedAt: now, deaf });
    if (refusals === 0) {
      const message = `${relay} does not let us hear ${what} (${words}). It is asked again; see to what it wants, or leave it out.`;
      context.onTrouble({ code: 'subscription-closed', message, data: { relay } }, null);
    }
    await pause(Math.min(MAX_RETRY_SECONDS * 1000, FIRST_RETRY_MS * 2 ** refusals), signal);
    if (!signal.aborted) await subscribe([relay]);
  };

  return subscribe(context.relayUrls);
}

/** Where one relay stands. */
interface Line {
  /** How often in a row it has refused. */
  readonly refusals: number;
  /** Unix seconds. */
  readonly refusedAt: number;
  /** While it refuses: since when, `null` for since it was first asked. */
  readonly deaf: { readonly since: number | null } | null;
}
