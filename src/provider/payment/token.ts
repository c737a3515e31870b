import type { Sale, SaleQuote } from '../../ledger/index.ts';
import { msat, refundNotBefore, type JobRequest } from '../../protocol/index.ts';
import { move, type ProviderContext } from '../context.ts';
import { MINT_TROUBLE, type TokenLock } from '../ecash-desk.ts';
import { endWithError } from '../refuse.ts';
import { beginWork } from './receive-money.ts';

/** A token that its owner can take back within this time is no money any more. */
const REFUND_MARGIN_SECONDS = 60;
/** Of a token that was agreed on everything is taken that the mint still gives for it. */
const LEAST_MSAT = msat(1000n);

/** Whether the sale waits for the ecash of its customer. */
export function awaitsToken({ exchange, money, work }: Sale): boolean {
  return exchange === 'ecash-htlc' && money === 'quoted' && work === 'accepted';
}

/**
 * Stage 4 of a sale by `ecash-htlc`: checks what the customer sent. Ecash that is locked as was offered, at a trusted
 * mint, and unspent, locks the sale; it is booked by the same commit. Any other ends the job, and costs the customer
 * nothing: only our key and our preimage together could spend it.
 */
export async function takeToken(
  context: ProviderContext,
  sale: Sale,
  request: JobRequest,
  token: string,
): Promise<Sale | null> {
  const offer = sale.quote;
  if (context.ecash === null || offer === null || !awaitsToken(sale)) return null;
  const expected = { lock: lockOf(offer), minAmountMsat: offer.amountMsat };
  const checked = await context.ecash.check(token, expected, { signal: context.signal });
  if (checked.ok) {
    context.checkpoint('provider:payment-seen');
    const lockedAt = context.now();
    return move(context, sale, {
      money: 'locked',
      lockedAt,
      token,
      ...(await beginWork(context, sale, request)),
    });
  }
  const { code, message } = checked.failure;
  if (MINT_TROUBLE.has(code)) {
    context.onTrouble(checked.failure, sale);
    return null;
  }
  return endWithError(context, sale, request, {
    work: 'failed',
    failure: { code: 'ecash-refused', message: `${message} It goes back by itself.`, data: { reason: code } },
  });
}

/** Whether the locked ecash can still be redeemed; `unknown` while its mint does not say. */
export async function isTokenGood(context: ProviderContext, sale: Sale): Promise<boolean | 'unknown'> {
  const { quote, token } = sale;
  if (context.ecash === null || quote === null || token === null) return false;
  const expected = {
    lock: { ...lockOf(quote), refundNotBefore: context.now() + REFUND_MARGIN_SECONDS },
    minAmountMsat: LEAST_MSAT,
    mayBeRetired: true,
  };
  const checked = await context.ecash.check(token, expected, { signal: context.signal });
  if (checked.ok) return true;
  if (!MINT_TROUBLE.has(checked.failure.code)) return false;
  context.onTrouble(checked.failure, sale);
  return 'unknown';
}

/**
 * Stage 6, second half: the result is public, now the ecash is swapped with the preimage. Only the completed swap is
 * money. What is silent is asked again; ecash that was spent by somebody else is lost.
 */
export async function redeemToken(context: ProviderContext, sale: Sale): Promise<Sale | null> {
  const { quote, token, requestId } = sale;
  if (context.ecash === null || !quote?.paymentHash || !quote.preimage || token === null) return null;
  context.checkpoint('provider:before-settle');
  const redeemed = await context.ecash.redeem(
    {
      key: `sale ${requestId}`,
      ecash: token,
      lock: { ...lockOf(quote), refundNotBefore: 0 },
      minAmountMsat: LEAST_MSAT,
      preimage: quote.preimage,
    },
    { signal: context.signal },
  );
  context.checkpoint('provider:settled-by-wallet');
  if (redeemed.ok) {
    const { amountMsat } = redeemed.value;
    const receipt = { paymentHash: quote.paymentHash, via: 'ecash', amountMsat } as const;
    return move(context, sale, {
      money: 'settled',
      receipts: [{ ...receipt, receivedAt: context.now() }],
    });
  }
  if (redeemed.failure.code === 'already-spent')
    return move(context, sale, {
      money: 'released',
      failure: {
        code: 'hold-lost',
        message: 'The locked ecash was spent before it was redeemed; the work was not paid.',
      },
    });
  context.onTrouble(redeemed.failure, sale);
  return null;
}

function lockOf(offer: SaleQuote): TokenLock {
  return { kind: 'htlc', paymentHash: offer.paymentHash ?? '', refundNotBefore: refundNotBefore(offer) };
}
