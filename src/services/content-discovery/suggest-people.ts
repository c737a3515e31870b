import type { DatabaseSync } from 'node:sqlite';
import type { SqliteStore } from '../../store/index.ts';
import { ftsQuery } from './fts-query.ts';
import type { Network } from './network.ts';
import { hexColumn } from './person.ts';

/** Whom to suggest, and for whom. */
export interface SuggestionWish {
  readonly self: bigint;
  readonly network: Network;
  readonly maxResults: number;
  /** Unix seconds: who has shown no sign of life since is left out. */
  readonly activeSince: number;
  /** What they should write about; empty for anything. */
  readonly topics: readonly string[];
}

/** People beyond the network that are weighed: the nearest. */
const MAX_CANDIDATES = 5000;
/** What everybody's trust counts beside being near. */
const TRUST_SHARE = 0.3;
/** Who writes about a wanted topic counts this much more. */
const ON_TOPIC = 3;
const MAX_TOPIC_NOTES = 5000;
const PORTION = 500;

/**
 * Suggests whom to follow, the best first, as hex keys: those whom the followed follow, and where somebody follows
 * nobody the most trusted.
 */
export async function suggestPeople(
  { db }: SqliteStore,
  wish: SuggestionWish,
  signal: AbortSignal,
): Promise<string[]> {
  const onTopic = authorsOn(db, wish.topics);
  const known = db.prepare('SELECT pubkey, trust, active_at FROM people WHERE person = ?');
  const scored: { readonly pubkey: string; readonly score: number }[] = [];
  let looked = 0;
  for (const [person, nearness] of candidates(db, wish, onTopic)) {
    looked += 1;
    if (looked % PORTION === 0) await new Promise((resolve) => setImmediate(resolve));
    signal.throwIfAborted();
    if (person === wish.self || wish.network.follows.has(person)) continue;
    const row = known.get(person);
    if (row === undefined || Number(row['active_at']) < wish.activeSince) continue;
    const topical = onTopic?.has(person) === true ? ON_TOPIC : 1;
    const worth = nearness + TRUST_SHARE * Number(row['trust']);
    scored.push({ pubkey: hexColumn(row['pubkey']), score: worth * topical });
  }
  return scored
    .toSorted((left, right) => right.score - left.score)
    .slice(0, wish.maxResults)
    .map(({ pubkey }) => pubkey);
}

function candidates(
  db: DatabaseSync,
  { network }: SuggestionWish,
  onTopic: ReadonlySet<bigint> | null,
): Map<bigint, number> {
  const nearest = [...network.second].toSorted((left, right) => right[1] - left[1]).slice(0, MAX_CANDIDATES);
  const trusted = db.prepare('SELECT person FROM people WHERE trust > 0 ORDER BY trust DESC LIMIT 500');
  trusted.setReadBigInts(true);
  const others = [...trusted.all().map(({ person }) => person), ...(onTopic ?? [])];
  const found = new Map(nearest);
  for (const person of others) if (typeof person === 'bigint' && !found.has(person)) found.set(person, 0);
  return found;
}

function authorsOn(db: DatabaseSync, topics: readonly string[]): ReadonlySet<bigint> | null {
  const query = ftsQuery(topics, 'OR');
  if (query === null) return null;
  const authors = db.prepare(
    `SELECT DISTINCT notes.author FROM note_texts JOIN notes ON notes.id = note_texts.rowid
     WHERE note_texts MATCH ? LIMIT ${MAX_TOPIC_NOTES}`,
  );
  authors.setReadBigInts(true);
  return new Set(authors.all(query).flatMap(({ author }) => (typeof author === 'bigint' ? [author] : [])));
}
