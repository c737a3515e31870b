import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';
import {
  commonMints,
  failure,
  LOCKED_PAST_DEADLINE_SECONDS,
  refundNotBefore,
  success,
  type Msat,
  type Outcome,
} from '../protocol/index.ts';
import type { EcashPurse } from './ecash-purse.ts';
import type { OfferFailureCode } from './errors.ts';
import type { Offer } from './offer.ts';

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
  // Who sells by nutzaps without saying at which mints says it in its kind 10019.
  const isAnywhere = exchange === 'nutzap' && ecash.mints.length === 0 && limits.mints.length > 0;
  if (!isAnywhere && commonMints(ecash.mints, limits.mints).length === 0)
    return failure('no-common-mint', 'The offer takes ecash of no mint that is trusted here.', {
      mints: ecash.mints,
    });
  if (exchange === 'nutzap') return success({ paymentHash: bytesToHex(sha256(utf8ToBytes(`nutzap ${id}`))) });
  const refundAfter = lockEndOf(offer);
  if (ecash.htlc === null || refundAfter === null)
    return failure('invoice-missing', 'The offer does not say how its ecash is to be locked.');
  if (refundAfter > limits.deadlineAt + LOCKED_PAST_DEADLINE_SECONDS)
    return failure('too-slow', 'The ecash would be locked for too long after the deadline.', { refundAfter });
  return success({ paymentHash: ecash.htlc.paymentHash });
}

/**
 * Whether the ecash for such an offer is there, or can be bought: said before anything is taken or approved. Fails with
 * `ecash-too-little`.
 */
export async function checkFunds(
  { balances, canBuy }: Pick<EcashPurse, 'balances' | 'canBuy'>,
  { ecash }: Pick<Offer, 'ecash'>,
  { key, amountMsat }: { readonly key: string; readonly amountMsat: Msat },
): Promise<Outcome<void, 'ecash-too-little'>> {
  if (canBuy(key)) return success(undefined);
  const held = await balances();
  const urls = held.map(({ mintUrl }) => mintUrl);
  const usable = ecash.mints.length === 0 ? urls : commonMints(urls, ecash.mints);
  if (held.some((at) => usable.includes(at.mintUrl) && at.amountMsat >= amountMsat))
    return success(undefined);
  return failure(
    'ecash-too-little',
    `There is too little ecash at the mints that it takes: top up at ${usable[0] ?? 'one of them'} first, or connect a wallet that buys more.`,
    { mints: usable, amountMsat: amountMsat.toString() },
  );
}

/** When ecash that is locked as the offer says can be taken back, unix seconds; `null` when it does not say. */
export function lockEndOf({ validUntil, worstSeconds }: Offer): number | null {
  return validUntil === null || worstSeconds === null ? null : refundNotBefore({ validUntil, worstSeconds });
}
