import { pause } from '../../clock/index.ts';
import type { NostrEvent } from '../../protocol/index.ts';
import type { RelayPool, Verifier } from '../../relays/index.ts';
import type { SqliteStore } from '../../store/index.ts';
import { absorb, type SeenEvent } from './absorb.ts';
import { CONTENT_KINDS, readZap } from './read-event.ts';

/** What a crawl needs: whom to ask, and where what it finds goes. */
export interface CrawlContext {
  readonly relays: RelayPool;
  readonly relayUrls: readonly string[];
  readonly store: SqliteStore;
  /** Checks the signatures inside of zaps. */
  readonly verifier: Verifier;
  readonly now: () => number;
  /** Whether only trusted people get in, as of the last look. */
  readonly isCrowded: () => boolean;
  readonly signal: AbortSignal;
}

/** Events that wait to be written; while the disk is slower than the relays, what is beyond is let go. */
const MAX_WAITING = 10_000;
const BATCH = 500;
const PAGE = 500;
/** Of one walk into the past at one relay: an endless relay is left after so many pages. */
const MAX_PAGES = 200;
const PAGE_TIMEOUT_MS = 15_000;
/** Relays get events late: a crawl goes back this much behind where the last one stood. */
const OVERLAP_SECONDS = 600;
const NOTE_PROGRESS_MS = 60_000;

/**
 * Follows the relays until the signal aborts: what comes from now on, and what was missed since the last time, at most
 * back to `since`. Each relay goes on by itself where it stood, so a slow or silent one holds up no other.
 */
export async function crawl(context: CrawlContext, sinceAtMost: () => number): Promise<void> {
  const inbox = createInbox(context);
  const { relays, relayUrls, signal, now } = context;
  void relays.subscribe({
    relays: relayUrls,
    filters: [{ kinds: [...CONTENT_KINDS], since: now() - OVERLAP_SECONDS }],
    onEvent: (event, relay) => inbox.add(event, relay),
    signal,
  });
  await Promise.all(relayUrls.map((relay) => keepCovered(context, inbox, relay, sinceAtMost)));
  await inbox.done();
}

interface Inbox {
  readonly add: (event: NostrEvent, relay: string) => void;
  /** Resolves when nothing waits any more. */
  readonly done: () => Promise<void>;
}

/** Collects events and writes them in batches, one after the other. */
function createInbox({ store, verifier, now, isCrowded, signal }: CrawlContext): Inbox {
  const waiting: { readonly event: NostrEvent; readonly relay: string }[] = [];
  let writing: Promise<void> | null = null;
  const drain = async () => {
    while (waiting.length > 0 && !signal.aborted) {
      const batch = await Promise.all(waiting.splice(0, BATCH).map((seen) => withZap(seen, verifier)));
      await store.write((db) => absorb(db, batch, { now: now(), onlyTrusted: isCrowded() }));
      await new Promise((resolve) => setImmediate(resolve));
    }
  };
  const start = () => {
    // A write that fails loses its batch, which other relays or the next crawl may bring again.
    writing ??= drain()
      .catch(() => undefined)
      .finally(() => {
        writing = null;
        if (waiting.length > 0 && !signal.aborted) start();
      });
  };
  return {
    add(event, relay) {
      if (waiting.length >= MAX_WAITING || signal.aborted) return;
      waiting.push({ event, relay });
      start();
    },
    async done() {
      while (writing !== null) await writing;
    },
  };
}

/** A zap counts for its sender only where the sender signed it. */
async function withZap(
  seen: { readonly event: NostrEvent; readonly relay: string },
  verifier: Verifier,
): Promise<SeenEvent> {
  const zap = seen.event.kind === 9735 ? readZap(seen.event) : null;
  if (zap === null) return seen;
  const isSigned = await verifier.verify(zap.request).catch(() => false);
  return isSigned ? { ...seen, zap: zap.vote } : seen;
}

/** Fetches what a relay has had since it was covered last, then notes now and then that it still is. */
async function keepCovered(
  context: CrawlContext,
  inbox: Inbox,
  relay: string,
  sinceAtMost: () => number,
): Promise<void> {
  const { store, now, signal } = context;
  const begun = now();
  const covered = store.db.prepare('SELECT covered_until FROM crawls WHERE relay = ?').get(relay);
  const from = Math.max(sinceAtMost(), Number(covered?.['covered_until'] ?? 0) - OVERLAP_SECONDS);
  let isCovered = false;
  while (!isCovered && !signal.aborted) {
    isCovered = await walkBack(context, inbox, relay, { from, until: begun });
    if (!isCovered) await pause(NOTE_PROGRESS_MS, signal);
  }
  while (!signal.aborted) {
    await inbox.done();
    if (signal.aborted) return;
    if (context.relays.status().get(relay) === 'connected') await noteCovered(store, relay, now());
    await pause(NOTE_PROGRESS_MS, signal);
  }
}

async function noteCovered(store: SqliteStore, relay: string, until: number): Promise<void> {
  await store
    .write((db) =>
      db
        .prepare(
          `INSERT INTO crawls VALUES (?, ?)
           ON CONFLICT DO UPDATE SET covered_until = max(covered_until, excluded.covered_until)`,
        )
        .run(relay, until),
    )
    .catch(() => undefined); // at worst the same is asked for again
}

/** Walks from `until` back to `from`, page by page; false when the relay did not answer. */
async function walkBack(
  { relays, signal }: CrawlContext,
  inbox: Inbox,
  relay: string,
  { from, until }: { readonly from: number; readonly until: number },
): Promise<boolean> {
  let to = until;
  for (let page = 0; page < MAX_PAGES && to >= from && !signal.aborted; page++) {
    const filter = { kinds: [...CONTENT_KINDS], since: from, until: to, limit: PAGE };
    const events = await relays.query([relay], [filter], { signal, timeoutMs: PAGE_TIMEOUT_MS });
    for (const event of events) inbox.add(event, relay);
    const oldest = events.at(-1)?.created_at;
    if (oldest === undefined) return relays.status().get(relay) === 'connected';
    // A page within one second brings nothing older: what else that second has is left out.
    to = oldest < to ? oldest : to - 1;
    await inbox.done();
  }
  return true;
}
