import { failure, isHex32, isRecord, parseAddress, success, type Outcome } from '../protocol/index.ts';
import type { ProviderLists } from './contract.ts';

/** Nobody is blocked and everybody allowed. */
export const NO_LISTS: ProviderLists = { blocked: [], allowed: [] };

/** Entries of one list. */
const MAX_ENTRIES = 10_000;

/**
 * Reads lists as a caller kept them, plain JSON of `{ blocked, allowed }`; either may be missing. Fails with
 * `malformed-lists` (`data.field`) for anything else, so that a broken file never unblocks anybody.
 */
export function parseProviderLists(kept: unknown): Outcome<ProviderLists, 'malformed-lists'> {
  if (!isRecord(kept)) return malformed('lists', 'a JSON object');
  const { blocked = [], allowed = [] } = kept;
  if (!isEntries(blocked)) return malformed('blocked', 'public keys (hex) or addresses of announcements');
  if (!isEntries(allowed)) return malformed('allowed', 'public keys (hex) or addresses of announcements');
  return success({ blocked, allowed });
}

function malformed(field: string, wants: string): ReturnType<typeof failure<'malformed-lists'>> {
  return failure('malformed-lists', `The lists of providers need mending: "${field}" must be ${wants}.`, {
    field,
  });
}

function isEntries(value: unknown): value is string[] {
  return Array.isArray(value) && value.length <= MAX_ENTRIES && value.every(isEntry);
}

function isEntry(value: unknown): boolean {
  return typeof value === 'string' && (isHex32(value) || parseAddress(value) !== null);
}

/** Whether a list names the service or its provider. */
export function names(list: readonly string[], address: string, pubkey: string): boolean {
  return list.includes(address) || list.includes(pubkey);
}
