import { hashToCurve, pointFromHex, schnorrSignMessage, type P2PKOptions } from '@cashu/cashu-ts';
import { isHex32 } from '../protocol/index.ts';

/**
 * Who can spend a piece of ecash. `p2pk`: the holder of a key (NUT-11). `htlc`: that holder with the preimage of a
 * hash, and after a time also the holder of a refund key (NUT-14); the first can still spend it then. Keys are
 * 32 bytes, hashes SHA-256, both hex; `refundAfter` is unix seconds.
 */
export type EcashLock =
  | { readonly kind: 'p2pk'; readonly pubkey: string }
  | {
      readonly kind: 'htlc';
      readonly paymentHash: string;
      readonly pubkey: string;
      readonly refundPubkey: string;
      readonly refundAfter: number;
    };

/** Whether the lock's keys are points of the curve and its hash a hash: what others name may be anything. */
export function hasUsableKeys(lock: EcashLock): boolean {
  const keys = lock.kind === 'p2pk' ? [lock.pubkey] : [lock.pubkey, lock.refundPubkey];
  if (lock.kind === 'htlc' && !isHex32(lock.paymentHash)) return false;
  try {
    return keys.every((key) => isHex32(key) && pointFromHex(`02${key}`));
  } catch {
    return false;
  }
}

/** The lock as cashu-ts writes it into secrets. */
export function lockOptions(lock: EcashLock): P2PKOptions {
  const pubkey = `02${lock.pubkey}`;
  if (lock.kind === 'p2pk') return { pubkey };
  const refundKeys = [`02${lock.refundPubkey}`];
  return { pubkey, hashlock: lock.paymentHash, refundKeys, locktime: lock.refundAfter };
}

/**
 * Reads the lock of a secret: `none` for plain ecash, and `unknown` for everything that is not exactly one of our
 * two locks. Further keys, thresholds, other signature flags or unknown fields could give it to others, and what is
 * not written as JSON writes it, such as a field named twice, could be read as something else by the mint.
 */
export function readLock(secret: string): EcashLock | 'none' | 'unknown' {
  if (!secret.trimStart().startsWith('[')) return 'none';
  const parsed = parsePlainList(secret);
  const [kind, condition, ...rest]: unknown[] = parsed ?? [];
  if (rest.length > 0 || typeof condition !== 'object' || condition === null) return 'unknown';
  const { data, nonce, tags: written = [], ...others }: Record<string, unknown> = { ...condition };
  const tags = readTags(written);
  if (typeof nonce !== 'string' || Object.keys(others).length > 0 || tags === null) return 'unknown';
  if (kind === 'P2PK' && tags.size === 0) {
    const pubkey = bareKey(data);
    return pubkey === null ? 'unknown' : { kind: 'p2pk', pubkey };
  }
  const pubkey = bareKey(tags.get('pubkeys'));
  const refundPubkey = bareKey(tags.get('refund'));
  const locktime = tags.get('locktime') ?? '';
  const isHtlc = kind === 'HTLC' && tags.size === 3 && isHex32(data) && /^[1-9]\d{0,10}$/.test(locktime);
  if (!isHtlc || pubkey === null || refundPubkey === null) return 'unknown';
  return { kind: 'htlc', paymentHash: data, pubkey, refundPubkey, refundAfter: Number(locktime) };
}

/** The list that a text says in the one way in which JSON writes it, white space aside. */
function parsePlainList(text: string): unknown[] | null {
  try {
    const parsed: unknown = JSON.parse(text);
    const isPlain = withoutSpace(JSON.stringify(parsed)) === withoutSpace(text);
    return isPlain && Array.isArray(parsed) ? parsed : null;
  } catch {
    return null;
  }
}

function withoutSpace(text: string): string {
  return text.replaceAll(/[ \t\r\n]/g, '');
}

/** Tags of one value each, none twice, without those that say the default; `null` when there are others. */
function readTags(written: unknown): Map<string, string> | null {
  if (!Array.isArray(written)) return null;
  const tags = new Map<string, string>();
  for (const tag of written as readonly unknown[]) {
    if (!Array.isArray(tag) || tag.length !== 2) return null;
    const [name, value]: unknown[] = tag;
    if (typeof name !== 'string' || typeof value !== 'string' || tags.has(name)) return null;
    tags.set(name, value);
  }
  const defaults = { sigflag: 'SIG_INPUTS', n_sigs: '1', n_sigs_refund: '1' };
  for (const [name, value] of Object.entries(defaults)) if (tags.get(name) === value) tags.delete(name);
  return tags;
}

/** Only keys with an even y: that is what a Nostr-style key stands for. */
function bareKey(written: unknown): string | null {
  return typeof written === 'string' && /^02[0-9a-f]{64}$/.test(written) ? written.slice(2) : null;
}

/** What a mint must be shown for a secret, as JSON; `null` for plain ecash. */
export function witnessFor(secret: string, secretKey: Uint8Array, preimage: string | null): string | null {
  if (readLock(secret) === 'none') return null;
  const signatures = [schnorrSignMessage(secret, secretKey)];
  return JSON.stringify(preimage === null ? { signatures } : { preimage, signatures });
}

/** The point by which mints know a secret (NUT-00), hex. */
export function pointOf(secret: string): string {
  return hashToCurve(new TextEncoder().encode(secret)).toHex(true);
}
