import type { StatementSync } from 'node:sqlite';
import { parseEvent, tagValues, type NostrEvent } from '../protocol/index.ts';
import type { SqliteStore } from '../store/index.ts';
import {
  addressOf,
  DELETION_KIND,
  deletionTargets,
  expiresAt,
  GIFT_WRAP_KIND,
  tagKey,
  tagKeys,
} from './event-rules.ts';
import { pageReader, rankOf, type EventKey, type PageRequest } from './pages.ts';

/**
 * What became of an event: `stored`, with its place in the order of arrival; `duplicate`: it is here already;
 * `superseded`: a newer version of it is here (NIP-01); `deleted`: its author asked for its deletion (NIP-09).
 */
export type Admission =
  | { readonly status: 'stored'; readonly seq: number }
  | { readonly status: 'duplicate' | 'superseded' | 'deleted' };

/** The relay's durable events. Reads see what is committed. */
export interface EventStore {
  /** The place of the newest arrival: every stored event has a `seq` up to this, every later one a higher. */
  lastSeq(): number;
  /** Stores a verified event; settles when the commit is on disk. Rejects when the disk is full or broken. */
  add(event: NostrEvent, json: string): Promise<Admission>;
  /** One bounded page along one index, newest first. */
  page(request: PageRequest): EventKey[];
  /** The event's JSON; `null` when it has been deleted, replaced or has expired (NIP-40) since. */
  json(seq: number, now: number): string | null;
  /** Deletes up to `max` events that have expired (NIP-40) and says how many there were. */
  purgeExpired(now: number, max: number): Promise<number>;
  /** Finishes the writes that wait, then closes the database. */
  close(): Promise<void>;
}

/**
 * Ids and tag values fall all over their indexes: with room for the inner pages and fewer checkpoints, of
 * which each writes a page once, events are taken in about a quarter faster than with SQLite's defaults.
 */
const CACHE_KIB = 32 * 1024;
const CHECKPOINT_PAGES = 4_000;

/** An event store over an opened database that has `RELAY_MIGRATIONS`. */
export function createEventStore(store: SqliteStore): EventStore {
  const { db } = store;
  db.exec(`PRAGMA cache_size = -${CACHE_KIB}; PRAGMA wal_autocheckpoint = ${CHECKPOINT_PAGES}`);
  const sql = {
    lastSeq: db.prepare('SELECT coalesce(max(seq), 0) AS seq FROM events'),
    json: db.prepare('SELECT json FROM events WHERE seq = ? AND (expires_at IS NULL OR expires_at > ?)'),
    expired: db.prepare('SELECT seq FROM events WHERE expires_at <= ? LIMIT ?'),
  };
  const writer = new EventWriter(store, Number(sql.lastSeq.get()?.['seq']));
  const page = pageReader(db);
  return {
    lastSeq: () => writer.lastSeq,
    add: (event, json) => store.write(() => writer.add(event, json)),
    page,
    json: (seq, now) => textOf(sql.json, seq, now),
    purgeExpired: (now, max) =>
      store.write(() => {
        const expired = sql.expired.all(now, max);
        for (const { seq } of expired) writer.remove(Number(seq));
        return expired.length;
      }),
    close: () => store.close(),
  };
}

/** The changes to the tables. Every method runs inside of a write of the store. */
class EventWriter {
  readonly #sql: Record<
    'insert' | 'tag' | 'byId' | 'byAddress' | 'untag' | 'delete' | 'read' | 'bury' | 'buried',
    StatementSync
  >;
  /** Counted here and not by SQLite, which gives the number of a deleted last row to the next one. */
  #lastSeq: number;

  constructor({ db }: SqliteStore, lastSeq: number) {
    this.#lastSeq = lastSeq;
    this.#sql = {
      insert: db.prepare(
        `INSERT INTO events (seq, id, pubkey, kind, age, rank, address, expires_at, json)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING`,
      ),
      tag: db.prepare('INSERT INTO tags (key, age, rank, seq) VALUES (?, ?, ?, ?)'),
      byId: db.prepare('SELECT seq FROM events WHERE id = ?'),
      byAddress: db.prepare('SELECT seq, id, age FROM events WHERE address = ?'),
      untag: db.prepare('DELETE FROM tags WHERE key = ? AND age = ? AND rank = ? AND seq = ?'),
      delete: db.prepare('DELETE FROM events WHERE seq = ?'),
      read: db.prepare('SELECT json FROM events WHERE seq = ?'),
      bury: db.prepare(
        `INSERT INTO tombstones (target, pubkey, up_to) VALUES (?, ?, ?)
         ON CONFLICT (target, pubkey) DO UPDATE SET up_to = max(up_to, excluded.up_to)`,
      ),
      buried: db.prepare('SELECT 1 FROM tombstones WHERE target = ? AND pubkey = ? AND up_to >= ?'),
    };
  }

  get lastSeq(): number {
    return this.#lastSeq;
  }

  add(event: NostrEvent, json: string): Admission {
    const address = addressOf(event);
    if (this.#isDeleted(event, address)) return { status: 'deleted' };
    if (address !== null) {
      const current = this.#sql.byAddress.get(address);
      if (current?.['id'] === event.id) return { status: 'duplicate' };
      if (current && isNewer(current, event)) return { status: 'superseded' };
      if (current) this.remove(Number(current['seq']));
    }
    const seq = this.#lastSeq + 1;
    const age = -event.created_at;
    const rank = rankOf(event.id);
    const { id, pubkey, kind } = event;
    const { changes } = this.#sql.insert.run(
      seq,
      id,
      pubkey,
      kind,
      age,
      rank,
      address,
      expiresAt(event),
      json,
    );
    if (changes === 0) return { status: 'duplicate' };
    this.#lastSeq = seq;
    for (const key of tagKeys(event)) this.#sql.tag.run(key, age, rank, seq);
    if (kind === DELETION_KIND) this.#delete(event);
    return { status: 'stored', seq };
  }

  remove(seq: number): void {
    const event = this.#read(seq);
    if (event)
      for (const key of tagKeys(event)) this.#sql.untag.run(key, -event.created_at, rankOf(event.id), seq);
    this.#sql.delete.run(seq);
  }

  /** Whether an author (or a gift wrap's recipient, NIP-59) asked for the event's deletion before it came. */
  #isDeleted(event: NostrEvent, address: string | null): boolean {
    const { id, pubkey, kind, created_at } = event;
    if (kind === DELETION_KIND) return false;
    if (this.#sql.buried.get(id, pubkey, created_at)) return true;
    if (address !== null && this.#sql.buried.get(address, pubkey, created_at)) return true;
    if (kind !== GIFT_WRAP_KIND) return false;
    const recipients = tagValues(event, 'p');
    return recipients.some((recipient) => this.#sql.buried.get(id, recipient, created_at) !== undefined);
  }

  /** Carries out a deletion request (NIP-09) and remembers it for events that come later. */
  #delete(deletion: NostrEvent): void {
    const { ids, addresses } = deletionTargets(deletion);
    for (const id of ids) {
      this.#sql.bury.run(id, deletion.pubkey, Number.MAX_SAFE_INTEGER);
      const row = this.#sql.byId.get(id);
      const event = row && this.#read(Number(row['seq']));
      if (event && mayDelete(deletion.pubkey, event)) this.remove(Number(row['seq']));
    }
    for (const address of addresses) {
      this.#sql.bury.run(address, deletion.pubkey, deletion.created_at);
      const row = this.#sql.byAddress.get(address);
      if (row && -Number(row['age']) <= deletion.created_at) this.remove(Number(row['seq']));
    }
  }

  #read(seq: number): NostrEvent | null {
    const json = textOf(this.#sql.read, seq);
    const event = json === null ? null : parseEvent(JSON.parse(json));
    return event?.ok ? event.value : null;
  }
}

/** Whether the stored version stays: it is later, or of the same second with the lower id (NIP-01). */
function isNewer(stored: Record<string, unknown>, event: NostrEvent): boolean {
  const createdAt = -Number(stored['age']);
  return createdAt === event.created_at ? String(stored['id']) < event.id : createdAt > event.created_at;
}

/** A deletion request has no effect on another one, and on nobody else's events but one's gift wraps. */
function mayDelete(pubkey: string, event: NostrEvent): boolean {
  if (event.kind === DELETION_KIND) return false;
  if (event.pubkey === pubkey) return true;
  return event.kind === GIFT_WRAP_KIND && tagKeys(event).has(tagKey('p', pubkey));
}

function textOf(statement: StatementSync, ...values: number[]): string | null {
  const json = statement.get(...values)?.['json'];
  return typeof json === 'string' ? json : null;
}
