import { parseAddress } from '../event-address.ts';
import { isHex32, tagValues, type EventTemplate, type NostrEvent } from '../event.ts';
import { malformedTag, wrongKind, type EventFailureCode } from '../event-refusal.ts';
import { success, type Outcome } from '../outcome.ts';
import { firstTag } from '../tag-reading.ts';

/** What a trusted assertion (NIP-85) is about → the kind that says it. */
export const ASSERTION_KINDS = { pubkey: 30382, event: 30383, address: 30384 } as const;

/** What a trusted assertion is about. */
export type AssertionSubject = keyof typeof ASSERTION_KINDS;

/** The tag that repeats the subject, with a relay to find it. */
const HINT_TAGS: Readonly<Record<AssertionSubject, string>> = { pubkey: 'p', event: 'e', address: 'a' };
/** Tags of an assertion that hold no number of their own. */
const OTHER_TAGS: ReadonlySet<string | undefined> = new Set([
  'd',
  'p',
  'e',
  'a',
  't',
  'k',
  'rank',
  'expiration',
]);

/** What the key of an algorithm computed about a key, an event or an announcement. Replaces the one before. */
export interface TrustedAssertion {
  readonly assertorPubkey: string;
  readonly subject: AssertionSubject;
  /** A public key, an event id, or `kind:pubkey:identifier`. */
  readonly subjectId: string;
  /** 0 to 100; `null` when it is not ranked. */
  readonly rank: number | null;
  /** Every other number by its tag name: `zap_amt_recd` (sats), `reaction_cnt`, and others of the publisher. */
  readonly metrics: ReadonlyMap<string, number>;
  readonly topics: readonly string[];
  readonly relayHint: string | null;
  readonly createdAt: number;
}

/**
 * Reads a trusted assertion. Numbers may have a sign and decimals; other values are left out. Fails with
 * `wrong-kind`, or with `malformed-tag` for `d` (no such subject) or `rank`.
 */
export function parseAssertion(event: NostrEvent): Outcome<TrustedAssertion, EventFailureCode> {
  const subject = (['pubkey', 'event', 'address'] as const).find(
    (name) => ASSERTION_KINDS[name] === event.kind,
  );
  if (subject === undefined) return wrongKind(event, 'trusted assertion (30382, 30383, 30384)');
  const subjectId = firstTag(event.tags, 'd')?.[1];
  const isSubject = subject === 'address' ? parseAddress(subjectId) !== null : isHex32(subjectId);
  if (subjectId === undefined || !isSubject) return malformedTag('d', `the ${subject} that it is about`);
  const written = firstTag(event.tags, 'rank')?.[1];
  const rank = written === undefined ? null : readNumber(written);
  if (written !== undefined && (rank === null || rank < 0 || rank > 100))
    return malformedTag('rank', 'a number from 0 to 100');
  const metrics = new Map<string, number>();
  for (const [name, value = ''] of event.tags) {
    const number = readNumber(value);
    if (name !== undefined && number !== null && !OTHER_TAGS.has(name) && !metrics.has(name))
      metrics.set(name, number);
  }
  const hint = event.tags.find((tag) => tag[0] === HINT_TAGS[subject] && tag[1] === subjectId)?.[2];
  return success({
    assertorPubkey: event.pubkey,
    subject,
    subjectId,
    rank,
    metrics,
    topics: [...new Set(tagValues(event, 't'))],
    relayHint: hint === undefined || hint === '' ? null : hint,
    createdAt: event.created_at,
  });
}

function readNumber(text: string): number | null {
  return /^-?\d{1,15}(\.\d{1,9})?$/.test(text) ? Number(text) : null;
}

/**
 * Writes a trusted assertion. Ranks are rounded to whole numbers, as NIP-85 has them; a metric must be finite and
 * below 10^15. Throws `RangeError` for anything else.
 */
export function buildAssertion(assertion: Omit<TrustedAssertion, 'assertorPubkey'>): EventTemplate {
  const { subject, subjectId, rank, metrics, topics, relayHint, createdAt } = assertion;
  const tags = [['d', subjectId]];
  if (relayHint !== null) tags.push([HINT_TAGS[subject], subjectId, relayHint]);
  if (rank !== null) tags.push(['rank', writeNumber(Math.round(rank))]);
  for (const [name, value] of metrics) tags.push([name, writeNumber(value)]);
  for (const topic of topics) tags.push(['t', topic]);
  return { kind: ASSERTION_KINDS[subject], created_at: createdAt, tags, content: '' };
}

function writeNumber(value: number): string {
  const text = Number.isInteger(value) ? value.toString() : value.toFixed(9).replace(/\.?0+$/, '');
  if (readNumber(text) === null) throw new RangeError(`${value} cannot be asserted`);
  return text === '-0' ? '0' : text;
}
