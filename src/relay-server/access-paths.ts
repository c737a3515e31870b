import type { Filter, NostrEvent } from '../protocol/index.ts';
import { tagKey, tagKeys } from './event-rules.ts';
import { tagConditions } from './filters.ts';

/** The ways in which events are indexed, in the database for stored ones and in memory for live ones. */
export type EventIndex = 'id' | 'tag' | 'author-kind' | 'author' | 'kind' | 'time';

/** One exact entry of one index: every event that can match is found there. */
export interface AccessPath {
  readonly index: EventIndex;
  /** Equal to the index's leading columns, in their order. */
  readonly key: readonly (string | number)[];
}

/** The tags that name one thing; few events share a value, so they narrow more than an author does. */
const REFERENCES = ['e', 'E', 'q', 'a', 'A', 'i', 'I'];
/** More pairs of author and kind than this cost more than reading the author's other kinds. */
const MAX_PAIRS = 256;

/**
 * The narrowest index for a filter, as the entries in which all its events lie. An empty list means that
 * nothing can match (an empty list in the filter).
 */
export function accessPaths(filter: Filter): AccessPath[] {
  const { ids, authors, kinds } = filter;
  const tags = tagConditions(filter);
  if (ids?.length === 0 || authors?.length === 0 || kinds?.length === 0) return [];
  if (tags.some(({ values }) => values.length === 0)) return [];
  if (ids) return ids.map((id) => ({ index: 'id', key: [id] }));
  const byFewest = tags.toSorted((a, b) => a.values.length - b.values.length);
  const reference = byFewest.find(({ name }) => REFERENCES.includes(name));
  if (reference) return tagPaths(reference);
  if (authors && kinds && authors.length * kinds.length <= MAX_PAIRS)
    return authors.flatMap((author) => kinds.map((kind) => ({ index: 'author-kind', key: [author, kind] })));
  const [tag] = byFewest;
  if (tag) return tagPaths(tag);
  if (authors) return authors.map((author) => ({ index: 'author', key: [author] }));
  if (kinds) return kinds.map((kind) => ({ index: 'kind', key: [kind] }));
  return [{ index: 'time', key: [] }];
}

function tagPaths({
  name,
  values,
}: {
  readonly name: string;
  readonly values: readonly string[];
}): AccessPath[] {
  return values.map((value) => ({ index: 'tag', key: [tagKey(name, value)] }));
}

/** Every entry under which an event can be found: `accessPaths` of a matching filter names one of them. */
export function pathsTo(event: NostrEvent): AccessPath[] {
  return [
    { index: 'id', key: [event.id] },
    ...[...tagKeys(event)].map((key) => ({ index: 'tag' as const, key: [key] })),
    { index: 'author-kind', key: [event.pubkey, event.kind] },
    { index: 'author', key: [event.pubkey] },
    { index: 'kind', key: [event.kind] },
    { index: 'time', key: [] },
  ];
}
