import { failure, isHex32, success, type Filter, type NostrEvent, type Outcome } from '../protocol/index.ts';
import type { RelayLimits } from './limits.ts';

const TAG_FILTER = /^#[A-Za-z]$/;
const isTagFilter = (key: string): key is `#${string}` => TAG_FILTER.test(key);
const MAX_KIND = 4_294_967_295;

type FilterFailure = 'invalid' | 'unsupported';

/** The filters of one REQ or COUNT, and how many values their lists hold. */
export interface ParsedFilters {
  readonly filters: readonly Filter[];
  readonly valueCount: number;
}

/**
 * Reads the filters of one REQ or COUNT. Values are deduplicated and `limit` is lowered to what the relay
 * sends at most. Fails with `invalid` (NIP-01 forbids it) or `unsupported` (unknown elements, `search`):
 * the codes are NIP-01's prefixes.
 */
export function parseFilters(
  inputs: readonly unknown[],
  limits: RelayLimits,
): Outcome<ParsedFilters, FilterFailure> {
  if (inputs.length === 0) return failure('invalid', 'at least one filter is needed');
  if (inputs.length > limits.maxFilters)
    return failure('invalid', `at most ${limits.maxFilters} filters are allowed`);
  const filters: Filter[] = [];
  let valueCount = 0;
  for (const input of inputs) {
    const filter = parseFilter(input, limits.maxResults);
    if (!filter.ok) return filter;
    filters.push(filter.value);
    for (const list of Object.values<unknown>({ ...filter.value }))
      if (Array.isArray(list)) valueCount += list.length;
  }
  return success({ filters, valueCount });
}

function parseFilter(input: unknown, maxResults: number): Outcome<Filter, FilterFailure> {
  if (typeof input !== 'object' || input === null || Array.isArray(input))
    return failure('invalid', 'a filter must be a JSON object');
  const filter: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(input)) {
    const wants = expectation(name);
    if (wants === null) return failure('unsupported', 'a filter contains an element that is not supported');
    if (!wants.accepts(value)) return failure('invalid', `${name} must be ${wants.words}`);
    filter[name] = Array.isArray(value) ? [...new Set<unknown>(value)] : value;
  }
  const { limit } = filter;
  return success({ ...filter, limit: typeof limit === 'number' ? Math.min(limit, maxResults) : maxResults });
}

interface Expectation {
  readonly words: string;
  readonly accepts: (value: unknown) => boolean;
}

const isTime = (value: unknown) => Number.isSafeInteger(value) && Number(value) >= 0;
const listOf = (item: (value: unknown) => boolean) => (value: unknown) =>
  Array.isArray(value) && value.every(item);
const HEX_LIST: Expectation = {
  words: 'a list of 64 lower-case hex characters each',
  accepts: listOf(isHex32),
};
const KIND_LIST: Expectation = {
  words: 'a list of kinds',
  accepts: listOf((kind) => isTime(kind) && Number(kind) <= MAX_KIND),
};
const TEXT_LIST: Expectation = {
  words: 'a list of strings',
  accepts: listOf((value) => typeof value === 'string'),
};
const WHOLE_NUMBER: Expectation = { words: 'a whole number', accepts: isTime };

/** What NIP-01 wants of an element, or `null` when it is unknown. */
function expectation(name: string): Expectation | null {
  switch (name) {
    case 'ids':
    case 'authors':
    case '#e':
    case '#p':
      return HEX_LIST;
    case 'kinds':
      return KIND_LIST;
    case 'since':
    case 'until':
    case 'limit':
      return WHOLE_NUMBER;
    default:
      return isTagFilter(name) ? TEXT_LIST : null;
  }
}

/** The tag conditions of a filter: the tag's letter and the values of which an event needs one. */
export function tagConditions(
  filter: Filter,
): { readonly name: string; readonly values: readonly string[] }[] {
  return Object.keys(filter).flatMap((key) => {
    const values = isTagFilter(key) ? filter[key] : undefined;
    return values === undefined ? [] : [{ name: key.slice(1), values }];
  });
}

/** Prepares a filter for many events: whether an event passes it (NIP-01; `limit` plays no part). */
export function filterMatcher(filter: Filter): (event: NostrEvent) => boolean {
  const ids = filter.ids && new Set(filter.ids);
  const authors = filter.authors && new Set(filter.authors);
  const kinds = filter.kinds && new Set(filter.kinds);
  const tags = tagConditions(filter).map(({ name, values }) => ({ name, values: new Set(values) }));
  const since = filter.since ?? 0;
  const until = filter.until ?? Infinity;
  return (event) =>
    event.created_at >= since &&
    event.created_at <= until &&
    (kinds === undefined || kinds.has(event.kind)) &&
    (authors === undefined || authors.has(event.pubkey)) &&
    (ids === undefined || ids.has(event.id)) &&
    tags.every(({ name, values }) =>
      event.tags.some((tag) => tag[0] === name && tag[1] !== undefined && values.has(tag[1])),
    );
}
