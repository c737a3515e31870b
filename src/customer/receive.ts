import { mayMove, PURCHASE_MOVES, type PurchaseState } from '../ledger/index.ts';
import {
  failure,
  jobRole,
  orThrow,
  success,
  ZERO_MSAT,
  type Failure,
  type NostrEvent,
  type Outcome,
} from '../protocol/index.ts';
import type { Receipt } from './wish.ts';
import { PURCHASE_FAILURES, type PurchaseFailureCode } from './errors.ts';
import { openBought } from './bought-content.ts';
import { isWhole } from './file-watch.ts';
import { isUnpriced } from './offer.ts';
import { hastenEcash } from './ecash-watch.ts';
import { hasten } from './payment-watch.ts';
import { deliveredContent } from './result-file.ts';
import { chosenOffer, end, receive, type CustomerContext, type Run } from './run.ts';
import type { Next } from './stepper.ts';
import { verdictOn } from './verify-result/received.ts';

/** A paid result that is on its way at the deadline still counts as delivered in time. */
const RESULT_GRACE_SECONDS = 30;
/** A result that was paid for is waited for this long after the deadline, then nobody expects it. */
const LATE_RESULT_SECONDS = 86_400;
/** How long the first try to fetch a file may take after the deadline; its end is told before. */
const FIRST_TRY_MS = 60_000;
/** A provider takes the money right after delivering; a look before that is in vain, and puts off the next. */
const SETTLES_IN_MS = 100;
/** Content in hand is passed on after this even though its payment has not settled. */
const SETTLE_WAIT_MS = 10_000;

/**
 * Takes the result of the chosen provider, and of nobody else, in every state in which one may come. One that
 * asks for nothing may come before anything is paid; one that names a price only when the payment is at least
 * locked. A result that was itself the offer is handed over by its payment alone, and content that is locked to
 * another payment is no delivery. `true` when the purchase moved.
 */
export async function takeResult(context: CustomerContext, run: Run): Promise<boolean> {
  const { offer, result, state } = run.purchase;
  if (offer === null || result !== null || !mayMove(PURCHASE_MOVES, state, 'received')) return false;
  const found = run.book.resultOf(offer.providerPubkey);
  if (found === null || found.reveal !== null || found.id === offer.event.id) return false;
  if (!isUnpriced(found) && UNPAID.has(state)) return false;
  if (!isWhole(context, run, found)) return false;
  const received = await receive(context, run, { result: found.event });
  if (received && run.payment !== null) hasten(run.payment, SETTLES_IN_MS);
  if (received && run.ecash !== null) hastenEcash(run.ecash, SETTLES_IN_MS);
  return true;
}

/** States in which the money may still be all ours. */
const UNPAID: ReadonlySet<PurchaseState> = new Set(['offered', 'approved', 'paying']);

/** Stage `paid`: the money is gone, the result is owed. A result that was bought as it lay there is handed over. */
export async function awaitResult(context: CustomerContext, run: Run): Promise<Next> {
  const { event, providerPubkey } = chosenOffer(run);
  if (jobRole(event) === 'result') return handOver(context, run, event);
  const waitSeconds = run.purchase.deadlineAt + RESULT_GRACE_SECONDS - context.now();
  if (waitSeconds > 0) return { wakeInMs: waitSeconds * 1000 };
  if (run.file?.failure) {
    await end(context, run, 'undelivered', run.file.failure);
    return 'again';
  }
  if (run.file?.ready === false) return { wakeInMs: FIRST_TRY_MS };
  const error = run.book.errorOf(providerPubkey);
  await end(context, run, 'undelivered', {
    code: 'undelivered',
    message: 'The job was paid and not delivered in time. A late result is still taken.',
    ...(error === null ? {} : { data: { errorCode: error.code, detail: error.detail } }),
  });
  return 'again';
}

/** Result and preimage stay in the books either way: together with the offer they prove a lock that does not open. */
async function handOver(context: CustomerContext, run: Run, result: NostrEvent): Promise<Next> {
  const content = await openBought(context, run, result);
  if (content.ok) {
    if (isWhole(context, run, { event: result, content: content.value }))
      await receive(context, run, { result });
    else return awaitFile(context, run, result);
    return 'again';
  }
  const message = 'The result was paid, and the key that the payment brought does not open it.';
  const data = { resultId: result.id, reason: content.failure.code };
  await end(context, run, 'undelivered', { code: 'reveal-broken', message, data }, { result });
  return 'again';
}

/** What was bought names a file: its ciphertext was here before the payment, unless the result named another. */
async function awaitFile(context: CustomerContext, run: Run, result: NostrEvent): Promise<Next> {
  const waitSeconds = run.purchase.deadlineAt + RESULT_GRACE_SECONDS - context.now();
  if (waitSeconds > 0) return { wakeInMs: waitSeconds * 1000 };
  await end(context, run, 'undelivered', run.file?.failure ?? FILE_LATE, { result });
  return 'again';
}

const FILE_LATE: Failure<'result-unreadable'> = {
  code: 'result-unreadable',
  message: 'The file behind the result did not come in time.',
};

/** State `undelivered`: a late result is better than none. */
export function awaitLateResult(context: CustomerContext, run: Run): Next {
  if (run.purchase.result !== null) return 'done'; // it came, and is of no use
  const waitSeconds = run.purchase.deadlineAt + LATE_RESULT_SECONDS - context.now();
  return waitSeconds > 0 ? { wakeInMs: waitSeconds * 1000 } : 'done';
}

/**
 * What the follower of a purchase gets at this point: a receipt, the reason why there is none, or how long
 * (milliseconds) to wait for the one or the other; `null` when only a move of the purchase will tell.
 */
export async function outcomeNow(
  context: CustomerContext,
  run: Run,
): Promise<{ readonly outcome: Outcome<Receipt, PurchaseFailureCode> } | { readonly inMs: number } | null> {
  const { state, failure: why } = run.purchase;
  if (state === 'received' || state === 'reviewed') return receiptNow(context, run);
  if (state === 'paying' || state === 'locked') return overdueNow(context, run);
  const code = PURCHASE_FAILURES.find((known) => known === why?.code);
  if (!ENDS.has(state) || why === null || code === undefined) return null;
  return { outcome: failure(code, why.message, why.data) };
}

/** Held money may stay held for hours after the deadline: nobody has to wait for that. */
function overdueNow(
  context: CustomerContext,
  { purchase, book }: Run,
): { outcome: Outcome<Receipt, PurchaseFailureCode> } | { inMs: number } {
  const error = book.errorOf(purchase.offer?.providerPubkey ?? '');
  if (error !== null && purchase.state === 'locked' && purchase.offer?.exchange === 'ecash-htlc') {
    const message = 'The provider could not do the job; the locked ecash is taken back after its time.';
    const data = { refunded: false, errorCode: error.code, detail: error.detail };
    return { outcome: failure('provider-failed', message, data) };
  }
  const waitSeconds = purchase.deadlineAt + RESULT_GRACE_SECONDS - context.now();
  if (waitSeconds > 0) return { inMs: waitSeconds * 1000 };
  const message =
    'The job was not delivered in time. Its payment is locked until the provider or its time limit ends it, and followed.';
  return { outcome: failure('undelivered', message, { state: purchase.state }) };
}

/** States after which nobody should wait for a receipt, even where something may still come. */
const ENDS: ReadonlySet<PurchaseState> = new Set([
  'no-offer',
  'expired',
  'cancelled',
  'over-budget',
  'undelivered',
  'refunded',
  'unreconciled',
]);

async function receiptNow(
  context: CustomerContext,
  run: Run,
): Promise<{ outcome: Outcome<Receipt, PurchaseFailureCode> } | { inMs: number }> {
  const { requestId, offer, result, preimage, feePaidMsat } = run.purchase;
  if (offer === null || result === null)
    throw new Error(`Purchase ${requestId} was received without a result.`);
  const settlement = settlementOf(run);
  run.receivedAtMs ??= performance.now();
  const waitMs = run.receivedAtMs + SETTLE_WAIT_MS - performance.now();
  if (settlement === 'pending' && waitMs > 0) return { inMs: waitMs };
  const costs = settlement === 'settled' || settlement === 'pending';
  const delivered = await deliveredContent(
    context,
    requestId,
    result,
    orThrow(await openBought(context, run, result)),
  );
  if (!delivered.ok) return { outcome: delivered };
  const { content } = delivered.value;
  const receipt: Receipt = {
    requestId,
    ...delivered.value,
    providerPubkey: result.pubkey,
    exchange: settlement === 'none' ? 'free' : offer.exchange,
    amountMsat: costs ? offer.amountMsat : ZERO_MSAT,
    feePaidMsat: feePaidMsat ?? ZERO_MSAT,
    preimage,
    settlement,
    resultEvent: result,
    verdict: await verdictOn(context, run, { event: result, content }),
  };
  return { outcome: success(receipt) };
}

function settlementOf(run: Run): Receipt['settlement'] {
  if (run.purchase.offer?.exchange === 'balance')
    return run.purchase.feePaidMsat === null ? 'none' : 'settled';
  const booked = run.payment?.booked ?? run.ecash?.booked;
  if (run.purchase.preimage !== null || booked === 'settled') return 'settled';
  if (booked === undefined) return 'none';
  return booked === 'failed' ? 'returned' : 'pending';
}
