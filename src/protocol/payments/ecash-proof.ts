import { isHex32 } from '../event.ts';
import { isRecord } from '../untrusted-json.ts';

/** One piece of ecash as Cashu writes it (NUT-00), shapes checked only. */
export interface EcashProof {
  /** In the unit of its keyset. */
  readonly amount: bigint;
  /** Keyset id, hex. */
  readonly id: string;
  readonly secret: string;
  /** The mint's signature: a compressed point, hex. */
  readonly C: string;
  /** NUT-12: shows offline that the mint signed it. Not checked here. */
  readonly dleq: { readonly e: string; readonly s: string; readonly r: string } | null;
}

/** Reads parsed JSON as a piece of ecash; `null` when it is none. */
export function readEcashProof(written: unknown): EcashProof | null {
  if (!isRecord(written)) return null;
  const { amount, id, secret, C, dleq } = written;
  const isAmount = typeof amount === 'number' && Number.isSafeInteger(amount) && amount > 0;
  if (!isAmount || typeof id !== 'string' || !/^[0-9a-f]{16,66}$/i.test(id)) return null;
  if (typeof secret !== 'string' || secret === '' || typeof C !== 'string' || !/^0[23][0-9a-f]{64}$/i.test(C))
    return null;
  return { amount: BigInt(amount), id, secret, C, dleq: readDleq(dleq) };
}

function readDleq(dleq: unknown): EcashProof['dleq'] {
  if (!isRecord(dleq)) return null;
  const { e, s, r } = dleq;
  return isHex32(e) && isHex32(s) && isHex32(r) ? { e, s, r } : null;
}

/** A piece of ecash as it is written as JSON. Throws for amounts that JSON cannot hold exactly. */
export function ecashProofJson({ amount, id, secret, C, dleq }: EcashProof) {
  if (amount <= 0n || amount > BigInt(Number.MAX_SAFE_INTEGER))
    throw new RangeError(`${amount} is no amount of ecash`);
  return { amount: Number(amount), id, secret, C, ...(dleq === null ? {} : { dleq }) };
}
