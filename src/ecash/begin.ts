import { failure, success } from '../protocol/index.ts';
import type { EcashContext, EcashOutcome, TrustedMintAccess } from './context.ts';
import type { CheckedKeyset } from './keyring.ts';
import { selectProofs, type Selection } from './selection.ts';
import type { EcashOperation, NewProof, OperationKind } from './store.ts';

/** The id under which an operation is found again. */
export function operationId(kind: OperationKind, key: string): string {
  return `${kind}:${key}`;
}

/** What most operations leave empty. */
export function newOperation(
  context: EcashContext,
  fields: Pick<EcashOperation, 'id' | 'kind' | 'mintUrl' | 'amountSat' | 'outputs'> & Partial<EcashOperation>,
): EcashOperation {
  return {
    state: 'open',
    quote: null,
    bolt11: null,
    feeLimitMsat: null,
    preimage: null,
    feeSat: null,
    routingFeeMsat: null,
    about: null,
    failure: null,
    createdAt: context.now(),
    ...fields,
  };
}

/** Writes an operation down before the mint hears of it. Fails with `already-spent` when an input is taken. */
export async function begin(
  context: EcashContext,
  operation: EcashOperation,
  inputs: { readonly ownYs?: readonly string[]; readonly received?: readonly NewProof[] } = {},
): Promise<EcashOutcome<EcashOperation>> {
  context.checkpoint('before-begin');
  const begun = await context.store.begin(operation, {
    ownYs: inputs.ownYs ?? [],
    received: inputs.received ?? [],
  });
  context.checkpoint('begun');
  if (begun === 'begun') return success(operation);
  const known = begun === 'known' ? await context.store.operation(operation.id) : null;
  return known === null
    ? failure('already-spent', 'This ecash is, or was, already used by another operation of this wallet.')
    : success(known);
}

/** The purse's free pieces at a mint that are worth the target after their fee, and their keysets. */
export async function selectFromPurse(
  context: EcashContext,
  mint: TrustedMintAccess,
  targetSat: bigint,
  signal: AbortSignal,
): Promise<EcashOutcome<{ selection: Selection; keysets: ReadonlyMap<string, CheckedKeyset> }>> {
  const mintUrl = mint.client.url;
  const proofs = await context.store.proofs({ mintUrl, role: 'purse', state: 'free' });
  const keysets = await keysetsOf(mint, proofs, signal);
  if (!keysets.ok) return keysets;
  const selection = selectProofs(proofs, keysets.value, targetSat);
  return selection === null
    ? failure('insufficient-ecash', `The purse lacks ${targetSat} sat and fees at this mint.`, { mintUrl })
    : success({ selection, keysets: keysets.value });
}

/** The checked keysets of some pieces. */
export async function keysetsOf(
  mint: TrustedMintAccess,
  proofs: readonly { readonly id: string }[],
  signal: AbortSignal,
): Promise<EcashOutcome<ReadonlyMap<string, CheckedKeyset>>> {
  const keysets = new Map<string, CheckedKeyset>();
  for (const id of new Set(proofs.map((proof) => proof.id))) {
    const keyset = await mint.keyring.keyset(id, signal);
    if (!keyset.ok) return keyset;
    keysets.set(id, keyset.value);
  }
  return success(keysets);
}
