import type { TopUp } from '../../ledger/index.ts';
import { failure, formatSats, success, type JobMessage, type Outcome } from '../../protocol/index.ts';
import { lookupIncoming } from '../payment/invoice.ts';
import type { ProviderContext } from '../context.ts';
import { balanceMessage, changeAndTell, refuseBalance, WISH_AGE_SECONDS, type BalanceRates } from './tell.ts';

/** A customer that wants to prepay. */
export type TopUpRequest = Extract<JobMessage, { readonly type: 'top-up' }>;

/**
 * Why no invoice is made: nothing is sold by `balance` here; the amount is out of bounds; too much is prepaid, or open,
 * already; the wallet is silent, or made too many invoices this minute.
 */
type TopUpRefusal =
  | 'not-sold-here'
  | 'top-up-too-small'
  | 'top-up-too-large'
  | 'balance-too-large'
  | 'too-many-top-ups'
  | 'wallet-unreachable'
  | 'over-capacity';

/** After its invoice ran out, a payment that was on its way still shows within this time. */
const LATE_PAYMENT_SECONDS = 60;

/**
 * Answers a customer that wants to prepay with an invoice, booked before it is said and once for each id of a top-up.
 * A repeat changes nothing: the first answer stands, wherever it was said.
 */
export async function hearTopUp(
  context: ProviderContext,
  request: TopUpRequest,
  rates: BalanceRates,
): Promise<void> {
  if (context.now() - request.createdAt > WISH_AGE_SECONDS) return;
  if (context.access(request.authorPubkey) !== 'open') return;
  const account = { providerPubkey: context.signer.pubkey, customerPubkey: request.authorPubkey };
  if ((await context.ledger.balances.topUpById(account, request.requestId)) !== null) return;
  const answered = await openTopUp(context, request, rates);
  if (!answered.ok) await refuseBalance(context, rates, request, answered.failure);
}

async function openTopUp(
  context: ProviderContext,
  { requestId, authorPubkey, amountMsat }: TopUpRequest,
  { mayMakeInvoice }: BalanceRates,
): Promise<Outcome<void, TopUpRefusal>> {
  const { wallet, balanceLimits: limits, services, signer } = context;
  const isSold = services.some(({ exchanges }) => exchanges?.includes('balance'));
  if (wallet === null || !isSold) return failure('not-sold-here', 'No service here is paid from a balance.');
  if (amountMsat < limits.minTopUpMsat)
    return failure('top-up-too-small', `At least ${formatSats(limits.minTopUpMsat)} are prepaid at once.`);
  if (amountMsat > limits.maxTopUpMsat)
    return failure('top-up-too-large', `At most ${formatSats(limits.maxTopUpMsat)} are prepaid at once.`);
  if (!mayMakeInvoice()) return failure('over-capacity', 'Too many want to prepay; ask again in a minute.');
  const made = await wallet.makeInvoice(
    { amountMsat, description: 'coinop balance', expirySeconds: limits.topUpSeconds },
    { signal: context.signal },
  );
  context.checkpoint('provider:invoice-made');
  if (!made.ok || made.value.bolt11 === null) {
    if (!made.ok) context.onTrouble(made.failure, null);
    return failure('wallet-unreachable', 'The wallet made no invoice; ask again later.');
  }
  const { bolt11, paymentHash } = made.value;
  const createdAt = context.now();
  const said = { type: 'top-up-invoice', bolt11, requestId, text: '', createdAt } as const;
  const topUp = {
    providerPubkey: signer.pubkey,
    customerPubkey: authorPubkey,
    topUpId: requestId,
    amountMsat,
    bolt11,
    paymentHash,
    expiresAt: createdAt + limits.topUpSeconds,
    publish: [await balanceMessage(context, authorPubkey, said)],
  };
  const { maxBalanceMsat, openTopUps: maxOpen } = limits;
  const booked = await context.ledger.balances.openTopUp(topUp, { maxBalanceMsat, maxOpen });
  if (booked.ok) return success(undefined);
  const { code, message, data } = booked.failure;
  return code === 'hash-reused' ? failure('wallet-unreachable', message) : failure(code, message, data);
}

/**
 * What has become of a top-up? Only the own wallet is asked; what it shows as received is credited, once, however late
 * and however much it is. An invoice that ran out unpaid is given up.
 */
export async function checkTopUp(context: ProviderContext, topUp: TopUp): Promise<void> {
  if (context.wallet === null || topUp.state === 'credited') return;
  const lookedAt = context.now();
  const found = await lookupIncoming(context.wallet, topUp.paymentHash, context.signal);
  if (!found.ok) return context.onTrouble(found.failure, null);
  if (found.value?.state === 'settled' && found.value.amountMsat > 0n) {
    const { amountMsat } = found.value;
    context.checkpoint('provider:payment-seen');
    const about = { account: topUp, about: topUp.topUpId, byMsat: amountMsat };
    await changeAndTell(context, about, (told) =>
      context.ledger.balances.creditTopUp(topUp.paymentHash, { ...told, amountMsat }),
    );
  } else if (topUp.state === 'open' && lookedAt > topUp.expiresAt + LATE_PAYMENT_SECONDS)
    await context.ledger.balances.lapseTopUp(topUp.paymentHash);
}
