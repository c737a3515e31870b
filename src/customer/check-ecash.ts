import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';
import { failure, refundNotBefore, success, type Msat, type Outcome } from '../protocol/index.ts';
import type { OfferFailureCode } from './errors.ts';
import type { Offer } from './offer.ts';

/** So long after the deadline of a purchase its ecash may be locked at most. */
const MAX_LOCK_SECONDS = 3600;

/**
 * Whether an offer can be paid in ecash: at a mint that we trust, in whole sats, and for `ecash-htlc` by a lock that
 * opens for us soon after the deadline. The value is the hash under which the payment is booked: that of the lock, or
 * one that stands for the only nutzap which this offer gets.
 */
export function checkEcash(
  offer: Offer,
  amountMsat: Msat,
  limits: { readonly mints: readonly string[]; readonly deadlineAt: number },
): Outcome<{ readonly paymentHash: string }, OfferFailureCode> {
  const { exchange, ecash, id } = offer;
  if (amountMsat % 1000n !== 0n)
    return failure('not-supported', 'The offer is to be paid in ecash, which comes in whole sats.');
  const trusted = new Set(limits.mints.map(bareUrl));
  // Who sells by nutzaps without saying at which mints says it in its kind 10019.
  const isAnywhere = exchange === 'nutzap' && ecash.mints.length === 0 && trusted.size > 0;
  if (!isAnywhere && !ecash.mints.some((url) => trusted.has(bareUrl(url))))
    return failure('no-common-mint', 'The offer takes ecash of no mint that is trusted here.', {
      mints: ecash.mints,
    });
  if (exchange === 'nutzap') return success({ paymentHash: bytesToHex(sha256(utf8ToBytes(`nutzap ${id}`))) });
  const refundAfter = lockEndOf(offer);
  if (ecash.htlc === null || refundAfter === null)
    return failure('invoice-missing', 'The offer does not say how its ecash is to be locked.');
  if (refundAfter > limits.deadlineAt + MAX_LOCK_SECONDS)
    return failure('too-slow', 'The ecash would be locked for too long after the deadline.', { refundAfter });
  return success({ paymentHash: ecash.htlc.paymentHash });
}

/** When ecash that is locked as the offer says can be taken back, unix seconds; `null` when it does not say. */
export function lockEndOf({ validUntil, worstSeconds }: Offer): number | null {
  return validUntil === null || worstSeconds === null ? null : refundNotBefore({ validUntil, worstSeconds });
}

function bareUrl(url: string): string {
  return url.replace(/\/+$/, '');
}
