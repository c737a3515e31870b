import { hkdf } from '@noble/hashes/hkdf.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';
import { base64 } from '@scure/base';
import { unixNow } from '../../../../src/clock/index.ts';
import { formatNcryptsec } from '../../../../src/keys/index.ts';
import { readCopy, writeCopy } from '../../../../src/ledger/browser.ts';
import { isRecord } from '../../../../src/protocol/index.ts';
import { keptEcash, type Vault } from '../vault.ts';
import type { PageEcash } from './page-ecash.ts';

/**
 * The ecash of an identity as it leaves a browser: whoever opens it has the money, so all of it is under the password.
 * The key of its seed is an ncryptsec, and the books are sealed (AES-GCM) by a key that comes from that one.
 */
export interface PackedEcash {
  readonly ncryptsec: string;
  readonly mints: readonly string[];
  /** Base64 of nonce and sealed rows. */
  readonly sealed: string;
}

const NONCE_BYTES = 12;

/** Packs everything: coins, what is on its way, and what is locked by others and for others. */
export async function packEcash(
  { store, secretKey, mintUrls }: Pick<PageEcash, 'store' | 'secretKey' | 'mintUrls'>,
  password: string,
): Promise<PackedEcash> {
  const rows = new TextEncoder().encode(writeCopy(await store.copy()));
  const iv = crypto.getRandomValues(new Uint8Array(NONCE_BYTES));
  const sealed = await crypto.subtle.encrypt({ name: 'AES-GCM', iv }, await copyKey(secretKey), rows);
  return {
    ncryptsec: formatNcryptsec(secretKey, password),
    mints: mintUrls,
    sealed: base64.encode(new Uint8Array([...iv, ...new Uint8Array(sealed)])),
  };
}

/** Reads what was packed, before it is opened; `null` for anything else. */
export function readPackedEcash(written: unknown): PackedEcash | null {
  if (!isRecord(written)) return null;
  const { ncryptsec, mints, sealed } = written;
  if (typeof ncryptsec !== 'string' || typeof sealed !== 'string' || !Array.isArray(mints)) return null;
  return { ncryptsec, sealed, mints: mints.filter((url): url is string => typeof url === 'string') };
}

/** Whether these books never held anything: a copy is read into such only. */
export async function isUnused({ store }: Pick<PageEcash, 'store'>): Promise<boolean> {
  const [operations, proofs] = [await store.operations({ limit: 1 }), await store.proofs({})];
  return operations.length === 0 && proofs.length === 0;
}

/** Opens the rows of a copy; `null` where it is damaged. */
export async function openPacked({ sealed }: PackedEcash, secretKey: Uint8Array) {
  try {
    const bytes = new Uint8Array(base64.decode(sealed));
    const iv = bytes.slice(0, NONCE_BYTES);
    const rows = await crypto.subtle.decrypt(
      { name: 'AES-GCM', iv },
      await copyKey(secretKey),
      bytes.slice(NONCE_BYTES),
    );
    return readCopy(new TextDecoder().decode(rows));
  } catch {
    return null;
  }
}

/**
 * Moves the ecash in, to be opened anew: first the key, since rows without theirs could not be found again. The mints are
 * asked at the next start what became of it since the copy.
 */
export async function moveEcashIn(
  {
    vault,
    ownerPubkey,
    page,
  }: {
    readonly vault: Vault;
    readonly ownerPubkey: string;
    readonly page: Pick<PageEcash, 'store'>;
  },
  {
    mints,
    secretKey,
    rows,
  }: {
    readonly mints: readonly string[];
    readonly secretKey: Uint8Array;
    readonly rows: NonNullable<ReturnType<typeof readCopy>>;
  },
): Promise<void> {
  const kept = keptEcash(ownerPubkey);
  await vault.writeSecret(kept.key, bytesToHex(secretKey));
  await vault.write(kept.restoredAt, unixNow());
  await page.store.fill(rows);
  await vault.write(kept.mints, mints);
}

function copyKey(secretKey: Uint8Array): Promise<CryptoKey> {
  const bytes = hkdf(sha256, secretKey, undefined, utf8ToBytes('coinop/ecash/copy/v1'), 32);
  return crypto.subtle.importKey('raw', new Uint8Array(bytes), 'AES-GCM', false, ['encrypt', 'decrypt']);
}
