import { isHex32, isRecord, parseJson } from '../../protocol/index.ts';
import { JobFailure, type JobContext } from '../../provider/index.ts';

/** More results make results that relays refuse. */
const MAX_RESULTS = 500;
const MAX_WORDS = 20;
const MAX_USERS = 1000;

/** How many results are wanted: `max_results`, or what is usual. */
export function wantedResults({ params }: JobContext, usual: number): number {
  const told = Number(params.get('max_results')?.[0]);
  return Number.isInteger(told) && told > 0 ? Math.min(told, MAX_RESULTS) : usual;
}

/** For whom to choose: parameter `user` or `p` (clients use both), the author of the request without them. */
export function wantedUser({ params, request }: JobContext): string {
  const told = params.get('user')?.[0] ?? params.get('p')?.[0];
  return isHex32(told) ? told : request.customerPubkey;
}

/** Words of a parameter that lists them with commas, in lower case. */
export function wantedWords({ params }: JobContext, name: string): string[] {
  const words = (params.get(name) ?? []).join(',').toLowerCase().split(',');
  return words
    .map((word) => word.trim())
    .filter((word) => word !== '')
    .slice(0, MAX_WORDS);
}

/**
 * Whose notes to search: parameter `users`, a JSON list of `p` tags or of keys, or `user`. `null` for anybody's. Fails
 * with `invalid-users` where it names none: to search everybody then would be another answer than was asked for.
 */
export function wantedAuthors({ params }: JobContext): string[] | null {
  const told = params.get('users') ?? params.get('user');
  if (told === undefined || told.every((text) => text.trim() === '')) return null;
  const authors = told.flatMap((text) => keysIn(parseJson(text) ?? text)).slice(0, MAX_USERS);
  if (authors.length === 0)
    throw new JobFailure('invalid-users', 'Write `users` as a JSON list of tags: [["p","<hex key>"]].');
  return authors;
}

function keysIn(told: unknown): string[] {
  if (isHex32(told)) return [told];
  if (!Array.isArray(told)) return isRecord(told) ? Object.values(told).filter(isHex32) : [];
  const items: readonly unknown[] = told;
  return items.flatMap((item) => (Array.isArray(item) ? item.filter(isHex32) : isHex32(item) ? [item] : []));
}

/** No Nostr event is older than this many seconds of 1970, so a smaller number counts days. */
const MOST_DAYS = 100_000;

/** A time parameter in unix seconds; small numbers are days before now, as some clients of nostrdvm send them. */
export function wantedTime({ params }: JobContext, name: string, now: number): number | null {
  const told = Number(params.get(name)?.[0] || Number.NaN);
  if (!Number.isInteger(told) || told < 0) return null;
  return told < MOST_DAYS ? now - told * 86_400 : told;
}
