import type { OutgoingEvent, Purchase, PurchaseChange } from '../ledger/index.ts';
import {
  lookupDirection,
  type PaymentRecord,
  type WalletNotification,
  type WalletOutcome,
} from '../money/index.ts';
import { orThrow, parseInvoice, type ExchangeMode, type Failure } from '../protocol/index.ts';
import { bookReturned } from './balance/draw.ts';
import type { PurchaseFailureCode } from './errors.ts';
import { hearEcashRefunds } from './ecash-refund.ts';
import { hearRefundMessages } from './refund-messages.ts';
import { hasten, mayClaimAgain, noteTry, pauseMs, watchRefund, type RefundWatch } from './refund-watch.ts';
import { chosenOffer, end, move, type CustomerContext, type Run } from './run.ts';
import type { Next } from './stepper.ts';
import { messageAbout, tellProvider } from './tell-provider.ts';

/** Modes in which the money is the provider's before the result is there. */
export const PAID_FIRST: readonly ExchangeMode[] = ['prepay', 'sample', 'zap', 'nutzap'];
/** How long the invoice of a claim can be paid. Until it has expired unpaid, there is no other. */
const INVOICE_SECONDS = 86_400;
/** A payment that came at the last moment shows within this time. */
const EXPIRY_GRACE_SECONDS = 60;
/** So long after its deadline a purchase is claimed back; the provider's own time may end earlier. */
const CLAIM_SECONDS = 30 * 86_400;
const CALL_BOUND_MS = 15_000;

/** A stage of a purchase. */
type Stage = (context: CustomerContext, run: Run) => Promise<Next> | Next;

/** The stage of a paid purchase, beside which its money is sought back. */
export function besideRefund(stage: Stage): Stage {
  return async (context, run) => {
    const sought = await seekRefund(context, run);
    if (sought === 'again') return 'again';
    const next = await stage(context, run);
    if (next === 'again' || sought === 'done') return next;
    return next === 'done' ? sought : { wakeInMs: Math.min(next.wakeInMs, sought.wakeInMs) };
  };
}

/**
 * Seeks the money of a purchase that was paid first and came to nothing: the deadline has passed, or its provider
 * said that it failed. One invoice of the own wallet is booked, together with the claim that carries it; the
 * provider's word makes us claim or look, and only the own wallet, or ecash that was swapped, says that the money is back. A customer with a
 * lightning address waits until the provider asks for a claim. `done` when there is nothing to seek.
 */
async function seekRefund(context: CustomerContext, run: Run): Promise<Next> {
  const { purchase } = run;
  if (purchase.offer?.exchange === 'balance')
    return hasGivenUp(run) && purchase.result === null ? bookReturned(context, run) : 'done';
  if (!isOwed(run) || context.now() > purchase.deadlineAt + CLAIM_SECONDS) return 'done';
  const watch = (run.refund ??= beginWatch(context, run));
  const waitMs = watch.nextLookAtMs - performance.now();
  if (waitMs > 0) return { wakeInMs: waitMs };
  noteTry(watch);
  if (isBackInEcash(run, watch)) return bookRefunded(context, run, {});
  const mayClaim = context.refundLud16 === null || watch.unansweredOffers > 0;
  return purchase.refund === null && mayClaim ? claim(context, run, watch) : look(context, run, watch);
}

function isOwed(run: Run): boolean {
  const { state, offer, result, refund } = run.purchase;
  if (offer === null || result !== null || !PAID_FIRST.includes(offer.exchange)) return false;
  return state === 'undelivered' || refund !== null || hasGivenUp(run);
}

/** Whether the chosen provider has said since its offer that it will not do the job. */
export function hasGivenUp({ book, purchase: { offer } }: Run): boolean {
  const error = book.errorOf(offer?.providerPubkey ?? '');
  return error !== null && offer !== null && error.createdAt >= offer.event.created_at;
}

/**
 * Claims at once what is owed, even where the provider was to pay it to a lightning address by itself. `false` when the
 * money cannot be claimed: it was not paid first, there is a result, too much time has passed, or there is no wallet.
 */
export function demandRefund(context: CustomerContext, run: Run): boolean {
  const { state, deadlineAt } = run.purchase;
  const isPaid = state === 'paid' || state === 'undelivered';
  if (!isPaid || !isOwed(run) || context.now() > deadlineAt + CLAIM_SECONDS || !context.canPay) return false;
  const watch = (run.refund ??= beginWatch(context, run));
  watch.unansweredOffers += 1;
  hasten(watch);
  return true;
}

function beginWatch(context: CustomerContext, run: Run): RefundWatch {
  const watch = watchRefund();
  hearRefundMessages(context, run, watch);
  hearEcashRefunds(context, run, watch);
  return watch;
}

/** A wallet's push about the refund only makes us look. */
export function hearRefundPayment(run: Run, { payment }: WalletNotification): void {
  const { refund } = run.purchase;
  if (run.refund === null || payment.direction !== 'incoming') return;
  if (payment.paymentHash !== refund?.paymentHash && !run.refund.paidHashes.has(payment.paymentHash)) return;
  hasten(run.refund);
  run.stepper.poke();
}

/** Books one invoice and the claim that carries it. Should we die in between, nobody has seen the invoice. */
async function claim(context: CustomerContext, run: Run, watch: RefundWatch): Promise<Next> {
  const { amountMsat } = chosenOffer(run);
  const made = await context.wallet.makeInvoice(
    {
      amountMsat,
      description: `Refund of job ${run.purchase.requestId.slice(0, 16)}`,
      expirySeconds: INVOICE_SECONDS,
    },
    { signal: boundedBy(context) },
  );
  if (!made.ok) context.onTrouble(made.failure, run.purchase);
  const bolt11 = made.ok ? made.value.bolt11 : null;
  if (!made.ok || bolt11 === null) return { wakeInMs: pauseMs(watch) };
  const refund = { bolt11, paymentHash: made.value.paymentHash };
  context.checkpoint('customer:refund-invoice-made');
  watch.unansweredOffers = 0; // answered by this claim
  watch.claimedAtMs = performance.now();
  if (await move(context, run, { refund, publish: [await claimMessage(context, run, bolt11)] }))
    hasten(watch);
  return 'again';
}

function claimMessage(context: CustomerContext, run: Run, bolt11: string): Promise<OutgoingEvent> {
  const { relays, deadlineAt } = run.purchase;
  const expiresAt = deadlineAt + CLAIM_SECONDS;
  const message = messageAbout(context, run, { type: 'refund-claim', bolt11 });
  return tellProvider(context, run, message, { relays, expiresAt });
}

/** Asks the own wallet, and nobody else, whether the money is back. */
async function look(context: CustomerContext, run: Run, watch: RefundWatch): Promise<Next> {
  const { refund } = run.purchase;
  for (const paymentHash of watch.paidHashes) {
    const named = await askWallet(context, run, paymentHash);
    const received = named.ok ? await refundBy(context, run, named.value) : null;
    if (received !== null) return bookRefunded(context, run, { refund: received });
  }
  if (refund === null) return { wakeInMs: pauseMs(watch) };
  const lookedAt = context.now();
  const claimed = await askWallet(context, run, refund.paymentHash);
  if (claimed.ok && isPaidBack(run, claimed.value)) return bookRefunded(context, run, {});
  const isExpired = lookedAt > expiryOf(refund) + EXPIRY_GRACE_SECONDS;
  if (claimed.ok && isExpired && mayClaimAgain(watch)) return claim(context, run, watch);
  if (watch.unansweredOffers === 0) return { wakeInMs: pauseMs(watch) };
  watch.unansweredOffers = 0;
  await move(context, run, { publish: [await claimMessage(context, run, refund.bolt11)] });
  return 'again';
}

async function askWallet(
  context: CustomerContext,
  run: Run,
  paymentHash: string,
): Promise<WalletOutcome<PaymentRecord | null>> {
  const payment = { paymentHash, direction: 'incoming' } as const;
  const found = await lookupDirection(context.wallet, payment, { signal: boundedBy(context) });
  if (!found.ok) context.onTrouble(found.failure, run.purchase);
  return found;
}

function isPaidBack(run: Run, payment: PaymentRecord | null): boolean {
  if (payment?.direction !== 'incoming' || payment.state !== 'settled') return false;
  return payment.amountMsat >= chosenOffer(run).amountMsat;
}

/** What came back in ecash is ours already: only completed swaps are noted. */
function isBackInEcash(run: Run, { returned }: RefundWatch): boolean {
  const total = [...returned.values()].reduce((sum, amountMsat) => sum + amountMsat, 0n);
  return total > 0n && total >= chosenOffer(run).amountMsat;
}

/**
 * A payment to our lightning address that the provider named, for the books: it came after the request, over exactly
 * the price, and was neither the refund of another purchase nor paid for anything that we sell.
 */
async function refundBy(
  context: CustomerContext,
  run: Run,
  payment: PaymentRecord | null,
): Promise<Purchase['refund']> {
  if (payment === null || payment.bolt11 === null || !isPaidBack(run, payment)) return null;
  if ((payment.settledAt ?? payment.createdAt) < run.purchase.openedAt) return null;
  if (context.refundLud16 === null || payment.amountMsat !== chosenOffer(run).amountMsat) return null;
  const isSale = (await context.ledger.sales.byPaymentHash(payment.paymentHash)) !== null;
  if (isSale) return null; // somebody bought from us for the same price
  const booked = await context.ledger.purchases.byRefund(payment.paymentHash);
  const isOurs = booked === null || booked.requestId === run.purchase.requestId;
  return isOurs ? { bolt11: payment.bolt11, paymentHash: payment.paymentHash } : null;
}

async function bookRefunded(
  context: CustomerContext,
  run: Run,
  change: Pick<PurchaseChange, 'refund'>,
): Promise<Next> {
  const error = run.book.errorOf(chosenOffer(run).providerPubkey);
  const why: Failure<PurchaseFailureCode> = {
    code: 'provider-failed',
    message: 'The job was paid and came to nothing; the provider has paid the money back.',
    data: { refunded: true, ...(error === null ? {} : { errorCode: error.code, detail: error.detail }) },
  };
  context.checkpoint('customer:before-refunded-commit');
  await end(context, run, 'refunded', why, change);
  return 'again';
}

function expiryOf({ bolt11 }: NonNullable<Purchase['refund']>): number {
  return orThrow(parseInvoice(bolt11)).expiresAt;
}

function boundedBy(context: CustomerContext): AbortSignal {
  return AbortSignal.any([context.signal, AbortSignal.timeout(CALL_BOUND_MS)]);
}
