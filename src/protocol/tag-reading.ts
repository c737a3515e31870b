import { normalizeRelayUrl } from './relay-url.ts';
import { parseJson } from './untrusted-json.ts';

/** Tags as they are read: arrays of strings. */
export type Tags = readonly (readonly string[])[];

/** A provider answers on at most this many of the relays that a request names: more would make it an amplifier. */
const MAX_RELAYS = 16;
/** Seconds of unix time up to the year 9999. */
const MAX_UNIX = 253_402_300_799;

/** All values (from index 1 on) of the tags of that name. */
export function allValues(tags: Tags, name: string): string[] {
  return tags.flatMap((tag) => (tag[0] === name ? tag.slice(1) : []));
}

/** The first tag of that name that carries a value. */
export function firstTag(tags: Tags, name: string): readonly string[] | undefined {
  return tags.find((tag) => tag[0] === name && tag[1] !== undefined && tag[1] !== '');
}

/** Whole seconds in decimal digits; `null` when it is anything else. Serves unix times and durations. */
export function readSeconds(value: string | undefined): number | null {
  if (value === undefined || !/^\d{1,12}$/.test(value)) return null;
  const seconds = Number(value);
  return seconds > MAX_UNIX ? null : seconds;
}

/**
 * The relays of the `relays` tags: as values, as one JSON string, or as a tag that forgot its name.
 * Normalised, invalid ones dropped, each once, at most 16.
 */
export function readRelays(tags: Tags): string[] {
  const written = tags.flatMap((tag) => {
    if (tag[0] === 'relays') return tag.slice(1).flatMap(unpackJsonList);
    return /^wss?:\/\//i.test(tag[0] ?? '') ? tag : [];
  });
  const relays = new Set<string>();
  for (const text of written) {
    const relay = normalizeRelayUrl(text);
    if (relay !== null) relays.add(relay);
    if (relays.size === MAX_RELAYS) break;
  }
  return [...relays];
}

function unpackJsonList(value: string): string[] {
  if (!value.trimStart().startsWith('[')) return [value];
  const list = parseJson(value);
  return Array.isArray(list) ? list.filter((item) => typeof item === 'string') : [];
}
