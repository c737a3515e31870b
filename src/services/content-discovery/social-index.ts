import { dirname, join } from 'node:path';
import { pause } from '../../clock/index.ts';
import { failure, normalizeRelayUrl, success, type Outcome } from '../../protocol/index.ts';
import { createWorkerVerifier } from '../../relays/node.ts';
import type { SqliteStore } from '../../store/index.ts';
import type { ShelfContext } from '../shelf-service.ts';
import { openShelfStore } from '../shelf-store.ts';
import { crawl, type CrawlContext } from './crawler.ts';
import { createFollowsLookup, lookUpPeople, type FollowsLookup } from './people-lookup.ts';
import { isCrowded, prune, type IndexBounds } from './prune.ts';
import { INDEX_MIGRATIONS } from './schema.ts';
import type { IndexSettings } from './settings.ts';
import { findTrending, type Trending } from './trending.ts';
import { updateTrust } from './trust.ts';

/** What the relays show of notes and people, kept up to date. */
export interface SocialIndex extends FollowsLookup {
  readonly store: SqliteStore;
  /** As of the last look, at most two minutes ago. */
  readonly trending: () => Trending;
  /** Unix seconds: how old a note of a feed may be. */
  readonly freshSince: () => number;
  readonly now: () => number;
}

/** An index that is open, and how many services use it. */
interface OpenIndex {
  readonly index: SocialIndex;
  readonly settings: string;
  users: number;
  readonly close: () => Promise<void>;
}

/** Votes and texts are written all over the file. */
const CACHE_KIB = 32_768;

/** By file: the services of one provider share an index. */
const openIndexes = new Map<string, OpenIndex>();

/**
 * Opens the index of a provider's services, or joins it where another service has; it closes with the last of them. Fails
 * with `relays-missing`, with `settings-differ` when the other service's settings are not the same, or with the code of
 * the `StoreError` when its file cannot be used.
 */
export function openSocialIndex(settings: IndexSettings, context: ShelfContext): Outcome<SocialIndex> {
  // Beside the folders of the services that share it.
  const path = join(dirname(context.dir), 'social-index.sqlite');
  const known = openIndexes.get(path);
  if (known !== undefined && known.settings !== JSON.stringify(settings))
    return failure(
      'settings-differ',
      'Services that find content and people share one index: give all of them the same settings.',
    );
  const opened = known === undefined ? openIndex(path, settings, context) : success(known);
  if (!opened.ok) return opened;
  const shared = opened.value;
  shared.users += 1;
  openIndexes.set(path, shared);
  context.onClose(async () => {
    shared.users -= 1;
    if (shared.users > 0) return;
    openIndexes.delete(path);
    await shared.close();
  });
  return success(shared.index);
}

function openIndex(path: string, settings: IndexSettings, context: ShelfContext): Outcome<OpenIndex> {
  const relayUrls = (settings.relays ?? context.relayUrls).flatMap((url) => normalizeRelayUrl(url) ?? []);
  if (relayUrls.length === 0)
    return failure('relays-missing', 'Name relays to read: `relays = ["wss://…"]` in the settings.');
  const store = openShelfStore(path, INDEX_MIGRATIONS);
  if (!store.ok) return store;
  // What a crash of the machine takes can be read again: no write waits for the disk.
  store.value.db.exec(`PRAGMA synchronous = NORMAL; PRAGMA cache_size = -${CACHE_KIB}`);
  const closing = new AbortController();
  let crowded = false;
  const crawling: CrawlContext = {
    relays: context.relays,
    relayUrls,
    store: store.value,
    verifier: createWorkerVerifier({ workers: 1 }),
    now: context.now,
    isCrowded: () => crowded,
    signal: closing.signal,
  };
  let trending: Trending = { notes: [] };
  const freshSince = () => context.now() - settings.fresh_hours * 3600;
  const findTrends = async () => {
    const window = { since: freshSince(), now: context.now() };
    trending = await findTrending(crawling.store, window, closing.signal);
  };
  const weigh = () => updateTrust(crawling.store, settings.trusted, closing.signal);
  const bounds: IndexBounds = {
    keepSeconds: settings.keep_days * 86_400,
    maxNotes: settings.max_notes,
    maxVotes: settings.max_votes,
    maxPeople: settings.max_people,
  };
  const forget = async () => {
    crowded = isCrowded(crawling.store.db, bounds);
    await pruneAll(crawling, bounds);
  };
  const tasks = Promise.all([
    crawl(crawling, () => context.now() - bounds.keepSeconds),
    lookUpPeople(crawling, settings.trusted),
    repeatedly(closing.signal, findTrends, TREND_EVERY_MS),
    repeatedly(closing.signal, weigh, WEIGH_EVERY_MS),
    repeatedly(closing.signal, forget, FORGET_EVERY_MS),
  ]);
  return success({
    users: 0,
    settings: JSON.stringify(settings),
    index: {
      ...createFollowsLookup(crawling),
      store: store.value,
      trending: () => trending,
      freshSince,
      now: context.now,
    },
    close: async () => {
      closing.abort();
      await tasks;
      await crawling.verifier.close();
      await store.value.close();
    },
  });
}

/** In portions, so that jobs and new events get their turn in between. */
async function pruneAll({ store, now, signal }: CrawlContext, bounds: IndexBounds): Promise<void> {
  while (!signal.aborted && (await store.write((db) => prune(db, bounds, now())))) await pause(0, signal);
}

const FIRST_PAUSE_MS = 500;
const TREND_EVERY_MS = 120_000;
const WEIGH_EVERY_MS = 600_000;
const FORGET_EVERY_MS = 60_000;

/** Does it again and again, at first soon after each other: a new index changes fast, and is small. */
async function repeatedly(
  signal: AbortSignal,
  task: () => Promise<void>,
  longestPauseMs: number,
): Promise<void> {
  for (let pauseMs = FIRST_PAUSE_MS; !signal.aborted; pauseMs = Math.min(longestPauseMs, pauseMs * 1.5)) {
    // What fails for a full disk or a slow one is tried again in its turn.
    await task().catch(() => undefined);
    await pause(pauseMs, signal);
  }
}
