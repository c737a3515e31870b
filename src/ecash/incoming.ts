import { getDecodedToken, getTokenMetadata, hasValidDleq, Amount } from '@cashu/cashu-ts';
import { failure, satsToMsat, success, type EcashProof, type Msat } from '../protocol/index.ts';
import { MAX_AMOUNT_SAT } from './amounts.ts';
import { keysetsOf } from './begin.ts';
import { trustedMint, type EcashContext, type EcashOutcome, type TrustedMintAccess } from './context.ts';
import type { CheckedKeyset } from './keyring.ts';
import { hasUsableKeys, pointOf, readLock } from './locks.ts';
import { inputFeeSat, MAX_INPUTS } from './selection.ts';
import { sumOf } from './settle.ts';

/** Longer tokens are refused before they are parsed. */
const MAX_TOKEN_CHARS = 256 * 1024;

/** How ecash that comes in must be locked. Any lock names our lock key, and nothing else may spend it meanwhile. */
export type ExpectedLock =
  | { readonly kind: 'none' }
  | { readonly kind: 'p2pk' }
  | {
      readonly kind: 'htlc';
      readonly paymentHash: string;
      /** The sender must not be able to take it back before this time, in unix seconds. */
      readonly refundNotBefore: number;
    };

/** Ecash as it was handed over: a token (`cashuA…`, `cashuB…`), or the proofs of a nutzap. */
export type HandedEcash =
  string | { readonly mintUrl: string; readonly unit: string; readonly proofs: readonly EcashProof[] };

/** What ecash that comes in must be. */
export interface ExpectedEcash {
  readonly lock: ExpectedLock;
  readonly minAmountMsat: Msat;
  /** Its keyset was in use when it was agreed on: since then the mint may have retired it. */
  readonly mayBeRetired?: boolean;
}

/** Ecash that passed every check that can be made before it is swapped. */
export interface CheckedEcash {
  readonly mintUrl: string;
  readonly proofs: readonly (EcashProof & { readonly y: string })[];
  /** What is left after the mint's fee for redeeming it. */
  readonly netMsat: Msat;
  /** When the sender can take it back, in unix seconds; `null` when it never can. */
  readonly refundAfter: number | null;
}

/**
 * Checks ecash before it counts as an offer of money: mint trusted, unit sat, lock exactly the expected one,
 * keysets known, enough after fees, and unspent as the mint says; locked ecash must be of an active keyset and show
 * that the mint signed it (NUT-12), plain ecash may leave that out. Only a completed swap is payment.
 */
export async function checkIncoming(
  context: EcashContext,
  handed: HandedEcash,
  expected: ExpectedEcash,
  signal: AbortSignal,
): Promise<EcashOutcome<CheckedEcash>> {
  const opened = await open(context, handed, signal);
  if (!opened.ok) return opened;
  const { mint, proofs } = opened.value;
  const refundAfter = commonLock(context, proofs, expected.lock);
  if (refundAfter === 'wrong')
    return failure('wrong-lock', 'The ecash is not locked as agreed, or others could spend it too.');
  if (expected.lock.kind !== 'none') {
    const enforced = await mint.keyring.enforcesLocks(signal);
    if (!enforced.ok) return enforced;
  }
  const keysets = await keysetsOf(mint, proofs, signal);
  if (!keysets.ok) return keysets;
  const genuine = checkPieces(proofs, keysets.value, expected);
  if (!genuine.ok) return genuine;
  const netSat = sumOf(proofs) - inputFeeSat(proofs, keysets.value);
  if (netSat <= 0n || netSat * 1000n < expected.minAmountMsat)
    return failure('too-little', 'The ecash is worth less than agreed after the fee for redeeming it.', {
      netSat: netSat.toString(),
    });
  const standings = await mint.client.checkStates(
    genuine.value.map(({ y }) => y),
    signal,
  );
  if (!standings.ok) return standings;
  if (standings.value.some(({ state }) => state !== 'UNSPENT'))
    return failure('already-spent', 'The ecash was spent before: it is worth nothing.');
  return success({
    mintUrl: mint.client.url,
    proofs: genuine.value,
    netMsat: satsToMsat(netSat),
    refundAfter,
  });
}

/** The mint that the ecash names; `null` for a text that is no token. */
export function mintUrlOf(handed: HandedEcash): string | null {
  const facts = typeof handed === 'string' ? tokenFacts(handed) : handed;
  return facts?.mintUrl ?? null;
}

/** The trusted mint of the ecash, and its pieces with their full keyset ids. */
async function open(
  context: EcashContext,
  handed: HandedEcash,
  signal: AbortSignal,
): Promise<EcashOutcome<{ mint: TrustedMintAccess; proofs: readonly EcashProof[] }>> {
  const facts = typeof handed === 'string' ? tokenFacts(handed) : handed;
  if (facts === null) return malformed();
  const mint = trustedMint(context, facts.mintUrl);
  if (!mint.ok) return mint;
  if (facts.unit !== 'sat')
    return failure('wrong-unit', 'This wallet takes ecash in sats only.', { unit: facts.unit });
  if (typeof handed !== 'string') return success({ mint: mint.value, proofs: handed.proofs });
  for (let attempt = 0; attempt < 2; attempt++) {
    const ids = await mint.value.keyring.ids(signal);
    if (!ids.ok) return ids;
    const proofs = tokenProofs(handed, ids.value);
    if (proofs !== null) return success({ mint: mint.value, proofs });
    // Tokens shorten the ids of keysets: it may be of one that is newer than our list.
    mint.value.keyring.forgetList();
  }
  return malformed();
}

function malformed() {
  return failure('malformed-token', 'This is not a Cashu token of one mint that it can be read with.');
}

function tokenFacts(token: string): { mintUrl: string; unit: string } | null {
  if (token.length > MAX_TOKEN_CHARS) return null;
  try {
    const { mint, unit } = getTokenMetadata(token);
    return { mintUrl: mint, unit };
  } catch {
    return null;
  }
}

function tokenProofs(token: string, keysetIds: readonly string[]): EcashProof[] | null {
  try {
    return getDecodedToken(token, keysetIds).proofs.map(({ amount, id, secret, C, dleq }) => ({
      amount: amount.toBigInt(),
      id,
      secret,
      C,
      dleq: dleq?.r === undefined ? null : { e: dleq.e, s: dleq.s, r: dleq.r },
    }));
  } catch {
    return null;
  }
}

/** When the sender can take it back, `null` for never; `wrong` unless every piece has the expected lock. */
function commonLock(
  { lockPubkey }: EcashContext,
  proofs: readonly EcashProof[],
  expected: ExpectedLock,
): number | null | 'wrong' {
  let earliest: number | null = null;
  for (const { secret } of proofs) {
    const lock = readLock(secret);
    if (lock === 'unknown') return 'wrong';
    if (lock === 'none' ? expected.kind !== 'none' : lock.kind !== expected.kind) return 'wrong';
    if (lock === 'none') continue;
    if (lock.pubkey !== lockPubkey || !hasUsableKeys(lock)) return 'wrong';
    if (lock.kind === 'p2pk' || expected.kind !== 'htlc') continue;
    if (lock.paymentHash !== expected.paymentHash || lock.refundAfter < expected.refundNotBefore)
      return 'wrong';
    earliest = Math.min(earliest ?? lock.refundAfter, lock.refundAfter);
  }
  return earliest;
}

function checkPieces(
  proofs: readonly EcashProof[],
  keysets: ReadonlyMap<string, CheckedKeyset>,
  { lock: { kind }, mayBeRetired = false }: ExpectedEcash,
): EcashOutcome<(EcashProof & { y: string })[]> {
  if (proofs.length === 0 || proofs.length > MAX_INPUTS || sumOf(proofs) > MAX_AMOUNT_SAT) return malformed();
  if (new Set(proofs.map(({ secret }) => secret)).size < proofs.length)
    return failure('repeated-proof', 'The token holds the same ecash twice.');
  for (const proof of proofs) {
    const keyset = keysets.get(proof.id);
    // Plain ecash is swapped or worth nothing, so what old wallets leave out or hold is no reason to refuse it.
    if (kind !== 'none' && keyset?.isActive !== true && !(mayBeRetired && keyset))
      return failure('inactive-keyset', 'The ecash is of a retired keyset: send fresh ecash.');
    if (kind === 'none' && proof.dleq === null) continue;
    if (keyset === undefined || !isGenuine(proof, keyset))
      return failure('invalid-dleq', 'The ecash does not prove that its mint signed it (NUT-12).');
  }
  return success(proofs.map((proof) => ({ ...proof, y: pointOf(proof.secret) })));
}

/**
 * A judge of NUT-12 proofs that needs no further question to the mint: whether the mint's key for its amount signed
 * a piece. It knows the keysets of the given pieces.
 */
export async function dleqJudge(
  context: EcashContext,
  { mintUrl, proofs }: { readonly mintUrl: string; readonly proofs: readonly EcashProof[] },
  signal: AbortSignal,
): Promise<EcashOutcome<(proof: EcashProof) => boolean>> {
  const mint = trustedMint(context, mintUrl);
  if (!mint.ok) return mint;
  const keysets = await keysetsOf(mint.value, proofs, signal);
  if (!keysets.ok) return keysets;
  return success((proof) => {
    const keyset = keysets.value.get(proof.id);
    return keyset !== undefined && isGenuine(proof, keyset);
  });
}

/** Whether the mint's key for that amount signed the piece, as NUT-12 shows offline. */
function isGenuine({ amount, dleq, ...proof }: EcashProof, { id, keys }: CheckedKeyset): boolean {
  if (dleq === null || keys[amount.toString()] === undefined) return false;
  return hasValidDleq({ ...proof, amount: Amount.from(amount), dleq }, { id, keys }, { require: true });
}
