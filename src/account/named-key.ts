import { join } from 'node:path';
import { hkdf } from '@noble/hashes/hkdf.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { utf8ToBytes } from '@noble/hashes/utils.js';
import type { Signer } from '../keys/index.ts';
import { fastSecretKeySigner, loadOrCreateKeyFile, type KeyFileFailure } from '../keys/node.ts';
import { success, type Outcome } from '../protocol/index.ts';

/** Where the keys are that have a name, in the directory of the account. */
export const NAMED_KEYS_DIR = 'keys';

/** A further key of an account. */
export interface NamedKey {
  readonly signer: Signer;
  /**
   * It is the one that every machine with the account's key makes for this name; `false` where the file holds another,
   * which the others have only as a copy of it.
   */
  readonly isDerived: boolean;
}

/**
 * Opens the key of that name. Where there is no file it is derived from the account's secret key (HKDF-SHA256) and kept:
 * machines that share the books sell under one key without having to be told of it, and one that lost its disk has it
 * again with the money that was paid to it. Nobody can tell from the key whose it is, nor learn another one by it. Fails
 * as the key file.
 */
export async function openNamedKey(
  dir: string,
  name: string,
  accountKey: Uint8Array,
): Promise<Outcome<NamedKey, KeyFileFailure>> {
  const derived = hkdf(sha256, accountKey, undefined, utf8ToBytes(`coinop/named-key/${name}/v1`), 32);
  const file = await loadOrCreateKeyFile(join(dir, NAMED_KEYS_DIR, name), { fresh: derived });
  if (!file.ok) return file;
  const { secretKey } = file.value;
  const isDerived = secretKey.every((byte, index) => byte === derived[index]);
  return success({ signer: fastSecretKeySigner(secretKey), isDerived });
}
