import { pause } from '../../clock/index.ts';
import type { Sale } from '../../ledger/index.ts';
import type { Failure } from '../../protocol/index.ts';
import { move, type ProviderContext } from '../context.ts';
import { invoiceReceipts, lookupIncoming } from './invoice.ts';
import { isTokenGood, redeemToken } from './token.ts';

/** Why a job ends whose money went back before its result was there. */
export const HOLD_LOST: Failure = {
  code: 'hold-lost',
  message: 'The held payment ended before the work was done.',
};

/** How long a wallet that does not answer is left alone before it is asked again. */
const ASK_AGAIN_MS = 1000;

/**
 * Whether the held money can still be taken; asked right before the result becomes public. A wallet that
 * does not answer is asked until the signal aborts (which rejects): a result is not published on a guess.
 */
export async function isStillHeld(
  context: ProviderContext,
  sale: Sale,
  signal: AbortSignal,
): Promise<boolean> {
  for (;;) {
    const held = await isHeld(context, sale, signal);
    signal.throwIfAborted();
    if (held !== 'unknown') return held;
    await pause(ASK_AGAIN_MS, signal);
  }
}

/** The same, asked once; `unknown` while the wallet does not answer. */
export async function isHeld(
  context: ProviderContext,
  sale: Sale,
  signal: AbortSignal,
): Promise<boolean | 'unknown'> {
  const paymentHash = sale.quote?.paymentHash;
  if (sale.exchange === 'ecash-htlc') return isTokenGood(context, sale);
  if (sale.exchange !== 'hold' || !context.wallet || !paymentHash) return true;
  const found = await lookupIncoming(context.wallet, paymentHash, signal);
  if (found.ok) return found.value !== null && ['accepted', 'settled'].includes(found.value.state);
  if (!signal.aborted) context.onTrouble(found.failure, sale);
  return 'unknown';
}

/**
 * Stage 6, second half: the result is public, now take the held money. Settling is idempotent, so a crash
 * or a timeout only means that it is asked again.
 */
export async function settle(context: ProviderContext, sale: Sale): Promise<Sale | null> {
  const offer = sale.quote;
  if (sale.exchange === 'ecash-htlc') return redeemToken(context, sale);
  if (sale.exchange === 'balance') return move(context, sale, { money: 'settled' }); // drawn before the work
  if (!context.wallet || !offer?.preimage || !offer.paymentHash) return null;
  context.checkpoint('provider:before-settle');
  const settled = await context.wallet.settleHold({ preimage: offer.preimage }, { signal: context.signal });
  context.checkpoint('provider:settled-by-wallet');
  // Whoever pays may have locked more than was asked: the wallet says what came.
  const found = await lookupIncoming(context.wallet, offer.paymentHash, context.signal);
  const payment = found.ok ? found.value : null;
  if (settled.ok || payment?.state === 'settled') {
    const shown = payment?.state === 'settled' ? payment : null;
    return move(context, sale, {
      money: 'settled',
      receipts: invoiceReceipts(sale, shown, context.now()),
    });
  }
  if (payment !== null && ['canceled', 'expired', 'failed'].includes(payment.state))
    return move(context, sale, {
      money: 'released',
      failure: { code: 'hold-lost', message: 'The hold ended before it was settled; the work was not paid.' },
    });
  context.onTrouble(settled.failure, sale);
  return null;
}

/** Gives the money of a job that will not be delivered back, or makes its unpaid invoice unpayable. */
export async function release(context: ProviderContext, sale: Sale): Promise<Sale | null> {
  const paymentHash = sale.quote?.paymentHash;
  const back = await givenBack(context, sale);
  if (sale.exchange === 'balance') return move(context, sale, { money: back });
  if (sale.exchange === 'ecash-htlc') return move(context, sale, { money: back }); // its owner takes it back
  if (!context.wallet || !paymentHash) return null;
  context.checkpoint('provider:before-release');
  const cancelled = await context.wallet.cancelHold({ paymentHash }, { signal: context.signal });
  context.checkpoint('provider:released-by-wallet');
  if (cancelled.ok) return move(context, sale, { money: back });
  const found = await lookupIncoming(context.wallet, paymentHash, context.signal);
  if (found.ok && (found.value === null || ['canceled', 'expired', 'failed'].includes(found.value.state)))
    return move(context, sale, { money: back });
  if (found.ok && found.value?.state === 'settled') return move(context, sale, { money: 'unreconciled' });
  context.onTrouble(cancelled.failure, sale);
  return null;
}

/** What becomes of the money of a sale whose lock is given up: a zap that reached it all the same is owed. */
async function givenBack(
  context: ProviderContext,
  sale: Sale,
): Promise<'released' | 'lapsed' | 'refund-due'> {
  const isEnded = sale.work !== 'delivered';
  if (isEnded && (await context.ledger.sales.receipts(sale)).length > 0) return 'refund-due';
  return sale.money === 'locked' ? 'released' : 'lapsed';
}
