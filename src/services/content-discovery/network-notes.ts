import type { DatabaseSync } from 'node:sqlite';
import type { Network } from './network.ts';
import { CANDIDATE_COLUMNS, candidateQuery, type Candidate } from './score.ts';

/** Notes and votes of each person that are looked at, the newest: so that nobody who writes much hides the others. */
const NOTES_EACH = 5;
const MOST_VOTES_EACH = 30;
const LEAST_VOTES_EACH = 3;
/** Votes of all together. */
const MAX_VOTES = 3000;
const PORTION = 50;

/** What those whom somebody follows wrote since `since` (unix seconds), and what they spoke well of. */
export async function notesOfNetwork(
  db: DatabaseSync,
  { follows }: Network,
  since: number,
  signal: AbortSignal,
): Promise<Candidate[]> {
  const written = candidateQuery(
    db,
    `SELECT ${CANDIDATE_COLUMNS} FROM notes
     WHERE author = ? AND at >= ? AND is_reply = 0 ORDER BY at DESC LIMIT ${NOTES_EACH}`,
  );
  const votesEach = Math.max(
    LEAST_VOTES_EACH,
    Math.min(MOST_VOTES_EACH, Math.floor(MAX_VOTES / follows.size)),
  );
  const praised = candidateQuery(
    db,
    `SELECT ${CANDIDATE_COLUMNS} FROM (
       SELECT target FROM votes WHERE voter = ? AND at >= ? ORDER BY at DESC LIMIT ${votesEach}
     ) JOIN notes ON notes.event = target WHERE notes.at >= ? AND notes.is_reply = 0`,
  );
  const found: Candidate[] = [];
  let looked = 0;
  for (const person of follows) {
    found.push(...written(person, since), ...praised(person, since, since));
    looked += 1;
    if (looked % PORTION === 0) await new Promise((resolve) => setImmediate(resolve));
    signal.throwIfAborted();
  }
  return found;
}
