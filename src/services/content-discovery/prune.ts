import type { DatabaseSync } from 'node:sqlite';

/** How large the index may become. */
export interface IndexBounds {
  /** Notes and votes that are older are forgotten. */
  readonly keepSeconds: number;
  readonly maxNotes: number;
  readonly maxVotes: number;
  readonly maxPeople: number;
}

/** So much is forgotten in one write at most, so that no write keeps the process. */
const PORTION = 500;

/**
 * Forgets what is too old, and the oldest where there is too much; of people those who were silent longest and whom
 * nobody trusts. Says whether there may be more to forget; run it inside of a write, and again until there is not.
 */
export function prune(db: DatabaseSync, bounds: IndexBounds, now: number): boolean {
  const oldest = now - bounds.keepSeconds;
  const forgotten = [
    forgetNotes(db, excess(db, 'notes', bounds.maxNotes), oldest),
    forgetVotes(db, excess(db, 'votes', bounds.maxVotes), oldest),
    forgetPeople(db, excess(db, 'people', bounds.maxPeople)),
  ];
  return forgotten.some((count) => count >= PORTION);
}

/** From this share of a bound on, newcomers have to wait. */
const CROWDED_SHARE = 0.8;

/**
 * Whether the index is nearly full. Then only trusted people get in: what a flood of invented keys adds would otherwise
 * push out what real people said before.
 */
export function isCrowded(db: DatabaseSync, { maxNotes, maxVotes, maxPeople }: IndexBounds): boolean {
  const bounds = { notes: maxNotes, votes: maxVotes, people: maxPeople } as const;
  return TABLES.some((table) => countOf(db, table) > CROWDED_SHARE * bounds[table]);
}

const TABLES = ['notes', 'votes', 'people'] as const;

function countOf(db: DatabaseSync, table: (typeof TABLES)[number]): number {
  return Number(db.prepare(`SELECT count(*) AS count FROM ${table}`).get()?.['count']);
}

function excess(db: DatabaseSync, table: (typeof TABLES)[number], max: number): number {
  return Math.min(PORTION, Math.max(0, countOf(db, table) - max));
}

function forgetNotes(db: DatabaseSync, tooMany: number, oldest: number): number {
  const rows = db
    .prepare('SELECT id, at FROM notes ORDER BY at LIMIT ?')
    .all(PORTION)
    .filter(({ at }, index) => index < tooMany || Number(at) < oldest);
  const drop = [
    db.prepare('DELETE FROM note_texts WHERE rowid = ?'),
    db.prepare('DELETE FROM notes WHERE id = ?'),
  ];
  for (const { id } of rows) for (const statement of drop) statement.run(Number(id));
  return rows.length;
}

function forgetVotes(db: DatabaseSync, tooMany: number, oldest: number): number {
  const { changes } = db
    .prepare(
      `DELETE FROM votes WHERE (target, voter) IN (
         SELECT target, voter FROM (
           SELECT target, voter, at, row_number() OVER (ORDER BY at) AS place FROM (
             SELECT target, voter, at FROM votes ORDER BY at LIMIT ?))
         WHERE place <= ? OR at < ?)`,
    )
    .run(PORTION, tooMany, oldest);
  return Number(changes);
}

function forgetPeople(db: DatabaseSync, tooMany: number): number {
  if (tooMany === 0) return 0;
  const choose = db.prepare('SELECT person FROM people ORDER BY trust > 0, active_at LIMIT ?');
  choose.setReadBigInts(true);
  const rows = choose.all(tooMany);
  const drop = [
    db.prepare('DELETE FROM profiles WHERE rowid = ?'),
    db.prepare('DELETE FROM people WHERE person = ?'),
  ];
  for (const { person } of rows) for (const statement of drop) statement.run(person ?? null);
  return rows.length;
}
