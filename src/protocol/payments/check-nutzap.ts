import { failure, success, type Outcome } from '../outcome.ts';
import { isRecord, parseJson } from '../untrusted-json.ts';
import type { NutzapInfo } from './nutzap-info.ts';
import type { EcashProof } from './ecash-proof.ts';
import type { Nutzap } from './nutzap.ts';

/**
 * Why a nutzap is not worth swapping. `wrong-recipient`: for somebody else. `unknown-mint`: none that the
 * recipient lists, written exactly so. `wrong-unit`: not asked for, or not trusted to that mint. `not-locked`: a
 * proof that others can spend too, now or later (`data.proof` is its index). `repeated-proof`: the same ecash twice.
 * `invalid-dleq`: a proof does not show that its mint signed it (NUT-12), where that was checked.
 * `too-little`: less than the price. `wrong-event`: it pays for something else.
 */
export type NutzapRefusal =
  | 'wrong-recipient'
  | 'unknown-mint'
  | 'wrong-unit'
  | 'not-locked'
  | 'repeated-proof'
  | 'invalid-dleq'
  | 'too-little'
  | 'wrong-event';

/** A nutzap in the right shape. Only a successful swap at its mint means paid. */
export interface CheckedNutzap {
  readonly nutzap: Nutzap;
  /** Sum of the proofs, in the nutzap's unit. */
  readonly total: bigint;
  /** Every proof carries a NUT-12 proof; it was checked where the caller gave a way to. */
  readonly hasDleq: boolean;
}

/**
 * Checks a nutzap against the recipient's kind 10019: recipient, mint, unit, that every proof is locked to the
 * recipient's lock key and to nothing else (NUT-11), and the sum. The mint's signatures are checked by whoever has
 * its keys.
 */
export function checkNutzap(
  nutzap: Nutzap,
  expected: {
    readonly info: NutzapInfo;
    readonly unit: string;
    /** The least that the proofs must add up to, in the unit. */
    readonly minTotal: bigint;
    /** Ids of the events that it may pay for; any event, or none, when left out. */
    readonly eventIds?: readonly string[];
    /** Whether the NUT-12 proof holds, from somebody who has the mint's keys; not checked when left out. */
    readonly dleqHolds?: (proof: EcashProof) => boolean;
  },
): Outcome<CheckedNutzap, NutzapRefusal> {
  const { info, eventIds } = expected;
  if (nutzap.recipientPubkey !== info.recipientPubkey)
    return failure('wrong-recipient', 'The nutzap is for somebody else.');
  if (eventIds !== undefined && (nutzap.eventId === null || !eventIds.includes(nutzap.eventId)))
    return failure('wrong-event', 'The nutzap pays for something else.');
  const mint = info.mints.find(({ url }) => url === nutzap.mint);
  if (mint === undefined)
    return failure('unknown-mint', 'The ecash is of a mint that the recipient does not list.');
  const isTrusted = mint.units.length === 0 || mint.units.includes(nutzap.unit);
  if (nutzap.unit !== expected.unit || !isTrusted)
    return failure('wrong-unit', `The ecash must be in ${expected.unit}.`, { unit: nutzap.unit });
  const open = nutzap.proofs.findIndex((proof) => !isLockedTo(proof, info.lockPubkey));
  if (open !== -1)
    return failure('not-locked', 'A proof is not locked to the recipient alone.', { proof: open });
  if (new Set(nutzap.proofs.map(({ secret }) => secret)).size < nutzap.proofs.length)
    return failure('repeated-proof', 'The nutzap holds the same ecash twice.');
  const forged = nutzap.proofs.findIndex((proof) => expected.dleqHolds?.(proof) === false);
  if (forged !== -1)
    return failure('invalid-dleq', 'A proof does not show that its mint signed it.', { proof: forged });
  const total = nutzap.proofs.reduce((sum, { amount }) => sum + amount, 0n);
  if (total < expected.minTotal)
    return failure('too-little', `The ecash adds up to ${total}, not to ${expected.minTotal}.`, {
      total: total.toString(),
    });
  return success({ nutzap, total, hasDleq: nutzap.proofs.every(({ dleq }) => dleq !== null) });
}

/**
 * Whether the proof's secret is a NUT-11 lock to `02` + key and nothing more: further conditions (a time limit, a
 * refund key, several signatures) could give the ecash back to the sender, so they are refused unread.
 */
function isLockedTo({ secret }: EcashProof, lockPubkey: string): boolean {
  const parsed = parseJson(secret);
  const [form, condition, ...rest]: unknown[] = Array.isArray(parsed) ? parsed : [];
  if (form !== 'P2PK' || rest.length > 0 || !isRecord(condition)) return false;
  const { data, nonce, tags = [], ...others } = condition;
  if (data !== `02${lockPubkey}` || typeof nonce !== 'string' || Object.keys(others).length > 0) return false;
  return JSON.stringify(tags) === '[]' || JSON.stringify(tags) === '[["sigflag","SIG_INPUTS"]]';
}
