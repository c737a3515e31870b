import { wrapFor } from '../keys/index.ts';
import type { OutgoingEvent, PaymentState, PurchaseChange } from '../ledger/index.ts';
import {
  failure,
  isPreimageOf,
  NUTZAP_INFO_KIND,
  orThrow,
  success,
  wrapJobMessage,
  type Failure,
  type Msat,
  type NostrEvent,
  type Outcome,
} from '../protocol/index.ts';
import { lockEndOf } from './check-ecash.ts';
import type { EcashPurse } from './ecash-purse.ts';
import { ecashKey, hastenEcash, type EcashWatch } from './ecash-watch.ts';
import type { PurchaseFailureCode } from './errors.ts';
import { readChosen } from './pay.ts';
import { endApproval, refusedByWallet } from './refused-payment.ts';
import { chosenOffer, end, move, type CustomerContext, type Run } from './run.ts';
import type { Next } from './stepper.ts';

/** Buying ecash takes a Lightning payment and some calls of its mint. */
const CALL_BOUND_MS = 60_000;
/** Looks begin this far apart and double up to a ceiling: while it is waited for, and when nobody knows. */
const LOOK_PAUSE_MS = 100;
const MAX_LOOK_PAUSE_MS = { waiting: 30_000, unreconciled: 300_000 };
/** So long after deadline and lock a mint that does not answer makes the purchase `unreconciled`. */
const UNRECONCILED_AFTER_SECONDS = 3600;
/** Codes after which it is not known whether ecash was given away. */
const UNKNOWN: ReadonlySet<string> = new Set(['mint-unreachable', 'mint-pending', 'mint-invalid']);

/**
 * The stages of a payment in ecash. It is given away once, under a key of its own; what a crash left open is the same
 * payment again. A nutzap is gone with that. A lock is followed until its provider redeems it, which shows the
 * preimage, or until it can be taken back.
 */
export async function followEcash(context: CustomerContext, run: Run): Promise<Next> {
  const watch = await watchOf(context, run);
  if (watch === null || watch.booked === 'settled' || watch.booked === 'failed') return 'done';
  const waitMs = watch.nextLookAtMs - performance.now();
  if (waitMs > 0) return { wakeInMs: waitMs };
  watch.nextLookAtMs = performance.now() + lookPauseMs(run, watch);
  watch.looksInVain += 1;
  return watch.booked === 'reserved' ? give(context, run, watch) : look(context, run, watch);
}

/** `null` where nothing was ever reserved: it was delivered before. */
async function watchOf(context: CustomerContext, run: Run): Promise<EcashWatch | null> {
  if (run.ecash !== null) return run.ecash;
  const { paymentHash } = chosenOffer(run);
  const booked = await context.ledger.purchases.payment(paymentHash ?? '');
  if (booked === null) return null;
  const key = ecashKey(run.purchase, booked.paymentHash);
  const { state, createdAt: reservedAt } = booked;
  run.ecash = { key, booked: state, reservedAt, looksInVain: 0, nextLookAtMs: 0 };
  return run.ecash;
}

/** Gives the ecash away; the event that carries it is committed together with the move. */
async function give(context: CustomerContext, run: Run, watch: EcashWatch): Promise<Next> {
  context.checkpoint('customer:before-pay');
  const given =
    chosenOffer(run).exchange === 'nutzap'
      ? await nutzap(context, run, watch)
      : await lockToken(context, run, watch);
  context.checkpoint('customer:wallet-answered');
  if (run.ended.signal.aborted) return { wakeInMs: CALL_BOUND_MS };
  if (!given.ok) return notGiven(context, run, watch, given.failure);
  context.checkpoint('customer:before-paid-commit');
  const { publish, feePaidMsat, payment } = given.value;
  const hasResult = run.purchase.result !== null;
  const state = hasResult ? 'received' : payment === 'settled' ? 'paid' : 'locked';
  await book(context, run, watch, payment, { state, feePaidMsat, publish: [publish] });
  context.checkpoint('customer:after-paid-commit');
  return 'again';
}

/** How a payment was made: locked ecash is on its way until it is redeemed, a nutzap is gone. */
interface Given {
  readonly publish: OutgoingEvent;
  readonly feePaidMsat: Msat;
  readonly payment: 'in-flight' | 'settled';
}

/** `ecash-htlc`: the token goes to its provider in private. */
async function lockToken(context: CustomerContext, run: Run, { key }: EcashWatch): Promise<Outcome<Given>> {
  const { amountMsat, feeLimitMsat, providerPubkey } = chosenOffer(run);
  const offer = await readChosen(context, run);
  const refundAfter = offer === null ? null : lockEndOf(offer);
  if (offer === null || refundAfter === null || offer.ecash.htlc === null)
    throw new Error(`The offer ${chosenOffer(run).event.id} was approved without a lock.`);
  const { mints, htlc } = offer.ecash;
  const wish = { key, mints, ...htlc, amountMsat, feeLimitMsat, refundAfter };
  const locked = await ask(context, run, (purse, call) => purse.lock(wish, call));
  if (!locked.ok) return locked;
  const createdAt = context.now();
  const { requestId, relays } = run.purchase;
  const message = { type: 'token', token: locked.value.token, requestId, text: '', createdAt } as const;
  const wrap = await wrapJobMessage(message, wrapFor(providerPubkey, context.signer, createdAt));
  const publish = { event: orThrow(wrap), relays, expiresAt: refundAfter };
  return success({ publish, feePaidMsat: locked.value.feePaidMsat, payment: 'in-flight' });
}

/** `nutzap`: for the offer, locked as its provider's kind 10019 says. */
async function nutzap(context: CustomerContext, run: Run, watch: EcashWatch): Promise<Outcome<Given>> {
  const { amountMsat, feeLimitMsat, event: about } = chosenOffer(run);
  const info = await providersInfo(context, run);
  if (info === null) {
    const sent = await ask(context, run, (purse, call) => purse.lookupSent({ key: watch.key }, call));
    return sent.ok || sent.failure.code !== 'unknown-send'
      ? failure(
          'mint-pending',
          'The kind 10019 of the provider, to which a nutzap is made, is not found now.',
        )
      : failure('no-nutzap-info', 'The provider does not say how it takes nutzaps (kind 10019).');
  }
  const wish = { key: watch.key, info, about, amountMsat, feeLimitMsat, createdAt: watch.reservedAt };
  const made = await ask(context, run, (purse, call) => purse.payByNutzap(wish, call));
  if (!made.ok) return made;
  const publish = { event: made.value.nutzap, relays: run.purchase.relays };
  return success({ publish, feePaidMsat: made.value.feePaidMsat, payment: 'settled' });
}

async function providersInfo(context: CustomerContext, run: Run): Promise<NostrEvent | null> {
  const { providerPubkey } = chosenOffer(run);
  const said = await context.relays.query(
    run.purchase.relays,
    [{ kinds: [NUTZAP_INFO_KIND], authors: [providerPubkey], limit: 1 }],
    { signal: run.ended.signal },
  );
  return said.toSorted((one, other) => other.created_at - one.created_at)[0] ?? null;
}

/** What is not known is asked again; where nothing was given away, the reservation is freed for another offer. */
async function notGiven(context: CustomerContext, run: Run, watch: EcashWatch, why: Failure): Promise<Next> {
  context.onTrouble(why, run.purchase);
  if (UNKNOWN.has(why.code)) return waitOn(context, run, watch);
  if (run.purchase.result !== null) {
    await book(context, run, watch, 'failed', { state: 'received' });
  } else if (run.purchase.state === 'paying' && context.now() < run.purchase.deadlineAt) {
    if (!(await book(context, run, watch, 'failed', refusalOf(run, why)))) return 'again';
    run.ecash = null;
    endApproval(run);
  } else {
    const message = 'The payment failed; nothing was spent.';
    const reason = { code: 'offers-failed', message, data: { reason: why.code } } as const;
    if (await end(context, run, 'expired', reason, { payment: 'failed' })) watch.booked = 'failed';
  }
  return 'again';
}

/** `payment-failed`: the wallet was to buy the ecash, and says why it did not; anything else is the mint's. */
function refusalOf(run: Run, { code, data }: Failure): PurchaseChange {
  if (code !== 'payment-failed') return refusedByWallet(run, code, 'mint');
  const reason = data?.['reason'];
  return refusedByWallet(run, typeof reason === 'string' ? reason : code);
}

/** Asks the mint what became of the lock. Only a preimage that fits says that it was redeemed. */
async function look(context: CustomerContext, run: Run, watch: EcashWatch): Promise<Next> {
  const { paymentHash } = chosenOffer(run);
  const found = await ask(context, run, (purse, call) => purse.lookupSent({ key: watch.key }, call));
  if (run.ended.signal.aborted) return { wakeInMs: CALL_BOUND_MS };
  if (!found.ok) {
    context.onTrouble(found.failure, run.purchase);
    return waitOn(context, run, watch);
  }
  const { preimage } = found.value;
  if (preimage !== null && paymentHash !== null && isPreimageOf(preimage, paymentHash)) {
    const state = run.purchase.result === null ? 'paid' : 'received';
    await book(context, run, watch, 'settled', { state, preimage });
    return 'again';
  }
  const offer = await readChosen(context, run);
  const refundAfter = offer === null ? null : lockEndOf(offer);
  if (refundAfter === null || context.now() <= refundAfter) return waitOn(context, run, watch);
  const back = await ask(context, run, (purse, call) => purse.refund({ key: watch.key }, call));
  if (back.ok) return bookTakenBack(context, run, watch);
  context.onTrouble(back.failure, run.purchase);
  return waitOn(context, run, watch);
}

/** The locked ecash is ours again. What the provider said about the job only explains it. */
async function bookTakenBack(context: CustomerContext, run: Run, watch: EcashWatch): Promise<Next> {
  if (run.purchase.result !== null) {
    await book(context, run, watch, 'failed', { state: 'received' });
    return 'again';
  }
  const error = run.book.errorOf(chosenOffer(run).providerPubkey);
  const data = error === null ? {} : { data: { errorCode: error.code, detail: error.detail } };
  const message = 'The locked ecash was taken back, and the job ended without its result.';
  const why: Failure<PurchaseFailureCode> = { code: 'refunded', message, ...data };
  if (await end(context, run, 'refunded', why, { payment: 'failed' })) watch.booked = 'failed';
  return 'again';
}

/** Waits for the next look; long after everything should have ended, the purchase is handed to people. */
async function waitOn(context: CustomerContext, run: Run, watch: EcashWatch): Promise<Next> {
  const { state, deadlineAt, offer } = run.purchase;
  const lastMoment = deadlineAt + 2 * UNRECONCILED_AFTER_SECONDS;
  if (context.now() > lastMoment && (state === 'paying' || state === 'locked')) {
    const message = 'The mint does not say what became of the ecash; it may be spent. It is asked further.';
    const data = { paymentHash: offer?.paymentHash };
    await move(context, run, { state: 'unreconciled', failure: { code: 'unreconciled', message, data } });
    return 'again';
  }
  return { wakeInMs: Math.max(0, watch.nextLookAtMs - performance.now()) };
}

function lookPauseMs({ purchase }: Run, { looksInVain }: EcashWatch): number {
  const longest = MAX_LOOK_PAUSE_MS[purchase.state === 'unreconciled' ? 'unreconciled' : 'waiting'];
  return Math.min(LOOK_PAUSE_MS * 2 ** looksInVain, longest);
}

/** Moves the purchase and its booked payment in one transaction. */
async function book(
  context: CustomerContext,
  run: Run,
  watch: EcashWatch,
  payment: PaymentState,
  change: PurchaseChange,
): Promise<boolean> {
  const moved = await move(context, run, { ...change, payment });
  if (moved) {
    watch.booked = payment;
    hastenEcash(watch, payment === 'in-flight' ? LOOK_PAUSE_MS : 0); // nobody redeems what has just been sent
  }
  return moved;
}

/** One call of the purse, which ends with the purchase or with its time. */
async function ask<Value>(
  { ecash }: CustomerContext,
  run: Run,
  call: (purse: EcashPurse, options: { readonly signal: AbortSignal }) => Promise<Outcome<Value>>,
): Promise<Outcome<Value>> {
  if (ecash === null) return failure('mint-unreachable', 'The ecash of this purchase is not configured now.');
  const signal = AbortSignal.any([run.ended.signal, AbortSignal.timeout(CALL_BOUND_MS)]);
  try {
    return await call(ecash, { signal });
  } catch (error) {
    if (!signal.aborted) throw error;
    return failure('mint-unreachable', `The mint did not answer in ${CALL_BOUND_MS} ms.`);
  }
}
