import type { DatabaseSync } from 'node:sqlite';
import { nearness, type Network } from './network.ts';

/** A note that may be listed. */
export interface Candidate {
  readonly id: number;
  readonly event: Uint8Array;
  readonly author: bigint;
  readonly at: number;
  readonly relay: string;
}

/** So that where nobody is trusted yet votes still order notes; thousands of invented keys weigh less than one person. */
const UNTRUSTED = 0.00001;
/** Keys count in full after a week: farms of new ones count for little before somebody notices them. */
const PROBATION_SECONDS = 7 * 86_400;
const NEW_KEY = 0.2;
/** Votes of one note that are weighed: the heaviest. */
const MAX_VOTES = 500;
/** For a personal feed what one's own network says counts for more than what everybody says. */
const PERSONAL_SHARE = 0.7;
/** What a note is worth before anybody spoke well of it, by how far its author is trusted or near. */
const AUTHOR_SHARE = 0.3;
/** How fast notes grow old: at 1.5 a note needs three times the votes of one that is half as old. */
const GRAVITY = 1.5;

/** Tells what notes are worth to somebody, or to everybody. */
export interface Scorer {
  readonly score: (note: Candidate) => number;
}

/** Weighs the votes on notes by who gave them; `network` is of the person it is for, `null` scores for everybody. */
export function createScorer(db: DatabaseSync, network: Network | null, now: number): Scorer {
  const votes = db.prepare(`
    SELECT votes.voter, votes.weight, people.trust, people.known_since
    FROM votes JOIN people ON people.person = votes.voter
    WHERE votes.target = ? AND votes.voter <> ? ORDER BY people.trust DESC LIMIT ${MAX_VOTES}`);
  votes.setReadBigInts(true);
  const trustOf = db.prepare('SELECT trust FROM people WHERE person = ?');
  const standing = (person: bigint, trust: number) =>
    network === null ? trust : PERSONAL_SHARE * nearness(network, person) + (1 - PERSONAL_SHARE) * trust;
  return {
    score({ event, author, at }) {
      const authorTrust = Number(trustOf.get(author)?.['trust'] ?? 0);
      let worth = AUTHOR_SHARE * standing(author, authorTrust);
      for (const { voter, weight, trust, known_since: knownSince } of votes.all(event, author)) {
        if (typeof voter !== 'bigint') continue;
        const known = Math.min(1, (now - Number(knownSince)) / PROBATION_SECONDS);
        const age = NEW_KEY + (1 - NEW_KEY) * known;
        worth += Number(weight) * age * (standing(voter, Number(trust)) + UNTRUSTED);
      }
      return worth / (Math.max(0, now - at) / 3600 + 2) ** GRAVITY;
    },
  };
}

/** The columns of a candidate, for `candidateQuery`. */
export const CANDIDATE_COLUMNS = 'notes.id, notes.event, notes.author, notes.at, notes.relay';

/** Prepares a query for `CANDIDATE_COLUMNS`. */
export function candidateQuery(
  db: DatabaseSync,
  sql: string,
): (...values: (number | bigint | string | Uint8Array)[]) => Candidate[] {
  const query = db.prepare(sql);
  query.setReadBigInts(true);
  return (...values) =>
    query
      .all(...values)
      .flatMap(({ id, event, author, at, relay }) =>
        event instanceof Uint8Array && typeof author === 'bigint' && typeof relay === 'string'
          ? [{ id: Number(id), event, author, at: Number(at), relay }]
          : [],
      );
}
