import type { Purchase } from '../ledger/index.ts';
import type { WalletNotification } from '../money/index.ts';
import { provesPayment, type PaymentProof } from './payment-watch.ts';
import type { CustomerContext } from './run.ts';

/**
 * Keeps the proof of a payment that was given up before it came, and tells of it: what it bought may have been
 * bought again. A payment that was not given up is booked by its run.
 */
export async function keepLateProof(
  context: CustomerContext,
  purchase: Purchase,
  paymentHash: string,
  { preimage, feePaidMsat }: PaymentProof,
): Promise<void> {
  if (context.signal.aborted) return;
  if (!(await context.ledger.purchases.keepProof({ paymentHash, preimage, feePaidMsat }))) return;
  const message =
    'A payment that was given up has been made after all; see what it bought with its provider.';
  context.onTrouble({ code: 'paid-after-all', message, data: { paymentHash } }, purchase);
}

/** A wallet's push may prove a payment whose purchase has gone on without it, or has ended. */
export async function hearLateProof(
  context: CustomerContext,
  { payment: { direction, paymentHash, preimage, feePaidMsat } }: WalletNotification,
): Promise<void> {
  if (direction !== 'outgoing' || preimage === null || !provesPayment(preimage, paymentHash)) return;
  const booked = await context.ledger.purchases.payment(paymentHash);
  if (booked?.state !== 'failed' || booked.requestId === null) return;
  const purchase = await context.ledger.purchases.get(booked.requestId);
  if (purchase?.customerPubkey === context.signer.pubkey)
    await keepLateProof(context, purchase, paymentHash, { preimage, feePaidMsat });
}
