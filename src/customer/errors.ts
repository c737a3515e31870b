/**
 * Why a wish cannot even become a purchase. `invalid-wish`: fix the field that `data.field` names.
 * `too-many-open`: wait until some of the open purchases have ended. `closed`: the customer was closed.
 * `encryption-needs-one-target`: an encrypted wish names exactly one provider; `data.targets` counts them.
 * `encryption-failed`: the signer did not encrypt it. `key-used`: its idempotency key names something else, which
 * `data.requestId` or `data.orderId` says; take a fresh key.
 */
export type WishFailureCode =
  | 'invalid-wish'
  | 'too-many-open'
  | 'closed'
  | 'encryption-needs-one-target'
  | 'encryption-failed'
  | 'key-used';

/**
 * How a purchase may end without a receipt.
 *
 * - `no-offer`: nobody made an offer that could be taken; `data` names what was refused, why and at which price, and what was left.
 * - `request-refused`: no relay took the request, so nobody can have seen it.
 * - `not-approved`: offers were there, and none was approved before the deadline; nothing was spent.
 * - `offers-failed`: offers were taken, but none could be paid or was delivered; nothing was spent.
 * - `over-budget`: a spending cap forbids the payment; nothing was spent.
 * - `cancelled`: withdrawn before paying.
 * - `provider-failed`: the provider reported an error after the money was locked; the money came back, or is taken
 *   back when the lock of the ecash ends (`data.refunded`).
 * - `refunded`: the held money came back without a result or a reason.
 * - `undelivered`: paid, or still locked (`data.state`), and no result until the deadline; a late one is still taken.
 * - `reveal-broken`: paid, and the key does not open the result; result and preimage are kept as the proof.
 * - `result-unreadable`: the result is a file that cannot be had; `data.reason` says why. It is asked for until the
 *   deadline, and its provider can be asked to store it again.
 * - `unreconciled`: the wallet cannot say what became of the payment; it may be spent. Looked up further.
 * - `closed`: the customer was closed first; `resume` goes on with the purchase.
 */
export const PURCHASE_FAILURES = [
  'no-offer',
  'request-refused',
  'not-approved',
  'offers-failed',
  'over-budget',
  'cancelled',
  'provider-failed',
  'refunded',
  'undelivered',
  'reveal-broken',
  'result-unreadable',
  'unreconciled',
  'closed',
] as const;

/** How a purchase may end without a receipt; see `PURCHASE_FAILURES`. */
export type PurchaseFailureCode = (typeof PURCHASE_FAILURES)[number];

/**
 * Why an offer cannot be taken.
 *
 * - `not-supported`: its exchange mode is none that was asked for, or none that this engine can finish.
 * - `no-common-mint`: it takes ecash of no mint that is trusted here.
 * - `ecash-too-little`: its mints hold too little of ours, and there is no wallet to buy more with: top up first.
 * - `zap-refused`: it is to be paid by a zap, and its provider has no lightning address that takes one.
 * - `amount-unknown`: the amount is missing or ambiguous.
 * - `above-max`: more than the wish may cost, or with its fee limit more than the cap of one job.
 * - `invoice-missing`: asks for money without an invoice.
 * - `invoice-unacceptable`: the invoice is broken, expired, for another amount or of another network; `data.reason` says which.
 * - `promise-broken`: asks for more than its provider had promised, or by another mode.
 * - `plan-broken`: asks for more than was agreed for that milestone, or for money for a revision.
 * - `not-shown`: asks for money before the result, the locked result or the sample that its mode puts first.
 * - `reveal-mismatch`: the invoice is not the one whose preimage opens the locked result.
 * - `unreadable`: the locked result could not be opened by any key.
 * - `quote-expired`: its `valid_until` has passed.
 * - `too-slow`: even its worst time ends after the deadline.
 * - `withdrawn`: the provider said that it will not do the job.
 * - `tried`: it was taken before, and came to nothing.
 * - `spent`: its invoice was used before, and a payment is made once only; one that the wallet refused may be approved again.
 * - `wallet-unknown`: the wallet has not yet said which network it is on.
 */
export type OfferFailureCode =
  | 'not-supported'
  | 'zap-refused'
  | 'no-common-mint'
  | 'ecash-too-little'
  | 'amount-unknown'
  | 'above-max'
  | 'invoice-missing'
  | 'invoice-unacceptable'
  | 'promise-broken'
  | 'plan-broken'
  | 'not-shown'
  | 'reveal-mismatch'
  | 'unreadable'
  | 'quote-expired'
  | 'too-slow'
  | 'withdrawn'
  | 'tried'
  | 'spent'
  | 'wallet-unknown';

/** `not-found`: no such purchase of this key. `too-late`: paid or ended already; the money is followed to its end. */
export type CancelFailureCode = 'not-found' | 'too-late';

/**
 * Why an offer was not approved; nothing was spent.
 *
 * - `not-found`: no such purchase of this key.
 * - `not-waiting`: the purchase does not wait for approval (any more): `data.state`, `data.offerId` of what was taken.
 * - `offer-unknown`: no relay has such an offer for this purchase.
 * - `offer-not-takeable`: the offer fails a check; `data.reason` is an `OfferFailureCode`.
 * - `above-max`: it costs more than the approval allows: `data.amountMsat`.
 * - `key-used`: the idempotency key names another purchase, or another offer of this one: `data.requestId`.
 */
export type ApproveFailureCode =
  'not-found' | 'not-waiting' | 'offer-unknown' | 'offer-not-takeable' | 'above-max' | 'key-used';
