import { bytesToHex, randomBytes } from '@noble/hashes/utils.js';
import type { Failure } from '../protocol/index.ts';
import type { GatewayState } from './job.ts';

/** Something that happened to a job, as its followers are told. */
export type JobNews =
  | { readonly type: 'state'; readonly data: { readonly state: GatewayState; readonly failure?: Failure } }
  | { readonly type: 'progress' | 'partial'; readonly data: Readonly<Record<string, unknown>> };

/** News of a job with their place among all: the feed they are of, and their number there. */
export type JobEvent = JobNews & { readonly id: string };

/** Events kept for followers who come back; older ones are dropped first. */
const MAX_KEPT = 64;
const MAX_KEPT_CHARS = 131_072;
/** Jobs whose events are kept; those that nobody follows are dropped first. */
const MAX_JOBS = 1_000;

interface Feed {
  /** Random: an id of an earlier process, or of a feed that was dropped, names no event of this one. */
  readonly name: string;
  readonly kept: { readonly event: JobEvent; readonly chars: number }[];
  /** How many events were told so far. */
  told: number;
  chars: number;
  readers: number;
  wake: PromiseWithResolvers<void>;
}

/**
 * The events of all jobs, in memory and bounded: what counts is in the books. A follower who names the last event it
 * has seen goes on behind it, where this process still has that.
 */
export class JobFeeds {
  readonly #feeds = new Map<string, Feed>();

  /** Tells an event of a job to whoever follows it. */
  tell(jobId: string, news: JobNews): void {
    const feed = this.#feedOf(jobId);
    feed.told += 1;
    const event = { ...news, id: `${feed.name}-${feed.told}` };
    const chars = JSON.stringify(news.data).length;
    feed.kept.push({ event, chars });
    feed.chars += chars;
    while (feed.kept.length > MAX_KEPT || (feed.chars > MAX_KEPT_CHARS && feed.kept.length > 1))
      feed.chars -= feed.kept.shift()?.chars ?? 0;
    feed.wake.resolve();
    feed.wake = Promise.withResolvers();
  }

  /** The kept events of a job behind the one that is named, all that are kept otherwise, then the coming ones. */
  async *follow(jobId: string, lastId: string | null, signal: AbortSignal): AsyncGenerator<JobEvent, void> {
    const feed = this.#feedOf(jobId);
    feed.readers += 1;
    const aborted = Promise.withResolvers<void>();
    const onAbort = () => aborted.resolve();
    signal.addEventListener('abort', onAbort, { once: true });
    try {
      let next = countOf(feed, lastId);
      while (!signal.aborted) {
        const first = feed.told - feed.kept.length;
        next = Math.max(next, first);
        const kept = feed.kept[next - first];
        if (kept === undefined) await Promise.race([feed.wake.promise, aborted.promise]);
        else {
          next += 1;
          yield kept.event;
        }
      }
    } finally {
      signal.removeEventListener('abort', onAbort);
      feed.readers -= 1;
    }
  }

  /** The id of the job's last event; whoever names it has seen all there was so far. */
  lastId(jobId: string): string {
    const { name, told } = this.#feedOf(jobId);
    return `${name}-${told}`;
  }

  /** Whether whoever has seen that event has seen the last one, an earlier one, or one that is not known here. */
  placeOf(jobId: string, lastId: string | null): 'last' | 'earlier' | 'unknown' {
    const feed = this.#feeds.get(jobId);
    if (feed === undefined || !lastId?.startsWith(`${feed.name}-`)) return 'unknown';
    return countOf(feed, lastId) === feed.told ? 'last' : 'earlier';
  }

  #feedOf(jobId: string): Feed {
    const known = this.#feeds.get(jobId);
    if (known !== undefined) return known;
    if (this.#feeds.size >= MAX_JOBS) this.#dropIdle();
    const feed: Feed = {
      name: bytesToHex(randomBytes(6)),
      kept: [],
      told: 0,
      chars: 0,
      readers: 0,
      wake: Promise.withResolvers(),
    };
    this.#feeds.set(jobId, feed);
    return feed;
  }

  #dropIdle(): void {
    for (const [jobId, { readers }] of this.#feeds) {
      if (readers > 0) continue;
      this.#feeds.delete(jobId);
      return;
    }
  }
}

/** How many events of the feed were seen by whoever has seen that one. */
function countOf(feed: Feed, id: string | null): number {
  const [name, count = ''] = id?.split('-') ?? [];
  return name === feed.name && /^\d{1,9}$/.test(count) ? Math.min(Number(count), feed.told) : 0;
}
