import type { Filter, NostrEvent } from '../protocol/index.ts';
import type { RelayPool } from '../relays/index.ts';

/** What the relays said to one question. */
export interface RelayAnswers {
  /** Each once, in the order in which they came; at most as many as were asked for. */
  readonly events: readonly NostrEvent[];
  /** Relays that had not told everything when the time was over. */
  readonly silent: readonly string[];
}

/**
 * Asks the directory's relays, or those `at` other addresses; an aborted signal ends the wait, and what came so far is
 * the answer. A relay that was silent is not waited for again for a minute, unless all are asked.
 */
export type AskRelays = (
  filters: readonly Filter[],
  signal: AbortSignal | undefined,
  whom?: 'all' | 'responsive',
  at?: readonly string[],
) => Promise<RelayAnswers>;

/** Events of one answer; hostile relays send more than their limit. */
const MAX_EVENTS = 10_000;

/** How long a relay that did not answer is left alone. */
const SILENCE_SECONDS = 60;

/** Makes the way in which a directory asks its relays, until `closing` aborts. */
export function createAskRelays(asked: {
  readonly relays: RelayPool;
  readonly relayUrls: readonly string[];
  readonly timeoutMs: number;
  /** Unix seconds. */
  readonly now: () => number;
  readonly closing: AbortSignal;
}): AskRelays {
  const { relays, relayUrls, timeoutMs, now, closing } = asked;
  const silentSince = new Map<string, number>();
  const isResponsive = (url: string) => now() - (silentSince.get(url) ?? -Infinity) >= SILENCE_SECONDS;

  return async (filters, signal, whom = 'responsive', at = relayUrls) => {
    if (filters.length === 0 || at.length === 0) return { events: [], silent: [] };
    const events: NostrEvent[] = [];
    const answered = new Set<string>();
    const over = new AbortController();
    const timer = setTimeout(() => over.abort(), timeoutMs);
    const ends = AbortSignal.any([over.signal, closing, ...(signal === undefined ? [] : [signal])]);
    const urls = whom === 'all' ? at : at.filter(isResponsive);
    await relays.subscribe({
      relays: urls,
      filters,
      onEvent: (event) => {
        if (events.length < MAX_EVENTS) events.push(event);
      },
      onEose: (relay) => answered.add(relay),
      signal: ends,
    });
    const isCutShort = closing.aborted || signal?.aborted === true;
    clearTimeout(timer);
    over.abort();
    for (const url of urls)
      if (answered.has(url)) silentSince.delete(url);
      else if (!isCutShort) silentSince.set(url, now());
    return { events, silent: at.filter((url) => !answered.has(url)) };
  };
}

/** Cuts a list into pieces of at most that many. */
export function inPieces<Item>(items: readonly Item[], most: number): Item[][] {
  const pieces: Item[][] = [];
  for (let start = 0; start < items.length; start += most) pieces.push(items.slice(start, start + most));
  return pieces;
}
