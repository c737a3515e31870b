import { isHex32 } from '../event.ts';
import type { Tags } from '../tag-reading.ts';

/** Whether the mode is paid in ecash, which comes in whole sats. */
export function isPaidInEcash(mode: string): boolean {
  return mode === 'ecash-htlc' || mode === 'nutzap';
}

/** What an offer to be paid in ecash says besides its amount; the pieces are those of Cashu. */
export interface EcashTerms {
  /** Mints whose ecash is taken, best first. */
  readonly mints: readonly string[];
  /** To what a token must be locked (NUT-14): a hash, SHA-256, and a public key, both 32 bytes as hex; `null` for nutzaps. */
  readonly htlc: { readonly paymentHash: string; readonly lockPubkey: string } | null;
}

/** More mints of one request or offer than this are not read. */
const MAX_MINTS = 32;
const MAX_URL_CHARS = 500;

/**
 * Reads the `mint` tags of an offer, whose ecash is taken, or of a request, whose ecash can be had: addresses, best
 * first, as they are in a kind 10019 (NIP-61).
 */
export function readMints(tags: Tags): readonly string[] {
  const mints = new Set<string>();
  for (const [name, url = ''] of tags)
    if (name === 'mint' && url !== '' && url.length <= MAX_URL_CHARS && mints.size < MAX_MINTS)
      mints.add(url);
  return [...mints];
}

/** Writes them: `["mint", url]` for each. */
export function mintTags(mints: readonly string[]): string[][] {
  return mints.map((url) => ['mint', url]);
}

/** Those of these mints that the others name as well, in their order; a slash at the end makes no other mint. */
export function commonMints(mints: readonly string[], others: readonly string[]): readonly string[] {
  const known = new Set(others.map(bareUrl));
  return mints.filter((url) => known.has(bareUrl(url)));
}

function bareUrl(url: string): string {
  return url.replace(/\/+$/, '');
}

/** Reads the `mint` and `htlc` tags of an offer. */
export function readEcashTerms(tags: Tags): EcashTerms {
  const [, paymentHash, lockPubkey] = tags.find(([name]) => name === 'htlc') ?? [];
  const isLock = isHex32(paymentHash) && isHex32(lockPubkey);
  return { mints: readMints(tags), htlc: isLock ? { paymentHash, lockPubkey } : null };
}

/** Writes them: `["mint", url]` for each, `["htlc", payment_hash, public_key]`. */
export function ecashTermsTags({ mints, htlc }: EcashTerms): string[][] {
  const lock = htlc === null ? [] : [['htlc', htlc.paymentHash, htlc.lockPubkey]];
  return [...mintTags(mints), ...lock];
}

/** A provider must still be able to redeem when its work took its worst time and a mint or relay was slow. */
const REDEEM_SECONDS = 600;

/**
 * Until when a customer must not be able to take its locked ecash back, in unix seconds: the offer may be taken at
 * the last moment, the work takes its worst time, and then ten minutes are left to deliver and to redeem.
 */
export function refundNotBefore(offer: {
  readonly validUntil: number;
  readonly worstSeconds: number;
}): number {
  return offer.validUntil + offer.worstSeconds + REDEEM_SECONDS;
}

/** So long after its deadline a customer leaves its ecash locked at most. */
export const LOCKED_PAST_DEADLINE_SECONDS = 3600;
/** Where no deadline is said, ecash is locked for work of a month at most. */
const LONGEST_LOCK_SECONDS = 32 * 86_400;
/** Ecash stays locked past the deadline anyway: so much of that is there for taking the offer. */
const LEAST_OFFER_SECONDS = 300;

/**
 * Until when an offer in locked ecash may be taken, in unix seconds: ecash stays locked as if it were taken at the last
 * moment, so the worst time must still fit before the customer's deadline. `null` where it cannot: the time of the work
 * suits no lock.
 */
export function lockableUntil(offer: {
  readonly now: number;
  /** How long offers stand here at most. */
  readonly offerSeconds: number;
  readonly worstSeconds: number;
  /** The customer's deadline; `null` where it says none. */
  readonly expiresAt: number | null;
}): number | null {
  const { now, offerSeconds, worstSeconds, expiresAt } = offer;
  const deadlineAt = expiresAt ?? now + LONGEST_LOCK_SECONDS;
  if (now + worstSeconds > deadlineAt) return null;
  const validUntil = Math.min(
    now + offerSeconds,
    Math.max(deadlineAt - worstSeconds, now + LEAST_OFFER_SECONDS),
  );
  const refundAfter = refundNotBefore({ validUntil, worstSeconds });
  return refundAfter > deadlineAt + LOCKED_PAST_DEADLINE_SECONDS ? null : validUntil;
}
