import type { ChosenOffer, JobPayment, ReserveFailureCode } from '../ledger/index.ts';
import {
  addMsat,
  failure,
  isPaidInEcash,
  orThrow,
  parseInvoice,
  type Failure,
  type Outcome,
} from '../protocol/index.ts';
import { awaitInvoice, awaitWork } from './await-work.ts';
import { couldBeOpened } from './bought-content.ts';
import { cancelUnpaid } from './cancel.ts';
import { checkFunds } from './check-ecash.ts';
import { isDeliveredFree, takeNextOffer, untilDeadlineMs, WALLET_WAIT_MS } from './collect.ts';
import { ecashKey } from './ecash-watch.ts';
import type { OfferFailureCode } from './errors.ts';
import type { Offer } from './offer.ts';
import { readOffer } from './offer-book.ts';
import { agreeOnZap } from './zap-invoice.ts';
import { watchPayment, type PaymentWatch } from './payment-watch.ts';
import {
  chosenOffer,
  end,
  illegalMove,
  move,
  readAgain,
  receive,
  tellMoved,
  type CustomerContext,
  type Run,
} from './run.ts';
import { openAnswer } from './sealed-answer.ts';
import type { Next } from './stepper.ts';
import { checkOnce } from './survey.ts';

/**
 * Stage `offered`: free and promised work is waited for. Money is approved only for the exact quote that was
 * chosen, checked anew and with an invoice that the ledger has never seen; otherwise the next offer is taken.
 */
export async function approveOffer(context: CustomerContext, run: Run): Promise<Next> {
  const chosen = chosenOffer(run);
  if (isAboveOwnCap(context, run)) return { wakeInMs: untilDeadlineMs(context, run) };
  const offer = await readChosen(context, run);
  if (offer === null) throw new Error(`The chosen event ${chosen.event.id} makes no offer.`);
  if (isDeliveredFree(offer)) {
    await receive(context, run, { result: chosen.event }); // it was approved as it lay there
    return 'again';
  }
  if (chosen.exchange === 'free') return awaitWork(context, run, offer);
  if (chosen.exchange === 'zap' && chosen.bolt11 === null) return agreeOnZap(context, run);
  if (chosen.paymentHash === null) return awaitInvoice(context, run, offer);
  const mayRepeat = chosen.paymentHash === run.approvedHash;
  const payable = await checkPayable(context, run, offer, { mayRepeat });
  if (payable.ok) {
    await move(context, run, { state: 'approved' });
    return 'again';
  }
  if (payable.failure.code === 'wallet-unknown') return { wakeInMs: WALLET_WAIT_MS };
  return takeNextOffer(context, run, payable.failure);
}

/**
 * Whether the offer that was taken passes our cap of one job. Another program of the same key may pay more: until the
 * deadline it is left to that one.
 */
function isAboveOwnCap(context: CustomerContext, run: Run): boolean {
  const { amountMsat, feeLimitMsat } = chosenOffer(run);
  const isOpen = context.now() < run.purchase.deadlineAt;
  return isOpen && amountMsat > 0n && addMsat(amountMsat, feeLimitMsat) > context.caps.perJobMsat;
}

/**
 * Whether this very offer can be paid as it stands now, by an invoice that the ledger has never seen, or whose payment
 * came to nothing and may be made once more, as somebody approves it anew.
 */
export async function checkPayable(
  context: CustomerContext,
  run: Run,
  offer: Offer,
  { mayRepeat }: { readonly mayRepeat: boolean },
): Promise<Outcome<ChosenOffer, OfferFailureCode>> {
  const checked = checkStanding(context, run, offer);
  if (!checked.ok || checked.value.paymentHash === null) return checked;
  const { paymentHash, exchange, amountMsat } = checked.value;
  if (isPaidInEcash(exchange) && context.ecash !== null) {
    const key = ecashKey(run.purchase, paymentHash);
    const funded = await checkFunds(context.ecash, offer, { key, amountMsat });
    if (!funded.ok) return funded;
  }
  const known = await context.ledger.purchases.payment(paymentHash);
  if (known === null || (mayRepeat && cameToNothing(known, run)))
    return (await couldBeOpened(context, run, offer))
      ? checked
      : failure('unreadable', 'No key could open the locked result.');
  return failure(
    'spent',
    known.requestId === run.purchase.requestId
      ? 'Its payment failed; nothing was spent.'
      : 'Its invoice was used before.',
  );
}

/** Whether that payment was for this purchase, and nothing was spent by it. */
function cameToNothing({ requestId, state, preimage }: JobPayment, { purchase }: Run): boolean {
  return requestId === purchase.requestId && state === 'failed' && preimage === null;
}

/** The chosen offer, read anew from its event. Throws when the signer cannot decrypt it now; the step is tried again. */
export async function readChosen(context: CustomerContext, run: Run): Promise<Offer | null> {
  const { event, exchange, bolt11 } = chosenOffer(run);
  const offer = readOffer(run.request, event, orThrow(await openAnswer(context, run.request, event)));
  return offer !== null && exchange === 'zap' ? { ...offer, bolt11 } : offer; // agreed on with a pay server
}

/** Checks the chosen quote as it stands now: errors that its provider sent since count, newer quotes do not. */
function checkStanding(
  context: CustomerContext,
  run: Run,
  offer: Offer,
): Outcome<ChosenOffer, OfferFailureCode> {
  const error = run.book.errorOf(offer.providerPubkey);
  const withdrawn = error !== null && error.createdAt >= offer.createdAt;
  const check = checkOnce(context, run, { ...offer, withdrawn });
  run.checks = new Map(run.checks).set(offer.id, check);
  return check.outcome;
}

/**
 * Stage `approved`: reserves amount plus fee limit within the caps. From here on the purchase is `paying`,
 * committed before the wallet hears of it.
 */
export async function reserveBudget(context: CustomerContext, run: Run): Promise<Next> {
  const chosen = chosenOffer(run);
  if (isAboveOwnCap(context, run)) return { wakeInMs: untilDeadlineMs(context, run) };
  const offer = await readChosen(context, run);
  if (offer === null || !checkStanding(context, run, offer).ok) {
    await move(context, run, { state: 'offered' });
    return 'again';
  }
  const { calls } = (await context.ledger.purchases.payment(chosen.paymentHash ?? '')) ?? { calls: 0 };
  context.checkpoint('customer:before-reserve');
  const reserved = await context.ledger.purchases.reserve(run.purchase, context.caps);
  if (!reserved.ok) return afterRefusedReservation(context, run, reserved.failure);
  context.checkpoint('customer:after-reserve');
  if (chosen.bolt11 !== null) run.payment = watchOffer(chosen, { state: 'reserved', calls }, calls);
  tellMoved(context, run, reserved.value);
  return 'again';
}

async function afterRefusedReservation(
  context: CustomerContext,
  run: Run,
  why: Failure<ReserveFailureCode>,
): Promise<Next> {
  switch (why.code) {
    case 'over-budget':
      await end(context, run, 'over-budget', { ...why, code: 'over-budget' });
      break;
    case 'hash-reused':
      await move(context, run, { state: 'offered' }); // found to be spent there
      break;
    case 'order-ended':
      await cancelUnpaid(context, run, why.message);
      break;
    case 'stale':
      await readAgain(context, run);
      break;
    case 'illegal-move':
      throw illegalMove(run, why);
  }
  return 'again';
}

/** The payment of the chosen offer as it is watched; read from the ledger when this process did not begin it. */
export async function paymentOf(context: CustomerContext, run: Run): Promise<PaymentWatch> {
  if (run.payment === null) {
    const chosen = chosenOffer(run);
    const booked = await context.ledger.purchases.payment(chosen.paymentHash ?? '');
    if (booked === null) throw new Error(`Purchase ${run.purchase.requestId} is paying without a payment.`);
    run.payment = watchOffer(chosen, booked);
  }
  return run.payment;
}

function watchOffer(
  chosen: ChosenOffer,
  { state, calls }: Pick<JobPayment, 'state' | 'calls'>,
  callsBefore = 0,
): PaymentWatch {
  const { bolt11, paymentHash, feeLimitMsat } = chosen;
  const invoice = parseInvoice(bolt11 ?? '');
  if (bolt11 === null || paymentHash === null || !invoice.ok)
    throw new Error(`The offer ${chosen.event.id} was approved without a valid invoice.`);
  const payment = { bolt11, paymentHash, feeLimitMsat, state, calls };
  return watchPayment(payment, invoice.value.expiresAt, callsBefore);
}
