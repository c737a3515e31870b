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

/** More mints of one offer than this are not read. */
const MAX_MINTS = 32;
const MAX_URL_CHARS = 500;

/** Reads the `mint` and `htlc` tags of an offer. */
export function readEcashTerms(tags: Tags): EcashTerms {
  const mints = new Set<string>();
  for (const [name, url = ''] of tags)
    if (name === 'mint' && url !== '' && url.length <= MAX_URL_CHARS && mints.size < MAX_MINTS)
      mints.add(url);
  const [, paymentHash, lockPubkey] = tags.find(([name]) => name === 'htlc') ?? [];
  const isLock = isHex32(paymentHash) && isHex32(lockPubkey);
  return { mints: [...mints], htlc: isLock ? { paymentHash, lockPubkey } : null };
}

/** Writes them: `["mint", url]` for each, `["htlc", payment_hash, public_key]`. */
export function ecashTermsTags({ mints, htlc }: EcashTerms): string[][] {
  const lock = htlc === null ? [] : [['htlc', htlc.paymentHash, htlc.lockPubkey]];
  return [...mints.map((url) => ['mint', url]), ...lock];
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
