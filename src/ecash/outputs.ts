import { Amount, OutputData, splitAmount, type SerializedBlindedSignature } from '@cashu/cashu-ts';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';
import { success, type EcashProof } from '../protocol/index.ts';
import { MAX_AMOUNT_SAT } from './amounts.ts';
import type { CheckedKeyset } from './keyring.ts';
import { lockOptions, type EcashLock } from './locks.ts';
import type { WireSignature } from './mint-answers.ts';
import type { MintOutcome } from './mint-client.ts';
import { invalidAnswer } from './mint-failure.ts';
import type { EcashStore, PlannedOutput } from './store.ts';

/** Where secrets come from: the seed of NUT-13 and the counters that are used up. */
export interface SecretSource {
  readonly seed: Uint8Array;
  readonly store: EcashStore;
}

/** Outputs for ourselves: secrets follow from seed and counter, so that the seed alone restores them (NUT-13). */
export async function purseOutputs(
  source: SecretSource,
  keyset: CheckedKeyset,
  amountSat: bigint,
  role: PlannedOutput['role'] = 'purse',
): Promise<PlannedOutput[]> {
  const amounts = denominations(amountSat, keyset);
  const first = await source.store.takeCounters(keyset.id, amounts.length);
  return amounts.map((amount, index) => seededOutput(source.seed, keyset.id, first + index, amount, role));
}

/** Outputs whose amounts the mint chooses, enough of them for change up to that amount (NUT-08). */
export async function blankOutputs(
  source: SecretSource,
  keyset: CheckedKeyset,
  maxChangeSat: bigint,
): Promise<PlannedOutput[]> {
  const count = maxChangeSat === 0n ? 0 : maxChangeSat.toString(2).length;
  const first = await source.store.takeCounters(keyset.id, count);
  return Array.from({ length: count }, (_, index) =>
    seededOutput(source.seed, keyset.id, first + index, 0n, 'purse'),
  );
}

/** The output of one counter. */
export function seededOutput(
  seed: Uint8Array,
  keysetId: string,
  counter: number,
  amountSat: bigint,
  role: PlannedOutput['role'],
): PlannedOutput {
  return planned(OutputData.createSingleDeterministicData(amountSat, seed, counter, keysetId), role);
}

/** Outputs for somebody else, under a lock; their secrets are random. */
export function lockedOutputs(keyset: CheckedKeyset, amountSat: bigint, lock: EcashLock): PlannedOutput[] {
  return denominations(amountSat, keyset).map((amount) =>
    planned(OutputData.createSingleP2PKData(lockOptions(lock), amount, keyset.id), 'sent'),
  );
}

/** How the amount is made of the keyset's denominations, ascending: the order must not tell what is change. */
export function denominations(amountSat: bigint, keyset: CheckedKeyset): bigint[] {
  return splitAmount(amountSat, keyset.keys, undefined, 'asc').map((amount) => amount.toBigInt());
}

function planned(output: OutputData, role: PlannedOutput['role']): PlannedOutput {
  const { blindedMessage, blindingFactor, secret } = output;
  const { B_: blinded } = blindedMessage;
  return {
    keysetId: blindedMessage.id,
    amountSat: blindedMessage.amount.toBigInt(),
    blinded,
    blindingFactor: blindingFactor.toString(),
    secret: new TextDecoder().decode(secret),
    role,
  };
}

/** A piece of ecash and the output that it was made of. */
export interface UnblindedProof extends EcashProof {
  readonly role: PlannedOutput['role'];
}

/**
 * Unblinds signatures, one for each output in their order. Each must be for the planned keyset and amount (blank
 * outputs take any) and carry a NUT-12 proof that the keyset's key made it; else `mint-invalid`.
 */
export function unblind(
  outputs: readonly PlannedOutput[],
  signatures: readonly WireSignature[],
  keysets: ReadonlyMap<string, CheckedKeyset>,
): MintOutcome<UnblindedProof[]> {
  if (signatures.length !== outputs.length) return invalidAnswer('it did not sign every output once.');
  const proofs: UnblindedProof[] = [];
  for (const [index, output] of outputs.entries()) {
    const proof = unblindOne(output, signatures[index], keysets.get(output.keysetId));
    if (proof === null) return invalidAnswer('a signature is not the one that was due.');
    proofs.push({ ...proof, role: output.role });
  }
  return success(proofs);
}

function unblindOne(
  output: PlannedOutput,
  signature: WireSignature | undefined,
  keyset: CheckedKeyset | undefined,
): EcashProof | null {
  const { keysetId, amountSat, blinded, blindingFactor, secret } = output;
  if (!signature?.dleq || keyset === undefined || signature.id !== keysetId) return null;
  const isAmount = amountSat === 0n ? signature.amount > 0 : BigInt(signature.amount) === amountSat;
  if (!isAmount || BigInt(signature.amount) > MAX_AMOUNT_SAT) return null;
  if (keyset.keys[signature.amount.toString()] === undefined) return null;
  const { C_: blindPoint } = signature;
  try {
    const blindSignature: SerializedBlindedSignature = {
      id: keysetId,
      amount: Amount.from(signature.amount),
      C_: blindPoint,
      dleq: signature.dleq,
    };
    const { C, dleq } = OutputData.deserialize({
      blindedMessage: { amount: amountSat.toString(), B_: blinded, id: keysetId },
      blindingFactor,
      secret: bytesToHex(utf8ToBytes(secret)),
    }).toProof(blindSignature, { id: keysetId, keys: keyset.keys });
    if (dleq?.r === undefined) return null;
    return { amount: BigInt(signature.amount), id: keysetId, secret, C, dleq: { ...dleq, r: dleq.r } };
  } catch {
    // cashu-ts throws for points off the curve and for proofs (NUT-12) that do not hold.
    return null;
  }
}
