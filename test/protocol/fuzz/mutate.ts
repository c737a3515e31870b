import type { NostrEvent } from '../../../src/protocol/index.ts';
import { BOLT11, CUSTOMER, hex32, PROVIDER, STRANGER } from '../events.ts';

/** Draws that are the same for the same seed. */
export interface Draws {
  /** In [0, 1). */
  fraction(): number;
  below(bound: number): number;
  of<Value>(values: readonly Value[]): Value;
}

/** Turns a source of fractions into draws. */
export function drawsFrom(fraction: () => number): Draws {
  const below = (bound: number) => Math.floor(fraction() * bound);
  return {
    fraction,
    below,
    of(values) {
      const drawn = values[below(values.length)];
      if (drawn === undefined) throw new Error('There is nothing to draw from.');
      return drawn;
    },
  };
}

const TAG_NAMES =
  'i param output bid relays p e a d k P u t l L encrypted expiration exchange chain status amount bolt11 request eta ' +
  'valid_until error reveal condition refund salt rating payment rank role proof unit mint pubkey relay r name lud16 ' +
  'description preimage lnurl zap valid tier perk title picture content alt j input params exp';
const NAMES = TAG_NAMES.split(' ');
const KINDS = [
  0,
  5,
  7,
  1985,
  5000,
  5050,
  5300,
  6050,
  6999,
  7000,
  7001,
  7003,
  7007,
  7376,
  9321,
  9734,
  9735,
  10002,
  10019,
  11998,
  30382,
  31117,
  31989,
  31990,
  37001,
  68001,
  68002,
  2 ** 32 - 1,
];
const WORDS = [
  '',
  ' ',
  '0',
  '-1',
  '1e400',
  '9'.repeat(40),
  '0x10',
  '100_000',
  '0.5',
  'NaN',
  'null',
  'true',
  'True',
  '[]',
  '{}',
  '[[[[]]]]',
  '["a"',
  '{"id":1}',
  `{'id': '${hex32(1)}'}`,
  '__proto__',
  'constructor',
  'toString',
  hex32(1),
  CUSTOMER,
  PROVIDER,
  BOLT11,
  'lnbc1',
  'LNURL1X',
  'wss://relay.example',
  'ws://[::1]:1/\u0000',
  'https://user:pw@x:99999/',
  'payment-required',
  'text',
  'msats',
  '31990:' + hex32(2) + ':x',
  '🤖\u202e\u0000',
  'a@b.example',
  'image/png;format=url',
];
/** Long enough to show what is not linear, short enough not to take long when it is. */
const LONG = 50_000;

/** A word as strangers put it where another belongs. */
export function word(draws: Draws): string {
  const roll = draws.fraction();
  if (roll < 0.9) return draws.of(WORDS);
  if (roll < 0.998)
    return String.fromCharCode(...Array.from({ length: draws.below(12) }, () => draws.below(0xd800)));
  return draws.of(['a', '[', '{"a":', '\\', '"', '1', ' ', 'True']).repeat(LONG);
}

/** Changes a text a little: a character, a piece, its ends. */
export function mutateText(text: string, draws: Draws): string {
  const at = draws.below(text.length + 1);
  const piece = text.slice(at, at + 1 + draws.below(8));
  switch (draws.below(6)) {
    case 0:
      return text.slice(0, at) + word(draws) + text.slice(at);
    case 1:
      return text.slice(0, at) + text.slice(at + piece.length);
    case 2:
      return text.slice(0, at) + piece + piece + text.slice(at + piece.length);
    case 3:
      return text.slice(0, at);
    case 4:
      return text.slice(0, at) + String.fromCharCode(draws.below(0x80)) + text.slice(at + 1);
    default:
      return word(draws);
  }
}

type Tags = readonly (readonly string[])[];

function mutateTags(tags: Tags, draws: Draws): Tags {
  const at = draws.below(tags.length);
  const tag = tags[at] ?? [];
  const replaced = (...made: Tags) => [...tags.slice(0, at), ...made, ...tags.slice(at + 1)];
  const place = draws.below(tag.length);
  const put = (value: string) => tag.map((old, index) => (index === place ? value : old));
  switch (draws.below(9)) {
    case 0:
      return replaced();
    case 1:
      return replaced(tag, tag);
    case 2:
      return tags.toReversed();
    case 3:
      return replaced(tag.slice(0, place));
    case 4:
      return replaced([...tag, word(draws)]);
    case 5:
      return replaced(put(word(draws)));
    case 6:
      return replaced(put(mutateText(tag[place] ?? '', draws)));
    case 7:
      return [...tags, [draws.of(NAMES), word(draws), word(draws)]];
    default:
      return draws.fraction() < 0.01
        ? Array.from({ length: 2_000 }, () => tag)
        : replaced(tag, [draws.of(NAMES)]);
  }
}

/** Changes one thing about an event. */
export function mutateEvent(event: NostrEvent, draws: Draws): NostrEvent {
  const roll = draws.fraction();
  if (roll < 0.65) return { ...event, tags: mutateTags(event.tags, draws) };
  if (roll < 0.85) return { ...event, content: mutateText(event.content, draws) };
  if (roll < 0.92) return { ...event, pubkey: draws.of([CUSTOMER, PROVIDER, STRANGER]) };
  if (roll < 0.96)
    return { ...event, created_at: draws.of([0, 1, event.created_at + 1, Number.MAX_SAFE_INTEGER]) };
  return { ...event, kind: draws.of(KINDS) };
}

/** How often something is changed: mostly not at all, once or twice, sometimes beyond recognition. */
export function changes(draws: Draws): number {
  return draws.of([0, 0, 0, 1, 1, 1, 1, 2, 2, 8]);
}

/** Changes a value as often as drawn. */
export function mutated<Value>(
  value: Value,
  mutate: (value: Value, draws: Draws) => Value,
  draws: Draws,
): Value {
  let changed = value;
  for (let left = changes(draws); left > 0; left -= 1) changed = mutate(changed, draws);
  return changed;
}

/** Any JSON at all, as deep as the parser of JSON lets through. */
export function anyJson(draws: Draws, depth = 0): unknown {
  const roll = draws.below(depth > 4 ? 5 : 8);
  if (roll === 0) return null;
  if (roll === 1) return draws.of([0, -1, 1.5, 2 ** 53, 1e308]);
  if (roll === 2) return draws.fraction() < 0.5;
  if (roll < 5) return word(draws);
  const items = Array.from({ length: draws.below(4) }, () => anyJson(draws, depth + 1));
  return roll === 5
    ? items
    : Object.fromEntries(items.map((item) => [draws.of([...NAMES, 'id', 'sig', 'kind']), item]));
}
