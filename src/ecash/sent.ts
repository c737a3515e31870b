import { getEncodedToken, Amount, verifyHTLCHash } from '@cashu/cashu-ts';
import { failure, isHex32, success } from '../protocol/index.ts';
import type { EcashContext, EcashOutcome, TrustedMintAccess } from './context.ts';
import { readLock } from './locks.ts';
import type { ProofStanding } from './mint-answers.ts';
import type { StoredProof } from './store.ts';

/** What became of ecash that was given away. */
export interface SentStanding {
  /** `spent`: redeemed, or taken back. `partly-spent`: some of its pieces. */
  readonly state: 'unspent' | 'pending' | 'partly-spent' | 'spent';
  /** Of a hash lock that was redeemed: what opened it, checked against the hash. A secret. */
  readonly preimage: string | null;
}

/** Asks the mint what became of the pieces of one send; the witness of redeemed hash locks tells the preimage. */
export async function standingOfSent(
  mint: TrustedMintAccess,
  proofs: readonly StoredProof[],
  signal: AbortSignal,
): Promise<EcashOutcome<SentStanding>> {
  if (proofs.length === 0) return failure('unknown-send', 'Nothing was sent under this key.');
  const standings = await mint.client.checkStates(
    proofs.map(({ y }) => y),
    signal,
  );
  if (!standings.ok) return standings;
  const spent = standings.value.filter(({ state }) => state === 'SPENT');
  const state = stateOf(standings.value, spent.length);
  const preimages = standings.value.map((standing, index) => shownPreimage(proofs[index], standing));
  return success({ state, preimage: preimages.find((preimage) => preimage !== null) ?? null });
}

function stateOf(standings: readonly ProofStanding[], spentCount: number): SentStanding['state'] {
  if (spentCount === standings.length) return 'spent';
  if (spentCount > 0) return 'partly-spent';
  return standings.some(({ state }) => state === 'PENDING') ? 'pending' : 'unspent';
}

function shownPreimage(proof: StoredProof | undefined, { state, witness }: ProofStanding): string | null {
  const lock = readLock(proof?.secret ?? '');
  if (state !== 'SPENT' || witness === null || lock === 'none' || lock === 'unknown' || lock.kind !== 'htlc')
    return null;
  const preimage = preimageIn(witness);
  return isHex32(preimage) && verifyHTLCHash(preimage, lock.paymentHash) ? preimage : null;
}

function preimageIn(witness: string): string | undefined {
  try {
    const shown: unknown = JSON.parse(witness);
    if (typeof shown !== 'object' || shown === null || !('preimage' in shown)) return undefined;
    return typeof shown.preimage === 'string' ? shown.preimage : undefined;
  } catch {
    return undefined;
  }
}

/** The pieces of one send, whatever became of them. */
export function sentProofs({ store }: EcashContext, sendId: string): Promise<StoredProof[]> {
  return store.proofs({ madeBy: sendId, role: 'sent' });
}

/** Pieces as a token (NUT-00, V4). */
export function writeToken(mintUrl: string, proofs: readonly StoredProof[]): string {
  return getEncodedToken({
    mint: mintUrl,
    unit: 'sat',
    proofs: proofs.map(({ amount, id, secret, C, dleq }) => ({
      amount: Amount.from(amount),
      id,
      secret,
      C,
      ...(dleq === null ? {} : { dleq }),
    })),
  });
}
