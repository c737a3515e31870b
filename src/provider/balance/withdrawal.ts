import {
  BALANCE_PURPOSES,
  withdrawalCostMsat,
  type BalanceWithdrawal,
  type WithdrawalEnd,
} from '../../ledger/index.ts';
import {
  lookupDirection,
  payReserved,
  resumeReserved,
  type Reservation,
  type Wallet,
} from '../../money/index.ts';
import {
  failure,
  msat,
  orThrow,
  parseInvoice,
  success,
  type JobMessage,
  type Outcome,
} from '../../protocol/index.ts';
import type { ProviderContext } from '../context.ts';
import { checkRefundInvoice } from '../refund/check-invoice.ts';
import { changeAndTell, refuseBalance, WISH_AGE_SECONDS, type BalanceRates } from './tell.ts';

/** A customer that wants some of its balance back. */
export type WithdrawalRequest = Extract<JobMessage, { readonly type: 'withdrawal' }>;

/** A payment that was called this long ago is in nobody's hands any more. */
const RESUME_AFTER_SECONDS = 20;

/**
 * Takes amount and fee limit of a customer's invoice out of its balance, before the wallet hears of it. The value is
 * what is to be paid, `null` when that is known already: an id, and an invoice, are taken once. Whoever asks for more
 * than it has, or by an invoice that is not fit, is told; what was asked for long ago is not made any more.
 */
export async function hearWithdrawal(
  context: ProviderContext,
  request: WithdrawalRequest,
  rates: BalanceRates,
): Promise<BalanceWithdrawal | null> {
  if (context.now() - request.createdAt > WISH_AGE_SECONDS) return null;
  const begun = await beginWithdrawal(context, request);
  if (begun.ok) return begun.value;
  await refuseBalance(context, rates, request, begun.failure);
  return null;
}

async function beginWithdrawal(
  context: ProviderContext,
  { requestId, authorPubkey, bolt11 }: WithdrawalRequest,
): Promise<Outcome<BalanceWithdrawal | null>> {
  const { balances } = context.ledger;
  const account = { providerPubkey: context.signer.pubkey, customerPubkey: authorPubkey };
  const invoice = parseInvoice(bolt11);
  if (!invoice.ok) return invoice;
  const { amountMsat, paymentHash } = invoice.value;
  if (amountMsat === null) return failure('amountless', 'The invoice must name its amount.');
  if ((await balances.withdrawal(paymentHash)) !== null) return success(null);
  if ((await balances.of(account)) === 0n)
    return failure('balance-too-low', 'There is no balance here to withdraw from.');
  const payable = await checkRefundInvoice(context, { bolt11, amountMsat });
  if (!payable.ok) return payable;
  const wanted = { ...account, ...payable.value, withdrawalId: requestId, amountMsat };
  const begun = await balances.beginWithdrawal({
    ...wanted,
    feeLimitMsat: withdrawalFeeLimitMsat(amountMsat),
  });
  if (!begun.ok) return begun;
  return success(begun.value.created ? begun.value.withdrawal : null);
}

/** What routing a withdrawal may cost: one percent, which the customer bears, or paying oneself through a dear node earns it. */
function withdrawalFeeLimitMsat(amountMsat: bigint) {
  return msat(amountMsat / 100n);
}

/**
 * The next step of a withdrawal that is being paid: reserves and pays it where that was never done, takes an unknown
 * payment up by looking, never blindly, and books the end together with the message that tells of it.
 */
export async function followWithdrawal(
  context: ProviderContext,
  wallet: Wallet,
  withdrawal: BalanceWithdrawal,
): Promise<void> {
  const { paymentHash } = withdrawal;
  const payment = await context.ledger.spending.payment(paymentHash);
  if (payment === null) await payNow(context, wallet, withdrawal);
  else if (payment.state === 'reserved' || payment.state === 'in-flight') {
    if (context.now() - payment.updatedAt < RESUME_AFTER_SECONDS) return;
    const reservation = await limitsOf(context, withdrawal).unfinished(paymentHash);
    if (reservation !== null)
      await resumeReserved({
        ...paymentOf(context, wallet, withdrawal, reservation),
        isSameWallet: () => isSameWallet(context, wallet),
      });
  }
  await bookEnd(context, withdrawal);
}

async function payNow(
  context: ProviderContext,
  wallet: Wallet,
  withdrawal: BalanceWithdrawal,
): Promise<void> {
  const { amountMsat, feeLimitMsat, paymentHash, bolt11, customerPubkey: counterparty } = withdrawal;
  const purpose = BALANCE_PURPOSES.withdrawal;
  const wish = { amountMsat, feeLimitMsat, counterparty, purpose, paymentHash, bolt11 };
  const reserved = await limitsOf(context, withdrawal).reserve(wish);
  if (!reserved.ok) return; // another process pays it
  context.checkpoint('provider:before-refund');
  await payReserved(paymentOf(context, wallet, withdrawal, reserved.value));
  context.checkpoint('provider:refunded-by-wallet');
}

/** The payment's end is in the books by now, or is not known yet. */
async function bookEnd(context: ProviderContext, withdrawal: BalanceWithdrawal): Promise<void> {
  const { paymentHash, withdrawalId: about, amountMsat, feeLimitMsat } = withdrawal;
  const payment = await context.ledger.spending.payment(paymentHash);
  if (payment?.state !== 'settled' && payment?.state !== 'failed') return;
  const end: WithdrawalEnd =
    payment.state === 'settled'
      ? { state: 'paid', feePaidMsat: payment.feePaidMsat ?? feeLimitMsat }
      : { state: 'returned' };
  const byMsat = amountMsat + feeLimitMsat - withdrawalCostMsat(withdrawal, end);
  await changeAndTell(context, { account: withdrawal, about, byMsat }, (told) =>
    context.ledger.balances.endWithdrawal(paymentHash, { ...end, ...told }),
  );
}

/** A customer's own money goes back to it, which no cap of ours limits. */
function limitsOf({ ledger, signer }: ProviderContext, { amountMsat, feeLimitMsat }: BalanceWithdrawal) {
  return ledger.spending.limits(signer.pubkey, { perJobMsat: msat(amountMsat + feeLimitMsat) });
}

function paymentOf(
  context: ProviderContext,
  wallet: Wallet,
  { bolt11, paymentHash, feeLimitMsat }: BalanceWithdrawal,
  reservation: Reservation,
) {
  const { expiresAt } = orThrow(parseInvoice(bolt11));
  const { now, signal } = context;
  return { wallet, reservation, bolt11, paymentHash, feeLimitMsat, expiresAt, now, signal };
}

/** Whether the wallet has the money that was prepaid: one that does not know it says nothing by knowing no payment. */
async function isSameWallet(context: ProviderContext, wallet: Wallet): Promise<boolean> {
  const [first] = await context.ledger.balances.listCredited({
    providerPubkey: context.signer.pubkey,
    limit: 1,
  });
  if (first === undefined) return true;
  const known = { paymentHash: first.paymentHash, direction: 'incoming' } as const;
  const found = await lookupDirection(wallet, known, { signal: context.signal });
  return found.ok && found.value?.state === 'settled';
}
