import { success, type Failure } from '../protocol/index.ts';
import type { EcashContext, EcashFailureCode, EcashOutcome, TrustedMintAccess } from './context.ts';
import type { CheckedKeyset } from './keyring.ts';
import { pointOf, witnessFor } from './locks.ts';
import type { ProofStanding } from './mint-answers.ts';
import type { WitnessedProof } from './mint-client.ts';
import { invalidAnswer } from './mint-failure.ts';
import { unblind, type UnblindedProof } from './outputs.ts';
import type { EcashOperation, NewProof, OperationEnd, PlannedOutput, StoredProof } from './store.ts';

/** One open operation while it is brought to its end. */
export interface Settlement {
  readonly context: EcashContext;
  readonly mint: TrustedMintAccess;
  readonly operation: EcashOperation;
  readonly inputs: readonly StoredProof[];
  readonly keysets: ReadonlyMap<string, CheckedKeyset>;
  readonly signal: AbortSignal;
}

/** Gathers what an open operation needs: its inputs and the checked keysets of its outputs. */
export async function openSettlement(
  context: EcashContext,
  mint: TrustedMintAccess,
  operation: EcashOperation,
  signal: AbortSignal,
): Promise<EcashOutcome<Settlement>> {
  const keysets = new Map<string, CheckedKeyset>();
  for (const { keysetId } of operation.outputs) {
    if (keysets.has(keysetId)) continue;
    const keyset = await mint.keyring.keyset(keysetId, signal);
    if (!keyset.ok) return keyset;
    keysets.set(keysetId, keyset.value);
  }
  const inputs = await context.store.proofs({ heldBy: operation.id, state: 'held' });
  return success({ context, mint, operation, inputs, keysets, signal });
}

/** The inputs with what their locks ask for. */
export function witnessedInputs({ context, operation, inputs }: Settlement): WitnessedProof[] {
  // The preimage of a melt is proof of payment, not a key to its inputs.
  const preimage = operation.kind === 'redeem' ? operation.preimage : null;
  return inputs.map((proof) => ({
    ...proof,
    witness: witnessFor(proof.secret, context.lockSecretKey, preimage),
  }));
}

/**
 * The ecash that the mint made for an operation before: `null` when it made none. Serves when an answer was lost
 * or broken (NUT-09).
 */
export async function restoreOutputs({
  mint,
  operation,
  keysets,
  signal,
}: Settlement): Promise<EcashOutcome<UnblindedProof[] | null>> {
  if (operation.outputs.length === 0) return success(null);
  const restored = await mint.client.restore(operation.outputs, signal);
  if (!restored.ok) return restored;
  const signatures = restored.value.filter((signature) => signature !== null);
  if (signatures.length === 0) return success(null);
  // Of blank outputs, the mint signs as many as the change needs, from the first.
  const signed: PlannedOutput[] = operation.outputs.filter((_, index) => restored.value[index] !== null);
  if (operation.kind !== 'melt' && signed.length < operation.outputs.length)
    return invalidAnswer('it signed only a part of the outputs.');
  return unblind(signed, signatures, keysets);
}

/** How the inputs stand at the mint. */
export function inputStandings(settlement: Settlement): Promise<EcashOutcome<ProofStanding[]>> {
  const ys = settlement.inputs.map(({ y }) => y);
  return settlement.mint.client.checkStates(ys, settlement.signal);
}

/** Books that the mint did it: the inputs are spent, the new pieces are ours or the recipient's. */
export async function endDone(
  settlement: Settlement,
  proofs: readonly UnblindedProof[],
  more: Pick<OperationEnd, 'preimage' | 'feeSat'> = {},
): Promise<EcashOutcome<EcashOperation>> {
  const { context, operation, inputs } = settlement;
  const spentYs = inputs.map(({ y }) => y);
  const feeSat = inputs.length === 0 ? 0n : sumOf(inputs) - sumOf(proofs);
  return book(context, operation, {
    state: 'done',
    made: proofs.map((proof) => newProof(proof, operation)),
    spentYs,
    feeSat,
    ...more,
  });
}

/** Books that the mint did not do it, or took the inputs without doing it. */
export async function endFailed(
  settlement: Settlement,
  reason: Failure<EcashFailureCode>,
  taken: { readonly spentYs: readonly string[]; readonly made?: readonly UnblindedProof[] } = { spentYs: [] },
): Promise<EcashOutcome<EcashOperation>> {
  const { context, operation } = settlement;
  const made = (taken.made ?? []).map((proof) => newProof(proof, operation));
  const booked = await book(context, operation, {
    state: 'failed',
    made,
    spentYs: taken.spentYs,
    failure: reason,
  });
  return booked.ok ? { ok: false, failure: reason } : booked;
}

async function book(
  context: EcashContext,
  operation: EcashOperation,
  end: OperationEnd,
): Promise<EcashOutcome<EcashOperation>> {
  context.checkpoint('before-end');
  await context.store.end(operation.id, end);
  context.checkpoint('ended');
  // Where another process was faster, its end counts.
  const ended = await context.store.operation(operation.id);
  if (ended === null) throw new Error('an ecash operation disappeared from the books');
  return success(ended);
}

function newProof({ role, ...proof }: UnblindedProof, { id, mintUrl }: EcashOperation): NewProof {
  return { ...proof, role, y: pointOf(proof.secret), mintUrl, madeBy: id };
}

/** What pieces are worth together, in sats. */
export function sumOf(proofs: readonly { readonly amount: bigint }[]): bigint {
  return proofs.reduce((sum, { amount }) => sum + amount, 0n);
}
