import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';
import { ZERO_MSAT, type Failure } from '../../protocol/index.ts';
import type { PurchaseFailureCode } from '../errors.ts';
import { chosenOffer, end, move, type CustomerContext, type Run } from '../run.ts';
import type { Next } from '../stepper.ts';
import { messageAbout, tellProvider } from '../tell-provider.ts';

/** The hash under which the only draw for an offer is booked. */
export function drawHashOf(offerId: string): string {
  return bytesToHex(sha256(utf8ToBytes(`balance draw ${offerId}`)));
}

/**
 * The payment of a job from what is prepaid with its provider: consent to exactly the price of the chosen offer, in
 * private, committed with the move. From here on the balance counts as so much lower by our books, and only the result
 * or the provider's own word that the job has ended changes that.
 */
export async function drawBalance(context: CustomerContext, run: Run): Promise<Next> {
  if (run.purchase.state !== 'paying') return withoutDraw(context, run);
  const { amountMsat } = chosenOffer(run);
  const { relays, deadlineAt, result } = run.purchase;
  const consent = messageAbout(context, run, { type: 'draw', amountMsat });
  context.checkpoint('customer:before-paid-commit');
  await move(context, run, {
    state: result === null ? 'paid' : 'received',
    payment: 'settled',
    feePaidMsat: ZERO_MSAT,
    publish: [await tellProvider(context, run, consent, { relays, expiresAt: deadlineAt })],
  });
  context.checkpoint('customer:after-paid-commit');
  return 'again';
}

/** A result that came while the draw was not agreed to costs nothing. */
async function withoutDraw(context: CustomerContext, run: Run): Promise<Next> {
  const booked = await context.ledger.purchases.payment(chosenOffer(run).paymentHash ?? '');
  if (booked?.state === 'reserved') await move(context, run, { payment: 'failed' });
  return 'done';
}

/**
 * Books that the provider has ended the job: what was drawn for it is in the balance again. That is the provider's word,
 * as the whole balance is; what it denies later shows in the next draw, and the payments of the top-ups stay as evidence.
 */
export async function bookReturned(context: CustomerContext, run: Run): Promise<Next> {
  const error = run.book.errorOf(chosenOffer(run).providerPubkey);
  const why: Failure<PurchaseFailureCode> = {
    code: 'provider-failed',
    message: 'The job came to nothing; what was drawn for it is in your balance with the provider again.',
    data: { refunded: true, ...(error === null ? {} : { errorCode: error.code, detail: error.detail }) },
  };
  await end(context, run, 'refunded', why);
  return 'again';
}
