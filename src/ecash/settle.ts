import { success, type Failure } from '../protocol/index.ts';
import type { EcashContext, EcashFailureCode, EcashOutcome, TrustedMintAccess } from './context.ts';
import type { CheckedKeyset } from './keyring.ts';
import { pointOf, witnessFor } from './locks.ts';
import type { ProofStanding } from './mint-answers.ts';
import type { WitnessedProof } from './mint-client.ts';
import { unblind, type UnblindedProof } from './outputs.ts';
import type { EcashOperation, NewProof, OperationEnd, PlannedOutput, StoredProof } from './store.ts';

/** One open operation while it is brought to its end. */
export interface Settlement {
  readonly context: EcashContext;
  readonly mint: TrustedMintAccess;
  readonly operation: EcashOperation;
  readonly inputs: readonly StoredProof[];
  readonly keysets: ReadonlyMap<string, CheckedKeyset>;
  /** It was written down just now: no wallet was asked to pay for it yet. */
  readonly isFirstTry: boolean;
  readonly signal: AbortSignal;
}

/** Gathers what an open operation needs: its inputs and the checked keysets of its outputs. */
export async function openSettlement(
  context: EcashContext,
  mint: TrustedMintAccess,
  operation: EcashOperation,
  { isFirstTry, signal }: Pick<Settlement, 'isFirstTry' | 'signal'>,
): Promise<EcashOutcome<Settlement>> {
  const keysets = new Map<string, CheckedKeyset>();
  for (const { keysetId } of operation.outputs) {
    if (keysets.has(keysetId)) continue;
    const keyset = await mint.keyring.keyset(keysetId, signal);
    if (!keyset.ok) return keyset;
    keysets.set(keysetId, keyset.value);
  }
  const inputs = await context.store.proofs({ heldBy: operation.id, state: 'held' });
  return success({ context, mint, operation, inputs, keysets, isFirstTry, signal });
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
 * or broken (NUT-09). The caller makes sure that the mint did it, or old signatures could be taken for new ones.
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
  // A mint signs all or none: a part is of another operation, made when newer books than these used the seed.
  if (operation.kind !== 'melt' && signatures.length < operation.outputs.length) return success(null);
  // Of blank outputs, the mint signs as many as the change needs, from the first.
  const signed: PlannedOutput[] = operation.outputs.filter((_, index) => restored.value[index] !== null);
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
  more: Pick<OperationEnd, 'preimage' | 'feeSat' | 'routingFeeMsat'> = {},
): Promise<EcashOutcome<EcashOperation>> {
  const { context, operation, inputs } = settlement;
  const spentYs = inputs.map(({ y }) => y);
  const feeSat = inputs.length === 0 ? 0n : sumOf(inputs) - sumOf(proofs);
  const made = proofs.map((proof) => newProof(proof, operation));
  return success(await book(context, operation, { state: 'done', made, spentYs, feeSat, ...more }));
}

/** Books that the mint did not do it, or took the inputs without doing it. */
export async function endFailed(
  settlement: Settlement,
  reason: Failure<EcashFailureCode>,
  taken: { readonly spentYs: readonly string[]; readonly made?: readonly UnblindedProof[] } = { spentYs: [] },
): Promise<Extract<EcashOutcome<never>, { ok: false }>> {
  const { context, operation } = settlement;
  const made = (taken.made ?? []).map((proof) => newProof(proof, operation));
  await book(context, operation, { state: 'failed', made, spentYs: taken.spentYs, failure: reason });
  return { ok: false, failure: reason };
}

async function book(
  context: EcashContext,
  operation: EcashOperation,
  end: OperationEnd,
): Promise<EcashOperation> {
  context.checkpoint('before-end');
  await context.store.end(operation.id, end);
  context.checkpoint('ended');
  // Where another process was faster, its end counts.
  const ended = await context.store.operation(operation.id);
  if (ended === null) throw new Error('an ecash operation disappeared from the books');
  return ended;
}

function newProof({ role, ...proof }: UnblindedProof, { id, mintUrl }: EcashOperation): NewProof {
  return { ...proof, role, y: pointOf(proof.secret), mintUrl, madeBy: id };
}

/** What pieces are worth together, in sats. */
export function sumOf(proofs: readonly { readonly amount: bigint }[]): bigint {
  return proofs.reduce((sum, { amount }) => sum + amount, 0n);
}
