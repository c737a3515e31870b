import type { Ledger } from '../../ledger/index.ts';

/**
 * Counts a call of the wallet for each payment of a job that was reserved and not made when the backup was made: the
 * machine that made the backup may have made it since. So it is looked up before anybody calls.
 */
export async function countUnseenCalls({
  ledger,
  pubkey,
}: {
  readonly ledger: Pick<Ledger, 'purchases'>;
  readonly pubkey: string;
}): Promise<void> {
  for (const { requestId, state } of await ledger.purchases.listOpen(pubkey)) {
    if (state !== 'paying' && state !== 'unreconciled') continue;
    for (const { paymentHash } of await ledger.purchases.payments(requestId)) {
      const payment = await ledger.purchases.payment(paymentHash);
      if (payment?.state === 'reserved' && payment.calls === 0) await ledger.purchases.beginCall(payment);
    }
  }
}
