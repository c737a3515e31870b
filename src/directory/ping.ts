import { buildPing, JOB_FEEDBACK_KIND, parsePong, type NostrEvent } from '../protocol/index.ts';
import type { RelayPool } from '../relays/index.ts';
import type { DirectorySigner } from './contract.ts';
import type { SeenPong } from './liveness.ts';

/** Providers asked in one call. */
const MAX_PINGED = 50;

/** No provider is asked more often than once in so many seconds. */
const PAUSE_SECONDS = 60;

/** Providers of which is remembered that they were asked, and that they answered. */
const MAX_REMEMBERED = 1000;

/** Asks providers whether they are there, and remembers who was. */
export interface Pinger {
  /** Asks those that were not asked just now, and waits for their answers; resolves when all came or the time is over. */
  ask(pubkeys: readonly string[], signal: AbortSignal | undefined): Promise<void>;
  /** The last answer; `null` when none ever came. */
  lastPong(pubkey: string): SeenPong | null;
  /** Whether a provider was asked and has not answered since. */
  isSilent(pubkey: string): boolean;
}

/** Makes a pinger, which asks nobody once `closing` has aborted. */
export function createPinger(parts: {
  readonly relays: RelayPool;
  readonly relayUrls: readonly string[];
  readonly signer: DirectorySigner;
  readonly timeoutMs: number;
  /** Unix seconds. */
  readonly now: () => number;
  readonly closing: AbortSignal;
}): Pinger {
  const { relays, relayUrls, signer, timeoutMs, now, closing } = parts;
  const asked = new Map<string, number>();
  const pongs = new Map<string, SeenPong>();

  /** Publishes the pings and hears their answers until the signal aborts. */
  const hear = async (
    pings: readonly NostrEvent[],
    targets: ReadonlyMap<string, string>,
    over: AbortController,
  ) => {
    const open = new Map(targets);
    await relays.subscribe({
      relays: relayUrls,
      filters: [{ kinds: [JOB_FEEDBACK_KIND], '#e': [...targets.keys()] }],
      onEvent: (event) => {
        const pong = parsePong(event);
        if (!pong.ok || open.get(pong.value.pingId) !== event.pubkey) return;
        open.delete(pong.value.pingId);
        remember(pongs, event.pubkey, { at: now(), eventId: event.id });
        if (open.size === 0) over.abort();
      },
      signal: over.signal,
    });
    await Promise.all(
      pings.map((ping) => relays.publish(ping, relayUrls, { signal: over.signal, timeoutMs })),
    );
  };

  return {
    async ask(pubkeys, signal) {
      const due = [...new Set(pubkeys)].filter(
        (pubkey) => now() - (asked.get(pubkey) ?? -Infinity) >= PAUSE_SECONDS,
      );
      const chosen = due.slice(0, MAX_PINGED);
      if (chosen.length === 0 || closing.aborted || signal?.aborted) return;
      for (const pubkey of chosen) remember(asked, pubkey, now());
      const pings = await Promise.all(
        chosen.map((providerPubkey) => signer.sign(buildPing({ providerPubkey, createdAt: now() }))),
      );
      const over = new AbortController();
      const ended = new Promise<void>((resolve) => {
        over.signal.addEventListener('abort', () => resolve(), { once: true });
      });
      const end = () => over.abort();
      const timer = setTimeout(end, timeoutMs);
      for (const ending of [closing, signal]) ending?.addEventListener('abort', end);
      const targets = new Map(pings.map((ping, place) => [ping.id, chosen[place] ?? '']));
      await Promise.all([hear(pings, targets, over), ended]);
      clearTimeout(timer);
      for (const ending of [closing, signal]) ending?.removeEventListener('abort', end);
    },
    lastPong: (pubkey) => pongs.get(pubkey) ?? null,
    isSilent(pubkey) {
      const askedAt = asked.get(pubkey);
      return askedAt !== undefined && (pongs.get(pubkey)?.at ?? -Infinity) < askedAt;
    },
  };
}

/** Writes an entry, and forgets the one that was written first when there are too many. */
function remember<Value>(map: Map<string, Value>, key: string, value: Value): void {
  map.delete(key);
  map.set(key, value);
  const [first] = map.keys();
  if (map.size > MAX_REMEMBERED && first !== undefined) map.delete(first);
}
