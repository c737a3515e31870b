import type { Client } from 'pg';
import { explainPostgresError, isUnavailable } from './postgres-error.ts';

/** All news of a database go over one channel, with their name as payload. */
const CHANNEL = 'coinop_news';
/** Notifying takes a lock of the whole server at commit, so that news are told together, apart from the transactions they tell of. */
const TELL_EVERY_MS = 100;
const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 5_000;

/** News between the processes of one database. */
export interface News {
  tell(news: string): void;
  hear(news: string, wake: () => void): () => void;
  close(): Promise<void>;
}

/** Tells by `notify`, and hears on a connection of its own, which is opened when first somebody listens. */
export function spreadNews(parts: {
  readonly openClient: () => Client;
  readonly notify: (sql: string, parameters: readonly string[]) => Promise<void>;
}): News {
  const listeners = new Map<string, Set<() => void>>();
  const untold = new Set<string>();
  const closing = new AbortController();
  let telling: ReturnType<typeof setTimeout> | undefined;
  let hearing: Promise<void> | null = null;

  const wakeAll = (of?: string) => {
    for (const [news, wakes] of listeners)
      if (of === undefined || of === news) for (const wake of wakes) wake();
  };
  const tellNow = () => {
    telling = undefined;
    const news = [...untold];
    untold.clear();
    for (const name of news) parts.notify('SELECT pg_notify($1, $2)', [CHANNEL, name]).catch(() => undefined); // others look by themselves
  };

  return {
    tell(news) {
      if (closing.signal.aborted) return;
      untold.add(news);
      telling ??= setTimeout(tellNow, TELL_EVERY_MS);
    },
    hear(news, wake) {
      const wakes = listeners.get(news) ?? new Set();
      listeners.set(news, wakes.add(wake));
      hearing ??= keepHearing(parts.openClient, wakeAll, closing.signal);
      return () => wakes.delete(wake);
    },
    async close() {
      closing.abort();
      clearTimeout(telling);
      listeners.clear();
      await hearing;
    },
  };
}

/** Listens until the signal aborts; a connection that breaks is opened anew, and what was missed meanwhile is made up for. */
async function keepHearing(
  openClient: () => Client,
  wakeAll: (news?: string) => void,
  signal: AbortSignal,
): Promise<void> {
  let pauseMs = FIRST_PAUSE_MS;
  while (!signal.aborted) {
    const client = openClient();
    try {
      const broke = new Promise<void>((resolve) => {
        client.on('error', () => resolve());
        client.on('end', () => resolve());
        signal.addEventListener('abort', () => resolve(), { once: true });
      });
      await client.connect();
      client.on('notification', ({ payload }) => wakeAll(payload));
      await client.query(`LISTEN ${CHANNEL}`);
      pauseMs = FIRST_PAUSE_MS;
      wakeAll();
      await broke;
    } catch (error) {
      if (!isUnavailable(explainPostgresError(error))) pauseMs = LONGEST_PAUSE_MS;
    } finally {
      await client.end().catch(() => undefined);
    }
    await pauseUnlessClosed(pauseMs, signal);
    pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS);
  }
}

function pauseUnlessClosed(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const wake = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', wake);
      resolve();
    };
    const timer = setTimeout(wake, ms);
    signal.addEventListener('abort', wake);
  });
}
