import { failure, success } from '../protocol/index.ts';
import { begin, newOperation, selectFromPurse } from './begin.ts';
import type { EcashContext, EcashOutcome, TrustedMintAccess } from './context.ts';
import { hasUsableKeys, type EcashLock } from './locks.ts';
import { lockedOutputs, purseOutputs } from './outputs.ts';
import { amountWithRedeemFee } from './selection.ts';
import type { EcashOperation } from './store.ts';

/** Chooses pieces and writes down their swap into locked (or plain) ones for somebody else and change for us. */
export function beginSend(
  context: EcashContext,
  mint: TrustedMintAccess,
  wish: { readonly id: string; readonly amountSat: bigint; readonly lock: EcashLock | 'none' },
  signal: AbortSignal,
): Promise<EcashOutcome<EcashOperation>> {
  return context.inTurn('choose', async () => {
    const keyset = await mint.keyring.active(signal);
    if (!keyset.ok) return keyset;
    const sentSat = amountWithRedeemFee(wish.amountSat, keyset.value);
    const chosen = await selectFromPurse(context, mint, sentSat, signal);
    if (!chosen.ok) return chosen;
    const { proofs, netSat } = chosen.value.selection;
    const sent =
      wish.lock === 'none'
        ? await purseOutputs(context, keyset.value, sentSat, 'sent')
        : lockedOutputs(keyset.value, sentSat, wish.lock);
    const change = await purseOutputs(context, keyset.value, netSat - sentSat);
    const operation = newOperation(context, {
      id: wish.id,
      kind: 'send',
      mintUrl: mint.client.url,
      amountSat: wish.amountSat,
      // Ascending, so that the mint cannot tell what is sent from what is kept (NUT-03).
      outputs: [...sent, ...change].toSorted((one, other) => Number(one.amountSat - other.amountSat)),
    });
    return begin(context, operation, { ownYs: proofs.map(({ y }) => y) });
  });
}

/** Fails with `mint-unsupported` where the mint would not enforce the lock: anybody could spend the ecash. */
export async function canLock(
  mint: TrustedMintAccess,
  lock: EcashLock | 'none',
  now: number,
  signal: AbortSignal,
): Promise<EcashOutcome<void>> {
  if (lock === 'none') return success(undefined);
  if (lock.kind === 'htlc' && lock.refundAfter <= now)
    return failure('wrong-lock', 'The time after which the ecash can be taken back must lie ahead.');
  if (!hasUsableKeys(lock))
    return failure('wrong-lock', 'The ecash would be locked to something that is no key: it would be lost.');
  return mint.keyring.enforcesLocks(signal);
}
