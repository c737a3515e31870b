import type { Filter } from 'nostr-tools/filter';
import * as z from 'zod';
import { failure, isHex32, isRecord, parseJson, success, type Outcome } from '../../protocol/index.ts';

const MAX_FILTERS = 5;
const MAX_VALUES = 1000;
const MAX_VALUE_CHARS = 1024;

const Hexes = z.array(z.string().refine(isHex32)).max(MAX_VALUES);
const Time = z.int().min(0);

const Fields = z.strictObject({
  ids: Hexes.exactOptional(),
  authors: Hexes.exactOptional(),
  kinds: z.array(z.int().min(0)).max(MAX_VALUES).exactOptional(),
  since: Time.exactOptional(),
  until: Time.exactOptional(),
});
const Tags = z.record(
  z.templateLiteral(['#', z.string().regex(/^[A-Za-z]$/)]),
  z.array(z.string().max(MAX_VALUE_CHARS)).max(MAX_VALUES),
);

/** A filter (NIP-01) that relays can count by: without a search and without a limit. */
export type CountFilter = Filter;

/**
 * Reads what is to be counted: a JSON list of filters, or one. A `limit` would cut the count and is left out; the page of
 * the kind spells `kinds` like a tag. Fails with `no-filter` or `invalid-filter`.
 */
export function readFilters(text: string): Outcome<CountFilter[], 'no-filter' | 'invalid-filter'> {
  const parsed = parseJson(text);
  const list: unknown[] = Array.isArray(parsed) ? parsed : [parsed];
  if (list.length === 0 || !list.every(isRecord))
    return failure('no-filter', 'Say what to count as JSON in the content: [{"kinds":[1],"#t":["nostr"]}].');
  const filters = list.slice(0, MAX_FILTERS).map(readFilter);
  const isRead = filters.length === list.length && filters.every((filter) => filter !== null);
  if (isRead) return success(filters);
  return failure(
    'invalid-filter',
    `Filters are those of NIP-01 without search, at most ${MAX_FILTERS} of them with ${MAX_VALUES} values each.`,
  );
}

function readFilter({ limit, '#kinds': kinds, ...rest }: Record<string, unknown>): CountFilter | null {
  const entries = Object.entries(kinds === undefined ? rest : { ...rest, kinds });
  if (entries.length === 0 || (limit !== undefined && typeof limit !== 'number')) return null;
  const fields = Fields.safeParse(Object.fromEntries(entries.filter(([name]) => !name.startsWith('#'))));
  const tags = Tags.safeParse(Object.fromEntries(entries.filter(([name]) => name.startsWith('#'))));
  return fields.success && tags.success ? { ...fields.data, ...tags.data } : null;
}
