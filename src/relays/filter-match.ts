import type { Filter, NostrEvent } from '../protocol/index.ts';

/**
 * Compiles filters (NIP-01) to one question: does an event match any of them? `limit` and `search` are
 * the relay's business and not looked at.
 */
export function compileFilters(filters: readonly Filter[]): (event: NostrEvent) => boolean {
  const matchers = filters.map((filter) => compileFilter(filter));
  return (event) => matchers.some((matches) => matches(event));
}

function compileFilter(filter: Filter): (event: NostrEvent) => boolean {
  const ids = filter.ids && new Set(filter.ids);
  const authors = filter.authors && new Set(filter.authors);
  const kinds = filter.kinds && new Set(filter.kinds);
  const { since = 0, until = Number.POSITIVE_INFINITY } = filter;
  const tags = tagFilters(filter);
  return (event) =>
    (ids === undefined || ids.has(event.id)) &&
    (authors === undefined || authors.has(event.pubkey)) &&
    (kinds === undefined || kinds.has(event.kind)) &&
    event.created_at >= since &&
    event.created_at <= until &&
    tags.every(([name, values]) =>
      event.tags.some((tag) => tag[0] === name && tag[1] !== undefined && values.has(tag[1])),
    );
}

function tagFilters(filter: Filter): (readonly [name: string, values: ReadonlySet<string>])[] {
  return Object.entries(filter).flatMap(([key, values]: [string, unknown]) =>
    key.startsWith('#') && Array.isArray(values) ? [[key.slice(1), new Set<string>(values)] as const] : [],
  );
}
