import { success } from '../protocol/index.ts';
import type { EcashContext, EcashOutcome, TrustedMintAccess } from './context.ts';
import type { CheckedKeyset } from './keyring.ts';
import { pointOf } from './locks.ts';
import { seededOutput, unblind } from './outputs.ts';
import { sumOf } from './settle.ts';
import type { NewProof, PlannedOutput } from './store.ts';

const BATCH = 50;
/** So many batches without any signature end the search: wallets leave gaps, but not larger ones. */
const EMPTY_BATCHES = 3;

/**
 * Finds the ecash of a seed at a mint again (NUT-09, NUT-13), as after the loss of the books, and adds what is
 * unspent and unknown; what an open operation makes is left to it. Returns the sats that were added. Ecash whose locks
 * have random secrets is not found.
 */
export async function restoreFromSeed(
  context: EcashContext,
  mint: TrustedMintAccess,
  signal: AbortSignal,
): Promise<EcashOutcome<bigint>> {
  const ids = await mint.keyring.ids(signal);
  if (!ids.ok) return ids;
  let foundSat = 0n;
  for (const id of ids.value) {
    const keyset = await mint.keyring.keyset(id, signal);
    if (!keyset.ok) return keyset;
    const found = await restoreKeyset(context, mint, keyset.value, signal);
    if (!found.ok) return found;
    foundSat += found.value;
  }
  return success(foundSat);
}

async function restoreKeyset(
  context: EcashContext,
  mint: TrustedMintAccess,
  keyset: CheckedKeyset,
  signal: AbortSignal,
): Promise<EcashOutcome<bigint>> {
  let foundSat = 0n;
  for (let first = 0, empty = 0; empty < EMPTY_BATCHES; first += BATCH) {
    const batch = await restoreBatch(context, mint, keyset, first, signal);
    if (!batch.ok) return batch;
    empty = batch.value.signedCount === 0 ? empty + 1 : 0;
    if (batch.value.signedCount > 0) await context.store.raiseCounter(keyset.id, first + BATCH);
    // In this order: what ends in between is known then.
    const open = await context.store.openOperations();
    const planned = new Set(open.flatMap(({ outputs }) => outputs.map(({ secret }) => secret)));
    const known = new Set((await context.store.proofs({ mintUrl: mint.client.url })).map(({ y }) => y));
    const fresh = batch.value.unspent.filter(({ y, secret }) => !known.has(y) && !planned.has(secret));
    await context.store.addRestored(fresh);
    foundSat += sumOf(fresh);
  }
  return success(foundSat);
}

/** Makes sure that no counter from the next on was used before these books knew of it. */
export async function skipUsedCounters(
  { seed, store }: EcashContext,
  mint: TrustedMintAccess,
  keysetId: string,
  signal: AbortSignal,
): Promise<EcashOutcome<void>> {
  const next = await store.takeCounters(keysetId, 0);
  for (let first = next, empty = 0; empty < EMPTY_BATCHES; first += BATCH) {
    const restored = await mint.client.restore(batchOutputs(seed, keysetId, first), signal);
    if (!restored.ok) return restored;
    const isUsed = restored.value.some((signature) => signature !== null);
    empty = isUsed ? 0 : empty + 1;
    if (isUsed) await store.raiseCounter(keysetId, first + BATCH);
  }
  return success(undefined);
}

/** The outputs of a batch of counters. Their amounts are the mint's to tell, as with blank outputs. */
function batchOutputs(seed: Uint8Array, keysetId: string, first: number): PlannedOutput[] {
  return Array.from({ length: BATCH }, (_, index) =>
    seededOutput(seed, keysetId, first + index, 0n, 'purse'),
  );
}

async function restoreBatch(
  context: EcashContext,
  mint: TrustedMintAccess,
  keyset: CheckedKeyset,
  first: number,
  signal: AbortSignal,
): Promise<EcashOutcome<{ signedCount: number; unspent: NewProof[] }>> {
  const outputs = batchOutputs(context.seed, keyset.id, first);
  const restored = await mint.client.restore(outputs, signal);
  if (!restored.ok) return restored;
  const signatures = restored.value.filter((signature) => signature !== null);
  if (signatures.length === 0) return success({ signedCount: 0, unspent: [] });
  const signed = outputs.filter((_, index) => restored.value[index] !== null);
  const proofs = unblind(signed, signatures, new Map([[keyset.id, keyset]]));
  if (!proofs.ok) return proofs;
  const ys = proofs.value.map(({ secret }) => pointOf(secret));
  const standings = await mint.client.checkStates(ys, signal);
  if (!standings.ok) return standings;
  const unspent = proofs.value.flatMap(({ role: _role, ...proof }, index): NewProof[] =>
    standings.value[index]?.state === 'UNSPENT'
      ? [{ ...proof, y: ys[index] ?? '', mintUrl: mint.client.url, role: 'purse', madeBy: null }]
      : [],
  );
  return success({ signedCount: signatures.length, unspent });
}
