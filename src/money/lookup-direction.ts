import { failure, success } from '../protocol/index.ts';
import type { PaymentRecord, Wallet, WalletCall, WalletOutcome } from './wallet.ts';

const MAX_LISTED = 1_000;

/**
 * What the wallet knows of a payment in one direction; `null` when it has none there. A wallet that holds both sides
 * of a payment has two records for its hash and may show the other one: then its list decides. Fails with the
 * wallet's codes, and with `wallet-internal` when neither tells: the payment is to be taken as unknown then.
 */
export async function lookupDirection(
  wallet: Pick<Wallet, 'lookup' | 'list'>,
  { paymentHash, direction }: Pick<PaymentRecord, 'paymentHash' | 'direction'>,
  call: WalletCall,
): Promise<WalletOutcome<PaymentRecord | null>> {
  const seen = await wallet.lookup({ paymentHash }, call);
  if (!seen.ok || seen.value === null) return seen;
  if (seen.value.paymentHash !== paymentHash)
    return failure('wallet-internal', 'The wallet answered about another payment than it was asked about.');
  if (seen.value.direction === direction) return seen;
  const listed = await wallet.list({ direction, limit: MAX_LISTED }, call);
  if (!listed.ok) return listed.failure.code === 'not-implemented' ? untold() : listed;
  const found = listed.value.find(
    (record) => record.direction === direction && record.paymentHash === paymentHash,
  );
  if (found !== undefined) return success(found);
  return listed.value.length < MAX_LISTED ? success(null) : untold();
}

function untold() {
  return failure('wallet-internal', 'The wallet shows only the other side of this payment.');
}
