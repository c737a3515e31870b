import { pause } from '../../clock/index.ts';
import type { SqliteStore } from '../../store/index.ts';
import { CANDIDATE_COLUMNS, createScorer, candidateQuery, type Candidate } from './score.ts';

/** Notes that everybody's feed may show, the best first as of the last look. */
export interface Trending {
  readonly notes: readonly Candidate[];
}

const MAX_TRENDING = 1000;
/** Notes that are looked at, the newest first, and how many of them before the rest of the process gets its turn. */
const MAX_LOOKED_AT = 100_000;
const PORTION = 200;

/** Chooses what trends among the notes since `since` (unix seconds); replies do not. */
export async function findTrending(
  { db }: SqliteStore,
  { since, now }: { readonly since: number; readonly now: number },
  signal: AbortSignal,
): Promise<Trending> {
  const scorer = createScorer(db, null, now);
  const newest = candidateQuery(
    db,
    `SELECT ${CANDIDATE_COLUMNS} FROM notes
     WHERE at >= ? AND (at, id) < (?, ?) AND is_reply = 0 ORDER BY at DESC, id DESC LIMIT ${PORTION}`,
  );
  let best: { readonly note: Candidate; readonly score: number }[] = [];
  const keepBest = () => {
    best = best.toSorted((left, right) => right.score - left.score).slice(0, MAX_TRENDING);
  };
  let [at, id] = [now, Number.MAX_SAFE_INTEGER];
  for (let looked = 0; looked < MAX_LOOKED_AT && !signal.aborted; looked += PORTION) {
    const notes = newest(since, at, id);
    for (const note of notes) {
      const score = scorer.score(note);
      if (score > 0) best.push({ note, score });
    }
    if (best.length > 2 * MAX_TRENDING) keepBest();
    const last = notes.at(-1);
    if (last === undefined) break;
    ({ at, id } = last);
    await pause(0, signal);
  }
  keepBest();
  return { notes: best.map(({ note }) => note) };
}
