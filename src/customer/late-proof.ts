import type { Signer } from '../keys/index.ts';
import type { Ledger, Purchase } from '../ledger/index.ts';
import type { WalletNotification } from '../money/index.ts';
import type { Failure } from '../protocol/index.ts';
import { provesPayment, type PaymentProof } from './payment-watch.ts';

/** What of a customer a proof is kept with. */
interface ProofKeeper {
  readonly signer: Signer;
  readonly ledger: Ledger;
  readonly onTrouble: (trouble: Failure, purchase: Purchase | null) => void;
  /** Aborts when the customer closes. */
  readonly signal: AbortSignal;
}

/**
 * Keeps the proof of a payment that was given up before it came, and tells of it: what it bought may have been
 * bought again. A payment that was not given up is booked by its run.
 */
export async function keepLateProof(
  context: ProofKeeper,
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
  context: ProofKeeper,
  { payment: { direction, paymentHash, preimage, feePaidMsat } }: WalletNotification,
): Promise<void> {
  if (direction !== 'outgoing' || preimage === null || !provesPayment(preimage, paymentHash)) return;
  const booked = await context.ledger.purchases.payment(paymentHash);
  if (booked?.state !== 'failed' || booked.requestId === null) return;
  const purchase = await context.ledger.purchases.get(booked.requestId);
  if (purchase?.customerPubkey === context.signer.pubkey)
    await keepLateProof(context, purchase, paymentHash, { preimage, feePaidMsat });
}
