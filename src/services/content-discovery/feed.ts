import type { DatabaseSync } from 'node:sqlite';
import type { SqliteStore } from '../../store/index.ts';
import { ftsQuery } from './fts-query.ts';
import type { Network } from './network.ts';
import { hexColumn } from './person.ts';
import { notesOfNetwork } from './network-notes.ts';
import { CANDIDATE_COLUMNS, candidateQuery, createScorer, type Candidate } from './score.ts';
import type { Trending } from './trending.ts';

/** A note in a list: its id in hex, and a relay that has it (empty when none is known). */
export interface ListedNote {
  readonly id: string;
  readonly relay: string;
}

/** What somebody wants to read. */
export interface FeedWish {
  readonly maxResults: number;
  /** Unix seconds: nothing older. */
  readonly since: number;
  /** Words, one of which a note must have where there are any; in lower case. */
  readonly search: readonly string[];
  /** Words that a note must all have. */
  readonly must: readonly string[];
  /** Words that a note must not have. */
  readonly avoid: readonly string[];
  /** Ids (hex) that were listed on the pages before. */
  readonly listed: ReadonlySet<string>;
}

/** Notes with wanted words that are weighed: the newest. */
const MAX_FOUND = 1500;
/** However much one person is talked about, a feed shows so many notes of it. */
const MAX_BY_AUTHOR = 3;
const PORTION = 100;

/**
 * Chooses notes: what trends, and for a person what its network wrote and spoke well of. `self` is whose own notes are
 * left out.
 */
export async function chooseFeed(
  { db }: SqliteStore,
  wish: FeedWish,
  reader: { readonly self: bigint; readonly network: Network | null; readonly now: number },
  trending: Trending,
  signal: AbortSignal,
): Promise<ListedNote[]> {
  const candidates = new Map<number, Candidate>();
  const sources = [
    trending.notes,
    searched(db, wish),
    reader.network === null ? [] : await notesOfNetwork(db, reader.network, wish.since, signal),
  ];
  for (const note of sources.flat()) if (note.at >= wish.since) candidates.set(note.id, note);
  const fits = createTextFilter(db, wish);
  const scorer = createScorer(db, reader.network, reader.now);
  const scored: { readonly note: Candidate; readonly score: number }[] = [];
  let looked = 0;
  for (const note of candidates.values()) {
    looked += 1;
    if (looked % PORTION === 0) await new Promise((resolve) => setImmediate(resolve));
    signal.throwIfAborted();
    if (note.author === reader.self || !fits(note)) continue;
    const score = scorer.score(note);
    if (score > 0 || wish.search.length > 0) scored.push({ note, score });
  }
  return diverse(
    scored.toSorted((left, right) => right.score - left.score || right.note.at - left.note.at),
    wish,
  );
}

function searched(db: DatabaseSync, { search, must, since }: FeedWish): Candidate[] {
  const query = ftsQuery(must.length > 0 ? must : search, must.length > 0 ? 'AND' : 'OR');
  if (query === null) return [];
  const find = candidateQuery(
    db,
    `SELECT ${CANDIDATE_COLUMNS} FROM note_texts JOIN notes ON notes.id = note_texts.rowid
     WHERE note_texts MATCH ? AND notes.at >= ? AND notes.is_reply = 0
     ORDER BY note_texts.rowid DESC LIMIT ${MAX_FOUND}`,
  );
  return find(query, since);
}

function createTextFilter(db: DatabaseSync, wish: FeedWish): (note: Candidate) => boolean {
  const { search, must, avoid } = wish;
  if (search.length + must.length + avoid.length === 0) return () => true;
  const text = db.prepare('SELECT content FROM note_texts WHERE rowid = ?');
  return ({ id }) => {
    const content = String(text.get(id)?.['content'] ?? '').toLowerCase();
    const has = (word: string) => content.includes(word);
    return (search.length === 0 || search.some(has)) && must.every(has) && !avoid.some(has);
  };
}

function diverse(
  scored: readonly { readonly note: Candidate }[],
  { listed, maxResults }: FeedWish,
): ListedNote[] {
  const byAuthor = new Map<bigint, number>();
  const chosen: ListedNote[] = [];
  for (const { note } of scored) {
    if (chosen.length === maxResults) break;
    const id = hexColumn(note.event);
    const count = byAuthor.get(note.author) ?? 0;
    if (listed.has(id) || count >= MAX_BY_AUTHOR) continue;
    byAuthor.set(note.author, count + 1);
    chosen.push({ id, relay: note.relay });
  }
  return chosen;
}
