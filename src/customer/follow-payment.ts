import type { PaymentState, PurchaseChange } from '../ledger/index.ts';
import { lookupDirection, type WalletNotification, type WalletOutcome } from '../money/index.ts';
import { failure, type Failure } from '../protocol/index.ts';
import type { PurchaseFailureCode } from './errors.ts';
import { paymentOf } from './pay.ts';
import { keepLateProof } from './late-proof.ts';
import {
  hasten,
  isPaidByPayeesWord,
  judgePayment,
  noteAnswer,
  noteCall,
  noteRecord,
  provesPayment,
  type PaymentProof,
  type PaymentWatch,
} from './payment-watch.ts';
import { PAID_FIRST } from './refund.ts';
import { endApproval, refusedByWallet } from './refused-payment.ts';
import { chosenOffer, move, readAgain, type CustomerContext, type Run } from './run.ts';
import type { Next } from './stepper.ts';

/** A call that has not answered by then is treated as timed out; a later answer still counts. */
const CALL_BOUND_MS = 90_000;
/** How much longer each failed call but the first puts off the next. */
const CALL_PAUSE_MS = 1000;
const LOOK_BOUND_MS = 30_000;
/** A payment normally settles within this; then we want to know whether it is held. */
const FIRST_LOOK_MS = 750;
/** Looks begin this far apart and double up to a ceiling: while waiting, after the deadline, when unreconciled. */
const LOOK_PAUSE_MS = 500;
const MAX_LOOK_PAUSE_MS = { waiting: 15_000, overdue: 60_000, unreconciled: 300_000 };
/** So long after deadline and invoice expiry a payment of unknown fate makes the purchase `unreconciled`. */
const UNRECONCILED_AFTER_SECONDS = 60;

/** Stage `paying`: hands the invoice to the wallet, at most once at a time, and finds out what became of it. */
export async function payInvoice(context: CustomerContext, run: Run): Promise<Next> {
  const watch = await paymentOf(context, run);
  if (isSpentUnproven(run, watch)) return bookSettled(context, run, watch);
  switch (judgePayment(watch, context.now())) {
    case 'call':
      return (await callWallet(context, run, watch)) ? lookLater(context, run, watch) : 'again';
    case 'settled':
      return bookSettled(context, run, watch);
    case 'in-flight':
      await bookMove(context, run, watch, 'in-flight', { state: 'locked' });
      return 'again';
    case 'failed':
      return giveUpOffer(context, run, watch);
    default:
      return (await isHopeless(context, run, watch)) ? 'again' : lookLater(context, run, watch);
  }
}

/** Stage `locked`: the provider holds a payment and works; the money is followed until it settles or comes back. */
export async function awaitSettlement(context: CustomerContext, run: Run): Promise<Next> {
  const watch = await paymentOf(context, run);
  if (isSpentUnproven(run, watch)) return bookSettled(context, run, watch);
  switch (judgePayment(watch, context.now())) {
    case 'settled':
      return bookSettled(context, run, watch);
    case 'failed':
      return bookRefunded(context, run, watch);
    default:
      return (await isHopeless(context, run, watch)) ? 'again' : lookLater(context, run, watch);
  }
}

/** Stage `received`: the content is here; a payment that is still open is followed to its end and booked. */
export async function closeBooks(context: CustomerContext, run: Run): Promise<Next> {
  const { offer } = run.purchase;
  if (offer === null || offer.paymentHash === null) return 'done';
  if (run.payment === null && (await context.ledger.purchases.payment(offer.paymentHash)) === null)
    return 'done'; // delivered before anything was paid
  const watch = await paymentOf(context, run);
  if (isClosed(watch.booked)) return 'done';
  if (isSpentUnproven(run, watch)) return bookSettled(context, run, watch);
  switch (judgePayment(watch, context.now())) {
    case 'settled':
      return bookSettled(context, run, watch);
    case 'failed':
      await bookMove(context, run, watch, 'failed', { state: 'received' });
      return 'again';
    case 'call':
      if (watch.calls > 0) return lookLater(context, run, watch);
      await bookMove(context, run, watch, 'failed', { state: 'received' }); // delivered before the wallet was asked
      return 'again';
    default:
      return lookLater(context, run, watch);
  }
}

/** Stage `unreconciled`: the wallet could not say what became of the payment; it is asked at a low rate for good. */
export async function reconcile(context: CustomerContext, run: Run): Promise<Next> {
  const watch = await paymentOf(context, run);
  if (isSpentUnproven(run, watch)) return bookSettled(context, run, watch);
  switch (judgePayment(watch, context.now())) {
    case 'settled':
      return bookSettled(context, run, watch);
    case 'failed':
      return watch.booked === 'in-flight'
        ? bookRefunded(context, run, watch)
        : giveUpOffer(context, run, watch);
    case 'in-flight':
      if (watch.blind) return lookLater(context, run, watch);
      await bookMove(context, run, watch, 'in-flight', { state: 'locked' });
      return 'again';
    default:
      return lookLater(context, run, watch);
  }
}

function isClosed(payment: PaymentState): boolean {
  return payment === 'settled' || payment === 'failed';
}

/** A wallet's push about one of our payments: a preimage proves it; anything else only makes us look. */
export function hearWallet(context: CustomerContext, run: Run, { payment }: WalletNotification): void {
  if (run.payment === null || payment.paymentHash !== run.payment.paymentHash) return;
  if (payment.preimage !== null) noteRecord(run.payment, payment, context.now());
  hasten(run.payment);
  run.stepper.poke();
}

/**
 * Starts the payment without waiting for it: a hold normally outlives the call. Counted in the ledger first, for all
 * who follow the purchase; `false` when one of them was faster.
 */
async function callWallet(context: CustomerContext, run: Run, watch: PaymentWatch): Promise<boolean> {
  const counted = await context.ledger.purchases.beginCall(watch);
  if (!counted.ok) {
    await readAgain(context, run);
    return false;
  }
  const thisCall = noteCall(watch, counted.value);
  watch.nextLookAtMs = performance.now() + FIRST_LOOK_MS;
  const { bolt11, feeLimitMsat } = watch;
  context.checkpoint('customer:before-pay');
  const call = context.wallet
    .pay({ bolt11, feeLimitMsat }, { signal: context.signal })
    .finally(() => context.checkpoint('customer:wallet-answered'));
  const keepIfLate = (answer: WalletOutcome<PaymentProof>) =>
    answer.ok ? hearLate(context, run, watch, answer.value) : undefined;
  call.then(keepIfLate, () => undefined).catch((error: unknown) => run.stepper.fault(error));
  hear(run, call, CALL_BOUND_MS, (answer) => {
    if (answer.ok || thisCall === watch.ownCalls) noteAnswer(watch, answer); // an old refusal says nothing of a newer call
    if (answer.ok) return;
    watch.nextLookAtMs = performance.now() + (thisCall - 1) * CALL_PAUSE_MS;
    context.onTrouble(answer.failure, run.purchase);
  });
  context.checkpoint('customer:wallet-called');
  return true;
}

/** The answer to a call that was given up, maybe by another process, or after the purchase ended. */
async function hearLate(
  context: CustomerContext,
  run: Run,
  { booked, paymentHash }: PaymentWatch,
  proof: PaymentProof,
): Promise<void> {
  if (booked === 'failed' && provesPayment(proof.preimage, paymentHash))
    await keepLateProof(context, run.purchase, paymentHash, proof);
}

/** Looks the payment up if it is time to, without waiting for the answer. */
function lookLater(context: CustomerContext, run: Run, watch: PaymentWatch): Next {
  const waitMs = watch.nextLookAtMs - performance.now();
  if (watch.lookUnderway) return { wakeInMs: LOOK_BOUND_MS };
  if (waitMs > 0) return { wakeInMs: waitMs };
  const { paymentHash, round } = watch;
  const lookedAt = context.now();
  watch.lookUnderway = true;
  const payment = { paymentHash, direction: 'outgoing' } as const;
  const looking = lookupDirection(context.wallet, payment, { signal: context.signal });
  hear(run, looking, LOOK_BOUND_MS, (answer) => {
    if (!watch.lookUnderway) return; // came after its time
    watch.lookUnderway = false;
    if (round !== watch.round) return;
    watch.blind = !answer.ok;
    watch.nextLookAtMs = performance.now() + lookPauseMs(context, run, watch);
    watch.looksInVain += 1;
    if (answer.ok) noteRecord(watch, answer.value, lookedAt);
    else context.onTrouble(answer.failure, run.purchase);
  });
  return { wakeInMs: LOOK_BOUND_MS };
}

function lookPauseMs(context: CustomerContext, run: Run, watch: PaymentWatch): number {
  const overdue = context.now() > run.purchase.deadlineAt;
  const stage = run.purchase.state === 'unreconciled' ? 'unreconciled' : overdue ? 'overdue' : 'waiting';
  return Math.min(LOOK_PAUSE_MS * 2 ** watch.looksInVain, MAX_LOOK_PAUSE_MS[stage]);
}

/** Hears the wallet's answer, or `wallet-timeout` when it takes too long and the answer when it still comes. */
function hear<Value>(
  run: Run,
  call: Promise<WalletOutcome<Value>>,
  boundMs: number,
  note: (answer: WalletOutcome<Value>) => void,
): void {
  const tellStep = (answer: WalletOutcome<Value>) => {
    if (run.ended.signal.aborted) return;
    note(answer);
    run.stepper.poke();
  };
  const giveUp = () => tellStep(failure('wallet-timeout', `The wallet did not answer in ${boundMs} ms.`));
  const timer = setTimeout(giveUp, boundMs);
  const stop = () => clearTimeout(timer);
  run.ended.signal.addEventListener('abort', stop, { once: true });
  call
    .catch((): WalletOutcome<Value> => failure('wallet-internal', 'The wallet driver broke during the call.'))
    .then(tellStep)
    .finally(() => {
      stop();
      run.ended.signal.removeEventListener('abort', stop);
    })
    .catch((error: unknown) => run.stepper.fault(error));
}

/** Moves the purchase and, where it changes, the booked payment in one transaction. */
async function bookMove(
  context: CustomerContext,
  run: Run,
  watch: PaymentWatch,
  payment: PaymentState,
  change: PurchaseChange,
): Promise<boolean> {
  const judgedBy = payment === 'failed' ? { paymentCalls: watch.calls } : {};
  const booked = watch.booked === payment ? change : { ...change, payment, ...judgedBy };
  if (!(await move(context, run, booked))) return false;
  watch.booked = payment;
  if (payment === 'failed' && watch.proof !== null)
    await keepLateProof(context, run.purchase, watch.paymentHash, watch.proof); // came during the commit
  return true;
}

/** What is paid first is spent when its payee acts on it; no other way of paying goes on without the preimage. */
function isSpentUnproven(run: Run, watch: PaymentWatch): boolean {
  return isPaidByPayeesWord(watch) && PAID_FIRST.includes(chosenOffer(run).exchange);
}

async function bookSettled(context: CustomerContext, run: Run, watch: PaymentWatch): Promise<Next> {
  const { proof, look } = watch;
  const shown = proof ?? (isPaidByPayeesWord(watch) ? look : null);
  if (!shown) throw new Error('A payment was judged settled without its preimage.');
  const { feePaidMsat } = shown;
  if (feePaidMsat > watch.feeLimitMsat)
    context.onTrouble(
      { code: 'fee-above-limit', message: 'The wallet paid more for routing than was reserved.' },
      run.purchase,
    );
  context.checkpoint('customer:before-paid-commit');
  const state = run.purchase.result === null ? 'paid' : 'received';
  const proven = proof === null ? {} : { preimage: proof.preimage };
  const booked = await bookMove(context, run, watch, 'settled', { state, ...proven, feePaidMsat });
  if (booked) context.checkpoint('customer:after-paid-commit');
  return 'again';
}

/** The locked money came back. What the provider said about it only explains it. */
async function bookRefunded(context: CustomerContext, run: Run, watch: PaymentWatch): Promise<Next> {
  const error = run.book.errorOf(chosenOffer(run).providerPubkey);
  const why: Failure<PurchaseFailureCode> =
    error === null
      ? { code: 'refunded', message: 'The locked money came back, and the job ended without its result.' }
      : {
          code: 'provider-failed',
          message: `The provider could not do the job and gave the locked money back.`,
          data: { refunded: true, errorCode: error.code, detail: error.detail },
        };
  await bookMove(context, run, watch, 'failed', { state: 'refunded', failure: why });
  return 'again';
}

/**
 * Nothing was sent: the reservation is freed, and another offer is taken if there is time for one. Whoever approves
 * offers is told why, and may approve the same one again.
 */
async function giveUpOffer(context: CustomerContext, run: Run, watch: PaymentWatch): Promise<Next> {
  const answered = watch.lastAnswer === null ? {} : { data: { reason: watch.lastAnswer } };
  if (run.purchase.state === 'paying' && context.now() < run.purchase.deadlineAt) {
    const refused = refusedByWallet(run, watch.lastReason);
    if (!(await bookMove(context, run, watch, 'failed', refused))) return 'again';
    run.payment = null;
    endApproval(run);
    return 'again';
  }
  const message = 'The payment failed; nothing was spent.';
  const why: Failure<PurchaseFailureCode> = { code: 'offers-failed', message, ...answered };
  await bookMove(context, run, watch, 'failed', { state: 'expired', failure: why });
  return 'again';
}

/** Long after everything should have ended, a payment that the wallet cannot tell about is handed to people. */
async function isHopeless(context: CustomerContext, run: Run, watch: PaymentWatch): Promise<boolean> {
  const lastMoment = Math.max(run.purchase.deadlineAt, watch.invoiceExpiresAt) + UNRECONCILED_AFTER_SECONDS;
  if (context.now() <= lastMoment) return false;
  if (!watch.blind && judgePayment(watch, context.now()) === 'in-flight') return false;
  return move(context, run, {
    state: 'unreconciled',
    failure: {
      code: 'unreconciled',
      message: 'The wallet cannot say what became of the payment; it may be spent. It is looked up further.',
      data: { paymentHash: watch.paymentHash, lastAnswer: watch.lastAnswer },
    },
  });
}
