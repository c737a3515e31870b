import type { DatabaseSync } from 'node:sqlite';
import { bytesToHex } from '@noble/hashes/utils.js';
import { createBlindSignature, createDLEQProof, pointFromHex } from '@cashu/cashu-ts';
import { text } from '../sql-row.ts';
import type { MintKeysets } from './keysets.ts';
import { MintRefusal, REFUSALS } from './refusal.ts';
import type { BlindedOutput } from './requests.ts';

/** A blind signature with its NUT-12 proof, as it is sent and stored. */
export interface BlindSignature {
  readonly id: string;
  readonly amount: number;
  readonly C_: string;
  readonly dleq: { readonly e: string; readonly s: string };
}

/**
 * Signs outputs within the transaction that takes the money for them: each blinded message once, only with the
 * active keyset. cashu-ts says that its arithmetic is not in constant time: good for play money only.
 */
export function signOutputs(
  db: DatabaseSync,
  keysets: MintKeysets,
  outputs: readonly BlindedOutput[],
): BlindSignature[] {
  if (new Set(outputs.map(({ B_: blinded }) => blinded)).size < outputs.length)
    throw new MintRefusal(REFUSALS.repeatedOutputs, 'Duplicate outputs provided');
  const insert = db.prepare(
    'INSERT INTO signatures (blinded, amount, signature) VALUES (?, ?, ?) ON CONFLICT DO NOTHING',
  );
  return outputs.map((output) => {
    const signature = signOne(keysets, output);
    const { B_: blinded, amount } = output;
    if (insert.run(blinded, amount, JSON.stringify(signature)).changes === 0)
      throw new MintRefusal(REFUSALS.alreadySigned, 'Blinded message of output already signed');
    return signature;
  });
}

function signOne(keysets: MintKeysets, { amount, id, B_: written }: BlindedOutput): BlindSignature {
  const keyset = keysets.get(id);
  if (!keyset.isActive)
    throw new MintRefusal(REFUSALS.inactiveKeyset, 'Keyset is inactive, cannot sign messages');
  const key = keyset.privateKeys[amount.toString()];
  if (key === undefined) throw new MintRefusal(REFUSALS.amountOutOfRange, 'Amount is no denomination');
  const blinded = readPoint(written);
  const { e, s } = createDLEQProof(blinded, key);
  const { C_: signature } = createBlindSignature(blinded, key, id);
  return {
    id,
    amount,
    C_: signature.toHex(true),
    dleq: { e: bytesToHex(e), s: bytesToHex(s) },
  };
}

/** A point of the curve. Throws `MintRefusal` for 33 bytes that are none. */
export function readPoint(hex: string): ReturnType<typeof pointFromHex> {
  try {
    return pointFromHex(hex);
  } catch {
    throw new MintRefusal(REFUSALS.malformed, 'A point is not on the curve.');
  }
}

/** What was signed of these blinded messages before (NUT-09). */
export function restoreSignatures<Output extends { readonly B_: string }>(
  db: DatabaseSync,
  outputs: readonly Output[],
): { outputs: Output[]; signatures: unknown[] } {
  const find = db.prepare('SELECT signature FROM signatures WHERE blinded = ?');
  const found = outputs.flatMap((output) => {
    const { B_: blinded } = output;
    const row = find.get(blinded);
    return row === undefined ? [] : [{ output, signature: JSON.parse(text(row, 'signature')) as unknown }];
  });
  return { outputs: found.map(({ output }) => output), signatures: found.map(({ signature }) => signature) };
}
