import { success, type Outcome } from '../../protocol/index.ts';
import type { Migration, SqliteStore } from '../../store/index.ts';
import { openShelfStore } from '../shelf-store.ts';

const MIGRATIONS: readonly Migration[] = [
  {
    version: 1,
    sql: `
      CREATE TABLE scheduled (
        job TEXT NOT NULL,
        event TEXT NOT NULL,
        due_at INTEGER NOT NULL,
        accepted_by TEXT, -- JSON list of relays, once it is published
        PRIMARY KEY (job, event)
      ) STRICT, WITHOUT ROWID;
      CREATE INDEX scheduled_by_time ON scheduled (due_at);
    `,
  },
];

/** What is remembered longer than its time, for a job that is handled again after a crash. */
const KEEP_SECONDS = 2 * 86_400;

/** What was to be published when, and which relays took it: so that a crash neither forgets nor repeats it. */
export interface ScheduleStore {
  /** Takes the events of a job in, once however often it is asked; false when too many others wait already. */
  keep(job: string, events: readonly { readonly id: string; readonly dueAt: number }[]): Promise<boolean>;
  /** The relays that took an event of a job; `null` while it is not published. */
  publishedOn(job: string, eventId: string): readonly string[] | null;
  notePublished(job: string, eventId: string, relays: readonly string[]): Promise<void>;
  /** Frees the places of a job that is cancelled or given up. */
  drop(job: string): Promise<void>;
  close(): Promise<void>;
}

/** Opens the schedule for at most so many events that wait; fails with the code of a `StoreError`. */
export function openScheduleStore(
  path: string,
  maxWaiting: number,
  now: () => number,
): Outcome<ScheduleStore> {
  const opened = openShelfStore(path, MIGRATIONS);
  if (!opened.ok) return opened;
  const store = opened.value;
  return success({
    keep: (job, events) => store.write(() => keep(store, job, events, { maxWaiting, now: now() })),
    publishedOn(job, eventId) {
      const row = store.db
        .prepare('SELECT accepted_by FROM scheduled WHERE job = ? AND event = ?')
        .get(job, eventId);
      const relays = row?.['accepted_by'];
      return typeof relays === 'string' ? readRelays(relays) : null;
    },
    async notePublished(job, eventId, relays) {
      await store.write((db) =>
        db
          .prepare('UPDATE scheduled SET accepted_by = ? WHERE job = ? AND event = ?')
          .run(JSON.stringify(relays), job, eventId),
      );
    },
    async drop(job) {
      await store.write((db) =>
        db.prepare('DELETE FROM scheduled WHERE job = ? AND accepted_by IS NULL').run(job),
      );
    },
    close: () => store.close(),
  });
}

function keep(
  { db }: SqliteStore,
  job: string,
  events: readonly { readonly id: string; readonly dueAt: number }[],
  { maxWaiting, now }: { readonly maxWaiting: number; readonly now: number },
): boolean {
  db.prepare('DELETE FROM scheduled WHERE due_at < ?').run(now - KEEP_SECONDS);
  const others = db
    .prepare('SELECT count(*) AS count FROM scheduled WHERE accepted_by IS NULL AND job <> ?')
    .get(job);
  if (Number(others?.['count']) + events.length > maxWaiting) return false;
  const insert = db.prepare(
    'INSERT INTO scheduled (job, event, due_at) VALUES (?, ?, ?) ON CONFLICT DO NOTHING',
  );
  for (const { id, dueAt } of events) insert.run(job, id, dueAt);
  return true;
}

function readRelays(json: string): readonly string[] {
  const relays: unknown = JSON.parse(json);
  return Array.isArray(relays) ? relays.filter((relay) => typeof relay === 'string') : [];
}
