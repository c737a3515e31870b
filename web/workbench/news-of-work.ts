import type { JobRow, WorkbenchState } from '../engine/index.ts';

/** Something that a person would want to be called for. */
export interface News {
  readonly title:
    'notify-title' | 'notify-begin' | 'notify-due' | 'notify-ended' | 'notify-owed' | 'notify-words';
  readonly row: JobRow;
}

/** A job that is due no later than this is called for once more. */
const NEAR_SECONDS = 30 * 60;

/** What there is to be called for at `now` (unix seconds), each under a key by which it is known again. */
export function newsOf(bench: WorkbenchState, now: number): ReadonlyMap<string, News> {
  const { inbox, offered, active, done } = bench;
  const isNear = ({ dueAt, work }: JobRow) =>
    work !== 'ready' && dueAt !== null && dueAt > now && dueAt - now <= NEAR_SECONDS;
  return new Map<string, News>([
    ...inbox.map((row) => newsFor(row, 'asked', 'notify-title')),
    ...active.map((row) => newsFor(row, 'begin', 'notify-begin')),
    ...active.filter(isNear).map((row) => newsFor(row, 'due', 'notify-due')),
    ...done.filter(hasEnded).map((row) => newsFor(row, 'ended', 'notify-ended')),
    ...done.filter(({ money }) => money === 'refund-due').map((row) => newsFor(row, 'owed', 'notify-owed')),
    ...[...inbox, ...offered, ...active, ...done]
      .filter(({ unread }) => unread > 0)
      .map((row) => newsFor(row, `words ${row.unread}`, 'notify-words')),
  ]);
}

/**
 * What is new since `before`, the most pressing first, once for each job. Of what ended only a job that was in hand is
 * worth a call.
 */
export function freshNews(before: ReadonlySet<string>, news: ReadonlyMap<string, News>): readonly News[] {
  const fresh = new Map<string, News>();
  for (const [key, each] of news) {
    const { requestId } = each.row;
    const isNew = !before.has(key) && !fresh.has(requestId);
    const wasInHand = before.has(keyOf(requestId, 'begin'));
    if (isNew && (each.title !== 'notify-ended' || wasInHand)) fresh.set(requestId, each);
  }
  return [...fresh.values()];
}

const keyOf = (requestId: string, what: string) => `${requestId} ${what}`;

function newsFor(row: JobRow, what: string, title: News['title']): readonly [string, News] {
  return [keyOf(row.requestId, what), { title, row }];
}

/** Without a result, whoever ended it. */
function hasEnded({ work }: JobRow): boolean {
  return work === 'cancelled' || work === 'failed' || work === 'expired';
}
