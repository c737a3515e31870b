import type { SqliteStore } from '../../store/index.ts';
import type { ListedNote } from './feed.ts';
import { ftsQuery } from './fts-query.ts';
import { hexColumn, personOf, readPubkey } from './person.ts';

/** Which notes to search, and for what. */
export interface NoteSearch {
  readonly text: string;
  readonly maxResults: number;
  /** Unix seconds, both included. */
  readonly since: number;
  readonly until: number;
  /** Hex keys; `null` for anybody. */
  readonly authors: readonly string[] | null;
}

/** Matches that are weighed: by how well they match. */
const MAX_MATCHES = 2000;

/**
 * Searches notes: those with all words, else those with any of them. How well the words fit counts most, then how far
 * the author is trusted. Of notes with the same text one is listed.
 */
export function searchNotes({ db }: SqliteStore, search: NoteSearch): ListedNote[] {
  const { since, until, authors, maxResults } = search;
  const find = db.prepare(`
    SELECT notes.event, notes.relay, note_texts.content, people.trust, note_texts.rank AS fit
    FROM note_texts JOIN notes ON notes.id = note_texts.rowid
    LEFT JOIN people ON people.person = notes.author
    WHERE note_texts MATCH ? AND notes.at BETWEEN ? AND ?
      AND (? IS NULL OR notes.author IN (SELECT value FROM json_each(?)))
    ORDER BY note_texts.rank LIMIT ${MAX_MATCHES}`);
  const people = authors === null ? null : `[${authors.map(personOf).join(',')}]`;
  const ask = (query: string | null) => (query === null ? [] : find.all(query, since, until, people, people));
  const all = ask(ftsQuery([search.text], 'AND'));
  const rows = all.length > 0 ? all : ask(ftsQuery([search.text], 'OR'));
  const texts = new Set<string>();
  return rows
    .map((row) => ({ row, worth: worthOf(row['fit'], row['trust']) }))
    .toSorted((left, right) => right.worth - left.worth)
    .filter(({ row }) => !texts.has(String(row['content'])) && texts.add(String(row['content'])))
    .slice(0, maxResults)
    .map(({ row }) => ({ id: hexColumn(row['event']), relay: String(row['relay']) }));
}

/** SQLite's rank is smaller, and below zero, for what fits better; nobody's word counts for nothing. */
function worthOf(fit: unknown, trust: unknown): number {
  return -Number(fit) * (0.25 + Number(trust ?? 0));
}

/**
 * Searches people by name, address and description, as hex keys, the best first. Names count most; of people with the
 * same name the more trusted one comes first, since names are free to take. A public key finds whom it belongs to.
 */
export function searchPeople({ db }: SqliteStore, text: string, maxResults: number): string[] {
  const pubkey = readPubkey(text.trim());
  if (pubkey !== null) {
    const known = db.prepare('SELECT pubkey FROM people WHERE person = ?').get(personOf(pubkey));
    return hexColumn(known?.['pubkey']) === pubkey ? [pubkey] : [];
  }
  const find = db.prepare(`
    SELECT people.pubkey, people.trust, bm25(profiles, 10, 5, 1) AS fit
    FROM profiles JOIN people ON people.person = profiles.rowid
    WHERE profiles MATCH ? ORDER BY fit LIMIT ${MAX_MATCHES}`);
  const ask = (query: string | null) => (query === null ? [] : find.all(query));
  const all = ask(ftsQuery([text], 'AND'));
  const rows = all.length > 0 ? all : ask(ftsQuery([text], 'OR'));
  return rows
    .map((row) => ({ pubkey: hexColumn(row['pubkey']), worth: worthOf(row['fit'], row['trust']) }))
    .toSorted((left, right) => right.worth - left.worth)
    .slice(0, maxResults)
    .map(({ pubkey: found }) => found);
}
