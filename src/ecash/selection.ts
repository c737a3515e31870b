import type { CheckedKeyset } from './keyring.ts';
import { denominations } from './outputs.ts';
import { sumOf } from './settle.ts';
import type { StoredProof } from './store.ts';

/** More pieces than this are not put into one request. */
export const MAX_INPUTS = 256;

/** Pieces to spend, what they are worth after the mint's fee for spending them, and that fee. */
export interface Selection {
  readonly proofs: readonly StoredProof[];
  readonly netSat: bigint;
  readonly feeSat: bigint;
}

/**
 * Chooses pieces that are worth the target after their fee (NUT-02): those of retired keysets first, so that they
 * are renewed, then the largest, so that fees stay small. `null` when there is not enough.
 */
export function selectProofs(
  proofs: readonly StoredProof[],
  keysets: ReadonlyMap<string, CheckedKeyset>,
  targetSat: bigint,
): Selection | null {
  const isRetired = ({ id }: StoredProof) => (keysets.get(id)?.isActive === false ? 1 : 0);
  const ordered = proofs.toSorted(
    (one, other) => isRetired(other) - isRetired(one) || Number(other.amount - one.amount),
  );
  const chosen: StoredProof[] = [];
  for (const proof of ordered.slice(0, MAX_INPUTS)) {
    chosen.push(proof);
    const feeSat = inputFeeSat(chosen, keysets);
    const netSat = sumOf(chosen) - feeSat;
    if (netSat >= targetSat) return { proofs: chosen, netSat, feeSat };
  }
  return null;
}

/** What the mint asks for spending these pieces, in sats, rounded up once for all (NUT-02). */
export function inputFeeSat(
  proofs: readonly { readonly id: string }[],
  keysets: ReadonlyMap<string, CheckedKeyset>,
): bigint {
  const ppk = proofs.reduce((sum, { id }) => sum + (keysets.get(id)?.inputFeePpk ?? 0), 0);
  return BigInt(Math.ceil(ppk / 1000));
}

/** What must be sent so that the recipient has the amount after its own fee for redeeming it. */
export function amountWithRedeemFee(amountSat: bigint, keyset: CheckedKeyset): bigint {
  let total = amountSat;
  for (;;) {
    const pieces = denominations(total, keyset).map(() => ({ id: keyset.id }));
    const needed = amountSat + inputFeeSat(pieces, new Map([[keyset.id, keyset]]));
    if (total >= needed) return total;
    total = needed;
  }
}
