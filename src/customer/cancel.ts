import { failure, success, type Outcome } from '../protocol/index.ts';
import { mayMove, PURCHASE_MOVES, type Purchase } from '../ledger/index.ts';
import type { CancelFailureCode } from './errors.ts';
import { move, type CustomerContext, type Run } from './run.ts';
import { signCancellation } from './withdrawal.ts';

const MAX_TRIES = 5;

/**
 * Withdraws a request with a kind 5 event, published by the same transaction. Before paying that ends the
 * purchase. Afterwards the provider is told all the same, and the money is followed to its end: `too-late`.
 */
export async function cancelPurchase(
  context: CustomerContext,
  run: Run,
  reason: string,
): Promise<Outcome<Purchase, CancelFailureCode>> {
  for (let tries = 0; tries < MAX_TRIES; tries++) {
    const { state } = run.purchase;
    if (mayMove(PURCHASE_MOVES, state, 'cancelled')) {
      if (await cancelUnpaid(context, run, reason)) return success(run.purchase);
    } else if (state === 'paying' || state === 'locked' || state === 'paid') {
      if (await move(context, run, { publish: [await signCancellation(context, run.purchase, reason)] }))
        break;
    } else {
      break;
    }
  }
  return failure('too-late', 'The purchase is past cancelling; its money is followed to its end.', {
    state: run.purchase.state,
  });
}

/** Ends a purchase that has paid nothing yet; `false` when somebody moved it first. */
export async function cancelUnpaid(context: CustomerContext, run: Run, reason: string): Promise<boolean> {
  const publish = [await signCancellation(context, run.purchase, reason)];
  const why = { code: 'cancelled', message: 'The request was withdrawn before anything was paid.' };
  return move(context, run, { state: 'cancelled', failure: why, publish });
}
