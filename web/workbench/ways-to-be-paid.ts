import { commonMints, lockableUntil, type Msat } from '../../src/protocol/index.ts';
import { OFFER_SECONDS, type AskedJob } from '../engine/index.ts';

/** What a way of payment depends on. */
export interface OfferTerms {
  readonly asked: Pick<AskedJob, 'exchanges' | 'mints' | 'expiresAt'>;
  /** `null` as long as no price is named. */
  readonly amountMsat: Msat | null;
  readonly worstSeconds: number;
  /** The mints that are trusted here. */
  readonly mintUrls: readonly string[];
  /** Whether the wallet here can be paid into before the work begins. */
  readonly hasWallet: boolean;
  /** Unix seconds. */
  readonly now: number;
}

/** How an offer would be paid, until when it would stand (unix seconds), and why the price cannot be locked. */
export interface WayToBePaid {
  readonly way: 'given' | 'locked' | 'before' | 'not-given' | 'no-wallet' | 'not-before';
  /** `null` where there is no way. */
  readonly standsUntil: number | null;
  readonly whyUnlocked:
    'quote-no-mint' | 'quote-no-ecash' | 'quote-other-mints' | 'quote-lock-too-long' | null;
}

/**
 * The way of payment that the engine would choose for an offer on these terms: nothing for a price of zero, else ecash
 * that stays locked until the delivery, else a payment before the work begins.
 */
export function wayToBePaid(terms: OfferTerms): WayToBePaid {
  const { asked, amountMsat, now, hasWallet } = terms;
  const takes = (mode: 'free' | 'prepay') => asked.exchanges.length === 0 || asked.exchanges.includes(mode);
  const standsUntil = Math.min(now + OFFER_SECONDS, asked.expiresAt ?? Number.MAX_SAFE_INTEGER);
  if (amountMsat === 0n)
    return takes('free')
      ? { way: 'given', standsUntil, whyUnlocked: null }
      : { way: 'not-given', standsUntil: null, whyUnlocked: null };
  const locked = lockedUntil(terms);
  if (typeof locked === 'number')
    return { way: 'locked', standsUntil: Math.min(standsUntil, locked), whyUnlocked: null };
  if (!takes('prepay')) return { way: 'not-before', standsUntil: null, whyUnlocked: locked };
  return hasWallet
    ? { way: 'before', standsUntil, whyUnlocked: locked }
    : { way: 'no-wallet', standsUntil: null, whyUnlocked: locked };
}

/** Until when an offer in locked ecash would stand, or why there is none. */
function lockedUntil({ asked, mintUrls, worstSeconds, now }: OfferTerms) {
  if (mintUrls.length === 0) return 'quote-no-mint';
  if (!asked.exchanges.includes('ecash-htlc')) return 'quote-no-ecash';
  if (asked.mints.length > 0 && commonMints(mintUrls, asked.mints).length === 0) return 'quote-other-mints';
  const { expiresAt } = asked;
  return (
    lockableUntil({ now, offerSeconds: OFFER_SECONDS, worstSeconds, expiresAt }) ?? 'quote-lock-too-long'
  );
}
