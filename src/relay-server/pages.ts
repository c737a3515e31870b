import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { Filter } from '../protocol/index.ts';
import type { AccessPath, EventIndex } from './access-paths.ts';

/**
 * A place in the order of stored events: newest first, then lowest id (NIP-01). Of two ids with the same
 * `rank`, which takes effort to make, the earlier arrival comes first.
 */
export interface Position {
  /** Minus `created_at`. */
  readonly age: number;
  /** The number that the event's id begins with. */
  readonly rank: number;
  /** The place in the order of arrival. */
  readonly seq: number;
}

/** A stored event without its body. */
export interface EventKey extends Position {
  readonly kind: number;
  /** Whether it passes the filter, as far as the database can tell: all but further tag conditions. */
  readonly matches: boolean;
}

/** Which page to read. */
export interface PageRequest {
  readonly path: AccessPath;
  readonly filter: Filter;
  /** The page starts after this position. */
  readonly after: Position;
  /** Events that arrived later do not match: whoever asks gets them live. */
  readonly upToSeq: number;
  /** Unix seconds; what has expired (NIP-40) does not match. */
  readonly now: number;
  /** Rows to read, whether they match or not: bounds the time of one page. */
  readonly rows: number;
}

/** Where the rows of each index are; `s` is the table or index that is walked. */
const SOURCES: Record<EventIndex, string> = {
  id: 'events AS s JOIN events AS e USING (seq) WHERE s.id = ?',
  tag: 'tags AS s CROSS JOIN events AS e USING (seq) WHERE s.key = ?',
  'author-kind':
    'events AS s INDEXED BY events_by_author_kind CROSS JOIN events AS e USING (seq) WHERE s.pubkey = ? AND s.kind = ?',
  author: 'events AS s INDEXED BY events_by_author CROSS JOIN events AS e USING (seq) WHERE s.pubkey = ?',
  kind: 'events AS s INDEXED BY events_by_kind CROSS JOIN events AS e USING (seq) WHERE s.kind = ?',
  time: 'events AS s INDEXED BY events_by_time CROSS JOIN events AS e USING (seq) WHERE TRUE',
};

/** The position before every event that is not newer than `until` (unix seconds). */
export function startingAt(until: number | undefined): Position {
  return { age: -(until ?? Number.MAX_SAFE_INTEGER), rank: 0, seq: 0 };
}

/** The number that an id begins with: 52 bits, as many as a number holds exactly. */
export function rankOf(id: string): number {
  return Number.parseInt(id.slice(0, 13), 16);
}

/**
 * Reads pages of keys along one index. A page is one short statement, so no cursor stays open between pages:
 * writes go on, and a slow reader holds neither memory nor the write-ahead log.
 */
export function pageReader(db: DatabaseSync): (request: PageRequest) => EventKey[] {
  const statements = new Map<string, StatementSync>();
  return ({ path, filter, after, upToSeq, now, rows }) => {
    const shape = `${path.index}${filter.authors ? '+authors' : ''}${filter.kinds ? '+kinds' : ''}`;
    let statement = statements.get(shape);
    if (statement === undefined) {
      statement = db.prepare(pageSql(path.index, filter));
      statements.set(shape, statement);
    }
    const lists = [filter.authors, filter.kinds].flatMap((list) => (list ? [JSON.stringify(list)] : []));
    const oldest = -(filter.since ?? 0);
    return statement
      .all(upToSeq, now, ...lists, ...path.key, after.age, after.rank, after.seq, oldest, rows)
      .map((row) => ({
        seq: Number(row['seq']),
        age: Number(row['age']),
        rank: Number(row['rank']),
        kind: Number(row['kind']),
        matches: row['matches'] === 1,
      }));
  };
}

function pageSql(index: EventIndex, filter: Filter): string {
  const conditions = ['e.seq <= ?', '(e.expires_at IS NULL OR e.expires_at > ?)'];
  if (filter.authors) conditions.push('e.pubkey IN (SELECT value FROM json_each(?))');
  if (filter.kinds) conditions.push('e.kind IN (SELECT value FROM json_each(?))');
  return `
    SELECT s.seq AS seq, s.age AS age, s.rank AS rank, e.kind AS kind, (${conditions.join(' AND ')}) AS matches
    FROM ${SOURCES[index]} AND (s.age, s.rank, s.seq) > (?, ?, ?) AND s.age <= ?
    ORDER BY s.age, s.rank, s.seq LIMIT ?`;
}
