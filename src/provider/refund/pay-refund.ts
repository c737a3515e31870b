import type { Sale, SaleRefund } from '../../ledger/index.ts';
import { lookupDirection, type PaymentRecord, type Wallet } from '../../money/index.ts';
import { isPreimageOf, msat, orThrow, parseInvoice, type Msat } from '../../protocol/index.ts';
import { move, type ProviderContext } from '../context.ts';
import { paidMessage } from './tell-customer.ts';

/** A call of the wallet is not waited for any longer: what became of the payment is looked up. */
const CALL_TIMEOUT_MS = 5000;
/** After an invoice ran out, a payment that was sent at the last moment still shows within this time. */
const EXPIRY_GRACE_SECONDS = 30;
/** The same invoice is handed to the wallet again after this at the earliest; the pause grows with its age. */
const FIRST_RETRY_SECONDS = 10;
const LONGEST_RETRY_SECONDS = 600;

/** Where a refund goes, once its invoice was checked. */
export type PayableRefund = Omit<SaleRefund, 'feePaidMsat'> & {
  readonly bolt11: string;
  readonly paymentHash: string;
};

/**
 * Books where the money goes, which is durable before the wallet hears of it, and then pays. Comes back as last
 * committed; `null`, and nothing is paid, when somebody else moved the sale first.
 */
export async function startRefund(
  context: ProviderContext,
  wallet: Wallet,
  sale: Sale,
  payable: PayableRefund,
): Promise<Sale | null> {
  context.checkpoint('provider:before-refund-commit');
  const refund: SaleRefund = { ...payable, feePaidMsat: null };
  const refunding = await move(context, sale, { money: 'refunding', refund });
  return refunding && ((await payRefund(context, wallet, refunding, payable)) ?? refunding);
}

/**
 * Finds out what became of the payment of a refund. A payment that the wallet does not have under way is handed to
 * it again, the same invoice as long as that is valid: wallets pay a hash once. The attempt has failed for certain
 * only when a look after the expiry shows it gone; then another invoice may be paid. A wallet that has never heard of
 * the payment says so only of itself: it must know the money that is given back.
 */
export async function followRefund(
  context: ProviderContext,
  wallet: Wallet,
  sale: Sale,
): Promise<Sale | null> {
  const { bolt11, paymentHash } = bookedRefund(sale);
  const invoice = orThrow(parseInvoice(bolt11));
  const lookedAt = context.now();
  const call = { signal: context.signal };
  const found = await lookupDirection(wallet, { paymentHash, direction: 'outgoing' }, call);
  if (!found.ok) {
    context.onTrouble(found.failure, sale);
    return null;
  }
  const payment = found.value;
  if (payment?.state === 'settled') return bookRefunded(context, sale, payment);
  if (payment !== null && !isGone(payment)) return null;
  if (lookedAt > invoice.expiresAt + EXPIRY_GRACE_SECONDS) {
    const isCertain = payment !== null || (await isSameWallet(context, wallet, sale));
    return isCertain ? move(context, sale, { money: 'refund-due' }) : null;
  }
  const pauseSeconds = Math.min(
    Math.max(sale.updatedAt - invoice.createdAt, FIRST_RETRY_SECONDS),
    LONGEST_RETRY_SECONDS,
  );
  const mayTry = lookedAt < invoice.expiresAt && lookedAt - sale.updatedAt >= pauseSeconds;
  const noted = mayTry ? await move(context, sale, {}) : null; // of all who look, one hands it to the wallet
  return noted && payRefund(context, wallet, noted, { bolt11, paymentHash });
}

/**
 * Whether this is the wallet that received what is given back, and not another that was connected since. Ecash that
 * was received leaves no trace in a wallet, so that any is believed then.
 */
async function isSameWallet(context: ProviderContext, wallet: Wallet, sale: Sale): Promise<boolean> {
  const receipts = await context.ledger.sales.receipts(sale);
  for (const { paymentHash, via } of receipts) {
    if (via !== 'invoice' && via !== 'zap') continue;
    const call = { signal: context.signal };
    const found = await lookupDirection(wallet, { paymentHash, direction: 'incoming' }, call);
    if (found.ok && found.value?.state === 'settled') continue;
    const message =
      'The wallet knows neither a refund nor the money that it gives back: is it the same wallet?';
    context.onTrouble(found.ok ? { code: 'refund-forgotten', message } : found.failure, sale);
    return false;
  }
  return true;
}

async function payRefund(
  context: ProviderContext,
  wallet: Wallet,
  sale: Sale,
  { bolt11, paymentHash }: { readonly bolt11: string; readonly paymentHash: string },
): Promise<Sale | null> {
  // A process that was stopped in between does not know what others did meanwhile.
  if (context.now() - sale.updatedAt >= FIRST_RETRY_SECONDS) return null;
  const feeLimitMsat = refundFeeLimitOf(bookedRefund(sale).amountMsat);
  const signal = AbortSignal.any([context.signal, AbortSignal.timeout(CALL_TIMEOUT_MS)]);
  context.checkpoint('provider:before-refund');
  const paid = await wallet.pay({ bolt11, feeLimitMsat }, { signal });
  context.checkpoint('provider:refunded-by-wallet');
  if (paid.ok && isPreimageOf(paid.value.preimage, paymentHash))
    return bookRefunded(context, sale, paid.value);
  if (!paid.ok) context.onTrouble(paid.failure, sale);
  return move(context, sale, {}); // notes when it was tried
}

async function bookRefunded(
  context: ProviderContext,
  sale: Sale,
  { feePaidMsat, preimage }: Pick<PaymentRecord, 'feePaidMsat' | 'preimage'>,
): Promise<Sale | null> {
  const refund = bookedRefund(sale);
  if (feePaidMsat > refundFeeLimitOf(refund.amountMsat)) {
    const message = 'The wallet paid more for routing a refund than it was allowed.';
    context.onTrouble({ code: 'fee-above-limit', message }, sale);
  }
  // Whoever claimed sees its own invoice paid; an address is paid without its owner hearing of it.
  const isUnheard = refund.via === 'lud16' && preimage !== null;
  const publish = isUnheard ? [await paidMessage(context, sale, { ...refund, preimage })] : [];
  return move(context, sale, { money: 'refunded', refund: { ...refund, feePaidMsat }, publish });
}

/**
 * What routing a refund may cost, which the provider bears: one percent and no more, however small the amount, or
 * who pays and cancels a sat at a time would earn the fee at a node of its own.
 */
function refundFeeLimitOf(amountMsat: Msat): Msat {
  return msat(amountMsat / 100n);
}

function bookedRefund({ refund, requestId }: Sale): SaleRefund & PayableRefund {
  if (refund === null || refund.bolt11 === null || refund.paymentHash === null)
    throw new Error(`The sale ${requestId} is being refunded without an invoice.`);
  return { ...refund, bolt11: refund.bolt11, paymentHash: refund.paymentHash };
}

function isGone({ state }: PaymentRecord): boolean {
  return state === 'failed' || state === 'canceled' || state === 'expired';
}
