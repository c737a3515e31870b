import { failure } from '../protocol/index.ts';
import { begin, keysetsOf, newOperation } from './begin.ts';
import type { EcashContext, EcashOutcome, TrustedMintAccess } from './context.ts';
import type { CheckedEcash } from './incoming.ts';
import { readLock } from './locks.ts';
import { purseOutputs } from './outputs.ts';
import { inputFeeSat } from './selection.ts';
import { sumOf } from './settle.ts';
import type { EcashOperation } from './store.ts';

/** Writes down the swap of checked ecash into our own. Fails with `already-spent` when we took it in before. */
export async function beginRedeem(
  context: EcashContext,
  mint: TrustedMintAccess,
  wish: {
    readonly id: string;
    readonly ecash: CheckedEcash;
    readonly preimage: string | null;
    readonly about: string | null;
  },
  signal: AbortSignal,
): Promise<EcashOutcome<EcashOperation>> {
  const keyset = await mint.keyring.active(signal);
  if (!keyset.ok) return keyset;
  const amountSat = wish.ecash.netMsat / 1000n;
  const operation = newOperation(context, {
    id: wish.id,
    kind: 'redeem',
    mintUrl: mint.client.url,
    amountSat,
    outputs: await purseOutputs(context, keyset.value, amountSat),
    preimage: wish.preimage,
    about: wish.about,
  });
  const received = wish.ecash.proofs.map((proof) => ({
    ...proof,
    mintUrl: mint.client.url,
    role: 'received' as const,
    madeBy: null,
  }));
  return begin(context, operation, { received });
}

/** Writes down the swap that takes back ecash we gave away: plain ecash at any time, a hash lock after its time. */
export async function beginRefund(
  context: EcashContext,
  mint: TrustedMintAccess,
  wish: { readonly id: string; readonly send: EcashOperation },
  signal: AbortSignal,
): Promise<EcashOutcome<EcashOperation>> {
  const proofs = await context.store.proofs({ madeBy: wish.send.id, role: 'sent', state: 'free' });
  if (proofs.length === 0) return failure('already-spent', 'This ecash was taken back, or spent, before.');
  for (const { secret } of proofs) {
    const lock = readLock(secret);
    if (lock === 'unknown' || (lock !== 'none' && lock.kind === 'p2pk' && lock.pubkey !== context.lockPubkey))
      return failure('wrong-lock', 'Ecash that is locked to a key for good cannot be taken back.');
    if (lock !== 'none' && lock.kind === 'htlc' && lock.refundAfter >= context.now())
      return failure('refund-too-early', 'The ecash can be taken back only after the time of its lock.', {
        refundAfter: lock.refundAfter,
      });
  }
  const keysets = await keysetsOf(mint, proofs, signal);
  if (!keysets.ok) return keysets;
  const keyset = await mint.keyring.active(signal);
  if (!keyset.ok) return keyset;
  const amountSat = sumOf(proofs) - inputFeeSat(proofs, keysets.value);
  if (amountSat <= 0n) return failure('too-little', 'The fee for taking it back is more than it is worth.');
  const operation = newOperation(context, {
    id: wish.id,
    kind: 'refund',
    mintUrl: mint.client.url,
    amountSat,
    outputs: await purseOutputs(context, keyset.value, amountSat),
  });
  return begin(context, operation, { ownYs: proofs.map(({ y }) => y) });
}
