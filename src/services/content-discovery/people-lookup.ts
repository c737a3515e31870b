import { hexToBytes } from '@noble/hashes/utils.js';
import { pause } from '../../clock/index.ts';
import type { NostrEvent } from '../../protocol/index.ts';
import { absorb } from './absorb.ts';
import type { CrawlContext } from './crawler.ts';
import { hexColumn, personOf } from './person.ts';
import { PEOPLE_KINDS, readFollows } from './read-event.ts';

/** People asked for at once. */
const BATCH = 200;
const ASK_TIMEOUT_MS = 8000;
/** Profiles and follow lists change seldom. */
const LOOK_AGAIN_SECONDS = 86_400;
const BETWEEN_BATCHES_MS = 2000;
const WHEN_IDLE_MS = 3000;

/** Of those whom the roots of trust follow, so many are looked up at the start, whether they were seen or not. */
const MAX_AROUND_ROOTS = 5000;

/**
 * Looks up the profiles and follow lists of the roots of trust and of those around them, then of those who were seen, the
 * most active first, until the signal aborts.
 */
export async function lookUpPeople(context: CrawlContext, roots: readonly string[]): Promise<void> {
  const { store, now, signal } = context;
  const around = await lookUpAll(context, roots);
  await lookUpAll(context, around.slice(0, MAX_AROUND_ROOTS));
  while (!signal.aborted) {
    const pubkeys = store.db
      .prepare('SELECT pubkey FROM people WHERE looked_at < ? ORDER BY active_at DESC LIMIT ?')
      .all(now() - LOOK_AGAIN_SECONDS, BATCH)
      .map(({ pubkey }) => hexColumn(pubkey));
    if (pubkeys.length > 0) await lookUp(context, pubkeys, signal).catch(() => undefined);
    await pause(pubkeys.length === BATCH ? BETWEEN_BATCHES_MS : WHEN_IDLE_MS, signal);
  }
}

/** Looks up these people in batches; whom they follow. */
async function lookUpAll(context: CrawlContext, pubkeys: readonly string[]): Promise<string[]> {
  const followed = new Set<string>();
  for (let from = 0; from < pubkeys.length && !context.signal.aborted; from += BATCH) {
    const found = await lookUp(context, pubkeys.slice(from, from + BATCH), context.signal).catch(() => []);
    for (const event of found)
      if (event.kind === 3) for (const pubkey of readFollows(event)) followed.add(pubkey);
  }
  return [...followed];
}

/** Asks the relays for profiles and follow lists of these people and takes them in. */
async function lookUp(
  { relays, relayUrls, store, now }: CrawlContext,
  pubkeys: readonly string[],
  signal: AbortSignal,
): Promise<readonly NostrEvent[]> {
  const filter = { kinds: [...PEOPLE_KINDS], authors: [...pubkeys], limit: 2 * pubkeys.length };
  const events = await relays.query(relayUrls, [filter], { signal, timeoutMs: ASK_TIMEOUT_MS });
  if (signal.aborted) return [];
  await store.write((db) => {
    absorb(
      db,
      events.map((event) => ({ event, relay: '' })),
      { now: now() },
    );
    const looked = db.prepare(`
      INSERT INTO people (person, pubkey, known_since, active_at, looked_at) VALUES (?, ?, ?, 0, ?)
      ON CONFLICT DO UPDATE SET looked_at = excluded.looked_at`);
    for (const pubkey of pubkeys) looked.run(personOf(pubkey), hexToBytes(pubkey), now(), now());
  });
  return events;
}

/** Lists of those who asked, so that one who pages through a feed is not looked up for each page. */
const REMEMBERED = 200;
const REMEMBER_SECONDS = 600;
const LIST_TIMEOUT_MS = 4000;
/** Of the followed whose own lists are not known yet, so many are asked for while somebody waits. */
const MAX_MISSING = 400;

/** Finds whom somebody follows. */
export interface FollowsLookup {
  /** Hex keys; empty when no relay has a list of theirs. Ends with the signal. */
  readonly followsOf: (pubkey: string, signal: AbortSignal) => Promise<readonly string[]>;
}

/** Reads follow lists from the relays, and fetches those of the followed that the index lacks. */
export function createFollowsLookup(context: CrawlContext): FollowsLookup {
  const { relays, relayUrls, now } = context;
  const remembered = new Map<string, { readonly follows: readonly string[]; readonly at: number }>();
  return {
    async followsOf(pubkey, signal) {
      const known = remembered.get(pubkey);
      if (known !== undefined && now() - known.at < REMEMBER_SECONDS) return known.follows;
      const filter = { kinds: [3], authors: [pubkey], limit: 1 };
      const lists = await relays.query(relayUrls, [filter], { signal, timeoutMs: LIST_TIMEOUT_MS });
      const [newest]: readonly NostrEvent[] = lists;
      const follows = newest === undefined ? [] : readFollows(newest);
      remembered.delete(pubkey);
      remembered.set(pubkey, { follows, at: now() });
      for (const oldest of remembered.keys()) if (remembered.size > REMEMBERED) remembered.delete(oldest);
      const missing = withoutLists(context, follows);
      if (missing.length > 0) await lookUp(context, missing, signal);
      return follows;
    },
  };
}

function withoutLists({ store }: CrawlContext, pubkeys: readonly string[]): string[] {
  const known = store.db.prepare('SELECT looked_at FROM people WHERE person = ?');
  return pubkeys
    .filter((pubkey) => Number(known.get(personOf(pubkey))?.['looked_at'] ?? 0) === 0)
    .slice(0, MAX_MISSING);
}
